use crate::callers::{Caller, scopes};

/// How an operation answers.
pub struct Row {
    pub operation: &'static str,
    pub access: Access,
}

/// Whom an operation is for, and the status that they hear.
pub enum Access {
    /// Anybody, with or without a token.
    Open(u16),
    /// Whoever has no token to show: what stands there is taken for a client that wants to be known.
    Bare(u16),
    /// Whoever is known, whatever their token may be used for.
    Known(u16),
    /// Whoever has that scope.
    Needs(&'static str, u16),
    /// Whoever has no token to show, or one with that scope.
    OpenOrNeeds(&'static str, u16),
}

const fn row(operation: &'static str, access: Access) -> Row {
    Row { operation, access }
}

const fn open(operation: &'static str, status: u16) -> Row {
    row(operation, Access::Open(status))
}

const fn needs(scope: &'static str, operation: &'static str, status: u16) -> Row {
    row(operation, Access::Needs(scope, status))
}

pub const ROWS: &[Row] = &[
    row("POST /api/v1/users", Access::OpenOrNeeds("user:write", 201)),
    open("POST /api/v1/sessions", 201),
    open("PUT /api/v1/password", 204),
    row("POST /oauth2/token", Access::Bare(200)),
    row("POST /oauth2/revoke", Access::Bare(200)),
    open("GET /.well-known/jwks.json", 200),
    open("GET /.well-known/document-keys.json", 200),
    open("GET /.well-known/oauth-authorization-server", 200),
    open("GET /health", 200),
    open("GET /health/live", 200),
    open("GET /health/ready", 200),
    row("DELETE /api/v1/sessions/current", Access::Known(204)),
    needs("profile:read", "GET /api/v1/me", 200),
    needs("profile:read", "GET /api/v1/me/sessions", 200),
    needs("profile:read", "GET /api/v1/me/activity", 200),
    needs("profile:read", "GET /api/v1/me/notices", 200),
    needs("profile:read", "POST /api/v1/me/export", 201),
    needs("profile:read", "GET /api/v1/me/export", 200),
    needs("profile:write", "PATCH /api/v1/me", 200),
    needs("profile:write", "DELETE /api/v1/me/notices", 204),
    needs("profile:write", "DELETE /api/v1/me/sessions/{id}", 204),
    needs("profile:write", "DELETE /api/v1/me/sessions", 204),
    needs("profile:write", "PUT /api/v1/me/password", 204),
    needs("profile:write", "POST /api/v1/me/deletion", 204),
    needs("user:read", "GET /api/v1/users", 200),
    needs("user:read", "GET /api/v1/users/{id}", 200),
    needs("user:write", "PATCH /api/v1/users/{id}", 200),
    needs("user:write", "PUT /api/v1/users/{id}/suspension", 200),
    needs("user:write", "DELETE /api/v1/users/{id}/suspension", 204),
    needs("user:write", "POST /api/v1/users/{id}/password-link", 201),
    needs("user:write", "GET /api/v1/users/{id}/sessions", 200),
    needs("user:write", "DELETE /api/v1/users/{id}/sessions/{session_id}", 204),
    needs("user:write", "DELETE /api/v1/users/{id}/sessions", 204),
    needs("user:delete", "DELETE /api/v1/users/{id}", 204),
    needs("admin:write", "PUT /api/v1/users/{id}/role", 200),
    needs("admin:read", "POST /api/v1/users/{id}/personal-data", 200),
    needs("admin:read", "POST /oauth2/introspect", 200),
    needs("admin:read", "GET /api/v1/signing-keys", 200),
    needs("admin:write", "POST /api/v1/signing-keys/rotation", 200),
    needs("stats:read", "GET /api/v1/admin/overview", 200),
    needs("logs:read", "GET /api/v1/audit-events", 200),
    needs("logs:read", "GET /api/v1/audit-events/export", 200),
    needs("logs:read", "GET /api/v1/users/{id}/activity", 200),
    needs("logs:read", "GET /api/v1/access/explanations/{request_id}", 200),
];

impl Row {
    /// The scope that a token needs for it; an empty one where any token will do, none where no token is asked for.
    pub const fn scope(&self) -> Option<&'static str> {
        match self.access {
            Access::Open(_) | Access::Bare(_) => None,
            Access::Known(_) => Some(""),
            Access::Needs(scope, _) | Access::OpenOrNeeds(scope, _) => Some(scope),
        }
    }

    /// What somebody hears who asks for it in a way that would succeed.
    pub fn status(&self, caller: Caller) -> u16 {
        match (&self.access, caller) {
            (Access::Open(status), _)
            | (Access::Bare(status) | Access::OpenOrNeeds(_, status), Caller::Visitor) => *status,
            (Access::Known(status), _) if caller.is_known() => *status,
            (Access::Needs(scope, status) | Access::OpenOrNeeds(scope, status), _) if caller.is_known() => {
                if scopes(caller).contains(scope) {
                    *status
                } else {
                    403
                }
            }
            _ => 401,
        }
    }
}
