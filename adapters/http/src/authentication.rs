//! Who asks: nobody in particular, or whoever brings an access token.
//!
//! A token comes in the `Authorization` header and nowhere else (RFC 6750, section 2.1): no cookie, no parameter,
//! so that no other site can make a browser bring it along. The scope that stands at an operation goes into the
//! document and, from there, into the check that is made here before anything else of a request is judged. The
//! use case asks for its own once more, and the permission matrix compares the two.

use crate::middleware::Progress;
use crate::problem::Problem;
use application::actor::{Actor, Identity, Origin, Refusal};
use application::sessions::{AuthenticateError, SessionService};
use domain::access::{Scope, Scopes};
use poem::http::{HeaderMap, header};
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::registry::{MetaOAuthFlow, MetaOAuthFlows, MetaOAuthScope, MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, OAuthScopes};
use std::sync::Arc;

/// The longest token that is looked at. Ours are far below it.
const LONGEST_TOKEN: usize = 4 * 1024;

/// Where the request came from; the front has put it there.
fn origin(request: &Request) -> Origin {
    request.data::<Origin>().cloned().unwrap_or_default()
}

/// Anybody: an operation that asks for no token, and looks at none.
pub struct Visitor(pub Actor);

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self(Actor::visitor(origin(request))))
    }
}

/// What an operation needs according to the document; `operations.rs` puts it into each request.
#[derive(Clone, Copy)]
pub struct Needed(pub Scopes);

/// Whoever brought a valid access token that reaches as far as the operation needs. Stands first among an
/// operation's arguments, so that nobody else learns anything about the rest of their request.
pub struct Caller(pub Actor);

impl<'a> ApiExtractor<'a> for Caller {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(SCHEME, scheme());
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let token = bearer(request.headers())?;
        let Some(sessions) = request.data::<Arc<SessionService>>() else {
            return Err(Problem::of(poem::http::StatusCode::INTERNAL_SERVER_ERROR).into());
        };
        let actor = sessions.authenticate(origin(request), token).await.map_err(Problem::from)?;
        if let (Some(progress), Identity::Member(member)) = (request.data::<Arc<Progress>>(), &actor.identity)
        {
            progress.is_for(member.user_id);
        }
        for scope in request.data::<Needed>().into_iter().flat_map(|needed| needed.0.iter()) {
            actor.require(scope).map_err(Problem::from)?;
        }
        Ok(Self(actor))
    }
}

/// The token of a request.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut credentials = headers.get_all(header::AUTHORIZATION).iter();
    let Some(first) = credentials.next() else { return Err(Refusal::NotLoggedIn.into()) };
    let invalid = || Problem::from(AuthenticateError::Invalid);
    let text = first.to_str().map_err(|_| invalid())?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::NotLoggedIn.into());
    }
    let token = token.trim_start_matches(' ');
    let sound = !token.is_empty() && token.len() <= LONGEST_TOKEN && credentials.next().is_none();
    if sound { Ok(token) } else { Err(invalid()) }
}

/// The name of the scheme in the document.
const SCHEME: &str = "OAuth2";

fn scheme() -> MetaSecurityScheme {
    let password = MetaOAuthFlow {
        authorization_url: None,
        token_url: Some("/oauth2/token"),
        refresh_url: Some("/oauth2/token"),
        scopes: Needs::meta(),
    };
    MetaSecurityScheme {
        ty: "oauth2",
        description: Some(
            "Log in with user name (or e-mail address) and password; leave the client fields empty. \
             The access token then goes into the `Authorization` header of each request.",
        ),
        name: None,
        key_in: None,
        scheme: None,
        bearer_format: None,
        flows: Some(MetaOAuthFlows {
            implicit: None,
            password: Some(password),
            client_credentials: None,
            authorization_code: None,
        }),
        openid_connect_url: None,
    }
}

/// The scope that an operation needs, as it stands there.
pub struct Needs(Scope);

/// Read the own profile.
pub const PROFILE_READ: Needs = Needs(Scope::ProfileRead);
/// Change the own profile.
pub const PROFILE_WRITE: Needs = Needs(Scope::ProfileWrite);

impl OAuthScopes for Needs {
    fn meta() -> Vec<MetaOAuthScope> {
        let described = |scope: Scope| MetaOAuthScope { name: scope.name(), description: Some(about(scope)) };
        Scope::ALL.into_iter().map(described).collect()
    }

    fn name(&self) -> &'static str {
        self.0.name()
    }
}

const fn about(scope: Scope) -> &'static str {
    match scope {
        Scope::ProfileRead => "Read the own profile",
        Scope::ProfileWrite => "Change the own profile",
        Scope::UserRead => "Read every account",
        Scope::UserWrite => "Change any account",
        Scope::UserDelete => "Delete any account",
        Scope::StatsRead => "Read the figures of the installation",
        Scope::LogsRead => "Read the audit trail",
        Scope::AdminRead => "Read settings and tokens",
        Scope::AdminWrite => "Change roles and settings",
        Scope::AdminDelete => "Remove settings and tokens",
    }
}
