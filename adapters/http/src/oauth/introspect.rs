use super::client;
use application::sessions::{Introspection, TokenKind};
use poem_openapi::Object;
use uuid::Uuid;

/// What a token is worth at this moment (RFC 7662, section 2.2). Of one that does not work nothing is said but that.
#[derive(Debug, Object)]
#[oai(rename = "Introspection")]
pub struct IntrospectionView {
    /// Whether it works.
    active: bool,
    /// What it may be used for now, separated by spaces.
    #[oai(skip_serializing_if_is_none)]
    scope: Option<String>,
    /// `xtrem`.
    #[oai(skip_serializing_if_is_none)]
    client_id: Option<String>,
    /// The user name of its owner.
    #[oai(skip_serializing_if_is_none)]
    username: Option<String>,
    /// `Bearer`, or `refresh_token`.
    #[oai(skip_serializing_if_is_none)]
    token_type: Option<String>,
    /// When it ends if nothing is done with it, in seconds since 1970.
    #[oai(skip_serializing_if_is_none)]
    exp: Option<i64>,
    /// When it was issued, in seconds since 1970.
    #[oai(skip_serializing_if_is_none)]
    iat: Option<i64>,
    /// Its owner.
    #[oai(skip_serializing_if_is_none)]
    sub: Option<Uuid>,
    /// Whom it is for.
    #[oai(skip_serializing_if_is_none)]
    aud: Option<String>,
    /// Whom it is from.
    #[oai(skip_serializing_if_is_none)]
    iss: Option<String>,
    /// Its own name.
    #[oai(skip_serializing_if_is_none)]
    jti: Option<String>,
    /// The session that it stands and falls with.
    #[oai(skip_serializing_if_is_none)]
    sid: Option<Uuid>,
}

impl IntrospectionView {
    /// What is told of a token of this issuer.
    pub fn new(said: Option<&Introspection>, issuer: &str) -> Self {
        let token_type = |kind| match kind {
            TokenKind::Access => "Bearer",
            TokenKind::Refresh => "refresh_token",
        };
        let from_here = || said.map(|_| issuer.to_owned());
        Self {
            active: said.is_some(),
            scope: said.map(|token| token.scopes.to_string()),
            client_id: said.map(|_| client::BUILT_IN.to_owned()),
            username: said.map(|token| token.username.as_str().to_owned()),
            token_type: said.map(|token| token_type(token.kind).to_owned()),
            exp: said.map(|token| token.expires_at.as_seconds()),
            iat: said.map(|token| token.issued_at.as_seconds()),
            sub: said.map(|token| token.user_id.as_uuid()),
            aud: from_here(),
            iss: from_here(),
            // As the claim of that name in the access token.
            jti: said.map(|token| format!("{}.{}", token.session_id, token.generation.number())),
            sid: said.map(|token| token.session_id.as_uuid()),
        }
    }
}
