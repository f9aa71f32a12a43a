use application::testing::samples;
use poem::http::Method;
use serde_json::Value;

/// An operation of the document, and a request that it agrees to.
pub struct Operation {
    /// Its address, as the document writes it.
    pub path: String,
    /// Its method.
    pub method: Method,
    /// What the document says of it.
    pub described: Value,
}

/// Every operation of the document.
pub fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&crate::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            all.push(Operation { path: path.clone(), method, described: described.clone() });
        }
    }
    all
}

impl Operation {
    /// The address of something that is there: one's own session, or the account and session of Ben.
    pub fn address(&self) -> String {
        let number = if self.path.starts_with("/api/v1/me/") { 1 } else { 2 };
        let own_session = samples::session_id(number).to_string();
        let id = if number == 1 { own_session.clone() } else { samples::user_id(number).to_string() };
        let path = self.path.replace("{id}", &id).replace("{session_id}", &own_session);
        path.replace("{request_id}", &samples::user_id(9).to_string())
    }

    /// The same with what must stand in its query.
    pub fn good_address(&self) -> String {
        let query = match self.name() {
            "dismissNotices" => "?until=2026-01-01T00:00:00Z",
            "exportOwnData" => "?ticket=ticket",
            _ => "",
        };
        format!("{}{query}", self.address())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.described["operationId"].as_str().unwrap()
    }

    /// Whether it needs a token.
    pub fn is_guarded(&self) -> bool {
        let schemes = self.described["security"].as_array();
        schemes.is_some_and(|schemes| schemes.iter().all(|scheme| scheme["OAuth2"].is_array()))
    }

    /// Whether it takes JSON.
    pub fn takes_json(&self) -> bool {
        self.described["requestBody"]["content"]["application/json"].is_object()
    }

    /// Whether it speaks as RFC 6749 wants it.
    pub fn is_oauth(&self) -> bool {
        self.path.starts_with("/oauth2/")
    }

    /// The media type of what it takes.
    pub fn media_type(&self) -> &'static str {
        if self.is_oauth() { "application/x-www-form-urlencoded" } else { "application/json" }
    }

    /// A body that it agrees to, sent with a token where it looks at one.
    pub fn good_body(&self) -> &'static str {
        match self.name() {
            "signUp" => r#"{"username":"gracehopper","email":"grace@example.com"}"#,
            "logIn" => r#"{"login":"annlee","password":"vexing-zebra-lantern"}"#,
            "changePassword" => {
                r#"{"current_password":"vexing-zebra-lantern","new_password":"quiet-harbour-tramway"}"#
            }
            "setPassword" => r#"{"token":"secret","password":"quiet-harbour-tramway"}"#,
            "closeAccount" | "prepareExport" => r#"{"password":"vexing-zebra-lantern"}"#,
            "openPersonalData" | "suspendUser" => r#"{"reason":"They asked."}"#,
            "setRole" => r#"{"role":"moderator"}"#,
            "token" => "grant_type=refresh_token&refresh_token=first",
            "revokeToken" => "token=first",
            "introspectToken" => "token=good",
            _ => "{}",
        }
    }
}
