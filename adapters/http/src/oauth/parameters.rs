use super::error::OAuthError;
use crate::body;
use crate::form::{ANY, Form, Kind, Member};
use percent_encoding::percent_decode;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaRequest, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use std::borrow::Cow;

const MEDIA_TYPES: &[&str] = &["application/x-www-form-urlencoded"];

/// No request needs more parameters. Each is compared with those before it, so their number is bounded first.
const MOST: usize = 40;

/// The parameters of a token request (RFC 6749, section 3.2): each at most once, one without a value as good as
/// absent, those that nobody knows passed over. No `Debug`: they hold secrets.
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a form (WHATWG URL, section 5.1), stricter than most: a broken escape and what is not UTF-8 are
    /// refused, not passed through or replaced.
    pub fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == MOST {
                return Err(OAuthError::invalid_request("The form holds too many parameters."));
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let mut next = || decode(halves.next().unwrap_or_default());
            let (name, value) = (next()?, next()?);
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(OAuthError::invalid_request("A parameter stands in the request twice."));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }
}

fn decode(text: &[u8]) -> Result<String, OAuthError> {
    if !is_escaped(text) {
        return Err(OAuthError::invalid_request(
            "The form holds a % without two hexadecimal digits after it.",
        ));
    }
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded = percent_decode(&spaced).decode_utf8().map(Cow::into_owned);
    match decoded {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(OAuthError::invalid_request("The form must hold UTF-8 text without NUL.")),
    }
}

/// Whether each `%` begins an escape (RFC 3986, section 2.1); the decoder takes one that does not for a text.
fn is_escaped(text: &[u8]) -> bool {
    let mut escapes = text.split(|byte| *byte == b'%').skip(1);
    escapes.all(|after| after.len() >= 2 && after[..2].iter().all(u8::is_ascii_hexdigit))
}

impl<'a> ApiExtractor<'a> for Parameters {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        body::register::<TokenRequest>(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(body::described::<TokenRequest>())
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
        Ok(Self::parse(&body::read(request, body).await?)?)
    }
}

/// What the document says of the parameters.
struct TokenRequest;

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

const TEXT: Kind = Kind::Text { minimum: 0, maximum: ANY };
const SECRET: Kind = Kind::Secret { minimum: 0, maximum: ANY };
