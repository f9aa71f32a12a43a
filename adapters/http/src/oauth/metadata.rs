use crate::Tag;
use crate::published::Published;
use crate::query::PublicUrl;
use domain::access::Scope;
use domain::users::Locale;
use poem::Request;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};

/// What a client library asks for first.
pub struct Routes {
    /// Where the service is reached from outside: its name as an issuer.
    pub public_url: PublicUrl,
}

#[OpenApi(tag = "Tag::Tokens")]
impl Routes {
    /// Read what this server can do
    ///
    /// Authorization server metadata (RFC 8414): where the endpoints are, and what they take. May be kept for five
    /// minutes.
    #[oai(path = "/.well-known/oauth-authorization-server", method = "get", operation_id = "serverMetadata")]
    #[expect(clippy::unused_async, reason = "poem-openapi asks for it")]
    async fn metadata(&self, request: &Request) -> Published<MetadataView> {
        let metadata = MetadataView::of(&self.public_url.0);
        Published::new(metadata.to_json_string(), request.headers())
    }
}

/// Authorization server metadata (RFC 8414, section 2).
#[derive(Debug, Object)]
#[oai(rename = "ServerMetadata")]
struct MetadataView {
    /// The `iss` of access tokens.
    issuer: String,
    /// Where tokens are had.
    token_endpoint: String,
    /// Where they are given back.
    revocation_endpoint: String,
    /// Where it is asked what they are worth.
    introspection_endpoint: String,
    /// Where the public keys are.
    jwks_uri: String,
    /// Every scope that there is.
    scopes_supported: Vec<String>,
    /// Empty: there is no authorization endpoint.
    response_types_supported: Vec<String>,
    /// The grants.
    grant_types_supported: Vec<String>,
    /// `none`: the one client is public.
    token_endpoint_auth_methods_supported: Vec<String>,
    /// `none`: whoever has a token may give it back.
    revocation_endpoint_auth_methods_supported: Vec<String>,
    /// `Bearer`: an access token with the scope `admin:read`.
    introspection_endpoint_auth_methods_supported: Vec<String>,
    /// The languages of the pages.
    ui_locales_supported: Vec<String>,
    /// The description of the API for people.
    service_documentation: String,
}

impl MetadataView {
    fn of(public_url: &str) -> Self {
        let at = |path: &str| format!("{public_url}{path}");
        let list = |names: &[&str]| names.iter().copied().map(str::to_owned).collect();
        Self {
            issuer: public_url.to_owned(),
            token_endpoint: at("/oauth2/token"),
            revocation_endpoint: at("/oauth2/revoke"),
            introspection_endpoint: at("/oauth2/introspect"),
            jwks_uri: at("/.well-known/jwks.json"),
            scopes_supported: list(&Scope::ALL.map(Scope::name)),
            response_types_supported: Vec::new(),
            grant_types_supported: list(&["password", "refresh_token"]),
            token_endpoint_auth_methods_supported: list(&["none"]),
            revocation_endpoint_auth_methods_supported: list(&["none"]),
            introspection_endpoint_auth_methods_supported: list(&["Bearer"]),
            ui_locales_supported: list(&Locale::ALL.map(Locale::name)),
            service_documentation: at("/docs"),
        }
    }
}
