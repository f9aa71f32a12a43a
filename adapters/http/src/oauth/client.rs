use super::error::OAuthError;
use super::parameters::Parameters;
use poem::http::{HeaderMap, header};
use poem::web::headers::authorization::Basic;
use poem::web::headers::{Authorization, HeaderMapExt};

/// The one client there is.
pub const BUILT_IN: &str = "xtrem";

/// Makes sure that a request comes from the built-in client, which has no secret (RFC 6749, section 2.3.1).
///
/// It may name itself in the form, by HTTP Basic, in both or not at all. Any secret is a wrong one, and whether
/// another name or a secret is the reason of the refusal is not said.
pub fn check<F>(headers: &HeaderMap, form: &Parameters<F>) -> Result<(), OAuthError> {
    let is_ours = |id: &str, secret: &str| (id.is_empty() || id == BUILT_IN) && secret.is_empty();
    let named = |name| form.get(name).unwrap_or_default();
    let mut known = is_ours(named("client_id"), named("client_secret"));
    if headers.contains_key(header::AUTHORIZATION) {
        let basic = headers.typed_get::<Authorization<Basic>>();
        known &= basic.is_some_and(|basic| is_ours(basic.username(), basic.password()));
    }
    if known { Ok(()) } else { Err(OAuthError::invalid_client()) }
}
