use super::error::OAuthError;
use crate::body;
use crate::form::{ANY, Form, Kind, Member};
use crate::urlencoded;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaRequest, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use std::marker::PhantomData;

const MEDIA_TYPES: &[&str] = &["application/x-www-form-urlencoded"];

/// The parameters of a request to one of the endpoints (RFC 6749, section 3.2): each at most once, one without a
/// value as good as absent, those that nobody knows passed over. No `Debug`: they hold secrets.
pub struct Parameters<F> {
    pairs: Vec<(String, String)>,
    form: PhantomData<fn() -> F>,
}

impl<F> Parameters<F> {
    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// The value of a parameter that must be there.
    pub fn required(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::missing(name))
    }
}

impl<'a, F: Form> ApiExtractor<'a> for Parameters<F> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        body::register::<F>(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(body::described::<F>())
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        if !body::comes_as(request.headers(), MEDIA_TYPES) {
            let expected = "The body must be a form: application/x-www-form-urlencoded in UTF-8.";
            return Err(OAuthError::invalid_request(expected).into());
        }
        let pairs = urlencoded::parse(&body::read(request, body).await?);
        let pairs = pairs.map_err(|flaw| OAuthError::invalid_request(flaw.told("form")))?;
        Ok(Self { pairs, form: PhantomData })
    }
}

/// What to get tokens for.
pub struct TokenRequest;

impl Form for TokenRequest {
    const NAME: &'static str = "TokenRequest";
    const ABOUT: &'static str = "What to get tokens for.";
    const MEMBERS: &'static [Member] = &[
        Member::required(
            "grant_type",
            Kind::Choice(|| vec!["password", "refresh_token"]),
            "What is brought.",
        ),
        Member::optional("username", TEXT, "With `password`: user name or e-mail address.").like("ada"),
        Member::optional("password", SECRET, "With `password`: the password.").like("vexing-zebra-lantern"),
        Member::optional("refresh_token", SECRET, "With `refresh_token`: the token."),
        Member::optional("scope", TEXT, "What the access token is to be good for; without it, all there is.")
            .like("profile:read profile:write"),
        Member::optional("client_id", TEXT, "Left out, or `xtrem`."),
        Member::optional("client_secret", SECRET, "Left out: the client is public."),
    ];
    const MEDIA_TYPES: &'static [&'static str] = MEDIA_TYPES;
}

/// A token that somebody gives back.
pub struct RevocationRequest;

impl Form for RevocationRequest {
    const NAME: &'static str = "RevocationRequest";
    const ABOUT: &'static str = "Which token to take out of use.";
    const MEMBERS: &'static [Member] = &[
        TOKEN,
        TOKEN_TYPE_HINT,
        Member::optional("client_id", TEXT, "Left out, or `xtrem`."),
        Member::optional("client_secret", SECRET, "Left out: the client is public."),
    ];
    const MEDIA_TYPES: &'static [&'static str] = MEDIA_TYPES;
}

/// A token that somebody asks about.
pub struct IntrospectionRequest;

impl Form for IntrospectionRequest {
    const NAME: &'static str = "IntrospectionRequest";
    const ABOUT: &'static str = "Which token is asked about.";
    const MEMBERS: &'static [Member] = &[TOKEN, TOKEN_TYPE_HINT];
    const MEDIA_TYPES: &'static [&'static str] = MEDIA_TYPES;
}

const TOKEN: Member = Member::required("token", SECRET, "An access or a refresh token.");
const TOKEN_TYPE_HINT: Member =
    Member::optional("token_type_hint", TEXT, "Of no consequence: each token shows what it is.")
        .like("refresh_token");
const TEXT: Kind = Kind::Text { minimum: 0, maximum: ANY };
const SECRET: Kind = Kind::Secret { minimum: 0, maximum: ANY };
