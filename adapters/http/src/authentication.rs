//! Who asks: nobody in particular, or whoever brings an access token.
//!
//! A token comes in the `Authorization` header and nowhere else (RFC 6750, section 2.1): no cookie, no parameter,
//! so that no other site can make a browser bring it along. The scope that stands at an operation goes into the
//! document and, from there, into the check that is made here before anything else of a request is judged. The
//! use case asks for its own once more, and the permission matrix compares the two.

use crate::Given;
use crate::middleware::Progress;
use crate::problem::Problem;
use application::actor::{Actor, Origin, Refusal};
use application::sessions::AuthenticateError;
use domain::access::Scope;
use poem::http::{HeaderMap, StatusCode, header};
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
        Ok(Self(authenticated(request).await?))
    }
}

/// Whoever brought a valid access token that reaches far enough, or anybody who brought nothing: for an operation
/// that does one thing for the one and another for the other.
pub struct CallerOrVisitor(pub Actor);

impl<'a> ApiExtractor<'a> for CallerOrVisitor {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        Caller::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        Caller::security_schemes()
    }

    fn has_security_fallback() -> bool {
        true
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        if request.headers().contains_key(header::AUTHORIZATION) {
            return Ok(Self(authenticated(request).await?));
        }
        Ok(Self(Actor::visitor(origin(request))))
    }
}

/// Says who brings the token of a request, if it reaches as far as the operation needs.
async fn authenticated(request: &Request) -> Result<Actor, Problem> {
    let (Some(given), Some(progress)) = (request.data::<Arc<Given>>(), request.data::<Arc<Progress>>())
    else {
        return Err(Problem::of(StatusCode::INTERNAL_SERVER_ERROR));
    };
    let presented = match bearer(request.headers())? {
        Some(token) => given.sessions.authenticate(origin(request), token).await,
        None => Err(AuthenticateError::unreadable()),
    };
    let actor = presented.map_err(|error| {
        if let AuthenticateError::Refused(refused) = &error {
            progress.is_for(refused.evidence);
        }
        Problem::from(error)
    })?;
    progress.is_for(actor.evidence());
    for scope in progress.needed().iter() {
        actor.require(scope)?;
    }
    Ok(actor)
}

/// The token of a request; `None` where what stands in its place can be none of ours.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut credentials = headers.get_all(header::AUTHORIZATION).iter();
    let Some(first) = credentials.next() else { return Err(Refusal::NotLoggedIn) };
    let Ok(text) = first.to_str() else { return Ok(None) };
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::NotLoggedIn);
    }
    let token = token.trim_start_matches(' ');
    let sound = !token.is_empty() && token.len() <= LONGEST_TOKEN && credentials.next().is_none();
    Ok(sound.then_some(token))
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
/// Read every account.
pub const USER_READ: Needs = Needs(Scope::UserRead);
/// Change any account.
pub const USER_WRITE: Needs = Needs(Scope::UserWrite);
/// Delete any account.
pub const USER_DELETE: Needs = Needs(Scope::UserDelete);
/// Read the figures of the installation.
pub const STATS_READ: Needs = Needs(Scope::StatsRead);
/// Read the audit trail.
pub const LOGS_READ: Needs = Needs(Scope::LogsRead);
/// Read settings and tokens.
pub const ADMIN_READ: Needs = Needs(Scope::AdminRead);
/// Change roles and settings.
pub const ADMIN_WRITE: Needs = Needs(Scope::AdminWrite);

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
