//! What proves that a form came from one of our pages, in the hands of the person it was made for.
//!
//! Three guards, each enough for most browsers: the `Origin` header, the `Sec-Fetch-Site` header, and a token in
//! the form that is bound to the browser's session (OWASP, signed double-submit). The token of one person, of an
//! earlier session or of a time before the log-in opens nothing for another.

use crate::cookies::{CookieRules, Cookies};
use crate::site::Address;
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem::Response;
use poem::http::{HeaderMap, header};

/// The name of the field that carries the token.
pub(crate) const FIELD: &str = "csrf";
/// The cookie that a browser without a session is known by.
const COOKIE: &str = "csrf";
const NONCE: usize = 16;

/// The source of chance is dry: nothing can be made that nobody can guess.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes")]
pub(crate) struct NoEntropy;

/// What a token is bound to.
#[derive(Clone)]
pub(crate) enum Binding {
    /// The session of somebody who is logged in.
    Session(String),
    /// A browser without one.
    Browser {
        /// A value that only this browser has.
        value: String,
        /// Whether the browser has yet to be told.
        fresh: bool,
    },
}

impl Binding {
    /// Binds to the session cookie, of which the caller knows that it works.
    pub(crate) fn to_session(cookie: &str) -> Self {
        Self::Session(cookie.to_owned())
    }

    /// Binds to the browser's own value, or draws one for it.
    pub(crate) fn to_browser(rules: CookieRules, cookies: &Cookies) -> Result<Self, NoEntropy> {
        // Only what we could have drawn is taken up, so that the value stays one nobody could guess.
        let known =
            cookies.get(&rules.name(COOKIE)).filter(|value| decoded(value).is_some_and(|b| b.len() == 32));
        match known {
            Some(value) => Ok(Self::Browser { value: value.to_owned(), fresh: false }),
            None => Ok(Self::Browser { value: URL_SAFE_NO_PAD.encode(random::<32>()?), fresh: true }),
        }
    }

    /// Gives the browser its value, if it does not have it.
    pub(crate) fn settle(&self, rules: CookieRules, response: &mut Response) {
        if let Self::Browser { value, fresh: true } = self {
            rules.set(response, COOKIE, value, None);
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Session(cookie) => [b"session\0", cookie.as_bytes()].concat(),
            Self::Browser { value, .. } => [b"browser\0", value.as_bytes()].concat(),
        }
    }
}

/// Makes the browser forget the value it had without a session.
pub(crate) fn forget(rules: CookieRules, response: &mut Response) {
    rules.clear(response, COOKIE);
}

/// Makes and recognises tokens.
pub(crate) struct Tokens {
    key: hmac::Key,
}

impl Tokens {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// A token for a form. Every call makes another one, so that a page never shows the same secret twice.
    pub(crate) fn issue(&self, binding: &Binding) -> Result<String, NoEntropy> {
        let nonce = random::<NONCE>()?;
        let tag = hmac::sign(&self.key, &form_message(binding, &nonce));
        Ok(URL_SAFE_NO_PAD.encode([&nonce, tag.as_ref()].concat()))
    }

    /// Whether a token was made for this binding. Takes the same time wherever it differs.
    pub(crate) fn accepts(&self, binding: &Binding, token: &str) -> bool {
        let Some(bytes) = decoded(token) else { return false };
        let Some((nonce, tag)) = bytes.split_first_chunk::<NONCE>() else { return false };
        hmac::verify(&self.key, &form_message(binding, nonce), tag).is_ok()
    }

    /// Signs a short text that a cookie carries from one page to the next.
    pub(crate) fn seal(&self, text: &str) -> String {
        let tag = hmac::sign(&self.key, &note_message(text));
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    /// The text, if it was sealed here.
    pub(crate) fn open<'a>(&self, sealed: &'a str) -> Option<&'a str> {
        let (text, tag) = sealed.rsplit_once('.')?;
        hmac::verify(&self.key, &note_message(text), &decoded(tag)?).ok().map(|()| text)
    }
}

fn form_message(binding: &Binding, nonce: &[u8; NONCE]) -> Vec<u8> {
    [b"form\0".as_slice(), nonce, &binding.bytes()].concat()
}

fn note_message(text: &str) -> Vec<u8> {
    [b"note\0", text.as_bytes()].concat()
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn random<const N: usize>() -> Result<[u8; N], NoEntropy> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| NoEntropy)?;
    Ok(bytes)
}

/// What the headers say about where a form was sent from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// One of our pages, as far as the headers say anything.
    Own,
    /// A page opened under another address than the public one.
    OtherAddress,
    /// Somebody else's page.
    Foreign,
}

/// Reads `Origin` and `Sec-Fetch-Site`.
///
/// Pages are served with `Referrer-Policy: no-referrer`, under which browsers send `Origin: null` even to their
/// own site (WHATWG Fetch, "append a request Origin header"). So `null` is believed where `Sec-Fetch-Site` vouches
/// for it, or where browsers would not send that header at all.
pub(crate) fn sender(headers: &HeaderMap, own: &Address) -> Sender {
    // One that comes twice says two things, and so nothing.
    let text = |name: header::HeaderName| {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?;
        Some(if values.next().is_some() { "?" } else { first.to_str().unwrap_or("?") })
    };
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return Sender::Foreign;
    }
    match text(header::ORIGIN) {
        None => Sender::Own,
        Some(origin) if origin == own.origin() => Sender::Own,
        Some("null") if site == Some("same-origin") => Sender::Own,
        Some("null") if site.is_none() && !own.is_trustworthy() => Sender::Own,
        Some("null") => Sender::Foreign,
        Some(_) => Sender::OtherAddress,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::http::HeaderValue;

    fn tokens() -> Tokens {
        Tokens::new(&[7; 32])
    }

    #[test]
    fn a_token_opens_for_its_own_session_only() {
        let tokens = tokens();
        let ann = Binding::to_session("ann");
        let token = tokens.issue(&ann).unwrap();
        assert!(tokens.accepts(&ann, &token));
        assert!(!tokens.accepts(&Binding::to_session("bob"), &token));
        let visitor = Binding::Browser { value: "ann".into(), fresh: false };
        assert!(!tokens.accepts(&visitor, &token), "a session is no browser of the same name");
        assert!(!Tokens::new(&[8; 32]).accepts(&ann, &token), "another key");
        assert_ne!(tokens.issue(&ann).unwrap(), token, "never the same twice");
    }

    #[test]
    fn a_token_that_was_touched_opens_nothing() {
        let tokens = tokens();
        let ann = Binding::to_session("ann");
        let token = tokens.issue(&ann).unwrap();
        for bad in ["", "x", "====", &token[..20], &token.to_uppercase(), &format!("{token}AA")] {
            assert!(!tokens.accepts(&ann, bad), "{bad}");
        }
    }

    #[test]
    fn a_sealed_note_is_no_form_token_and_the_reverse() {
        let tokens = tokens();
        assert_eq!(tokens.open(&tokens.seal("saved")), Some("saved"));
        assert_eq!(tokens.open("saved."), None);
        assert_eq!(tokens.open(&tokens.seal("saved").replace("saved", "deleted")), None);
    }

    #[test]
    fn a_browser_value_that_we_never_drew_is_replaced() {
        let rules = CookieRules::new(false);
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("csrf=guessable"));
        let binding = Binding::to_browser(rules, &Cookies::read(&headers)).unwrap();
        assert!(matches!(binding, Binding::Browser { fresh: true, ref value } if value != "guessable"));
    }

    #[test]
    fn the_headers_of_other_peoples_pages_are_refused() {
        let local = Address::new("http://127.0.0.1:8080");
        let remote = Address::new("http://192.168.1.2");
        let judge = |own: &Address, origin: Option<&'static str>, site: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            origin.map(|value| headers.insert(header::ORIGIN, HeaderValue::from_static(value)));
            site.map(|value| headers.insert("sec-fetch-site", HeaderValue::from_static(value)));
            sender(&headers, own)
        };
        assert_eq!(judge(&local, None, None), Sender::Own);
        assert_eq!(judge(&local, Some("http://127.0.0.1:8080"), Some("same-origin")), Sender::Own);
        assert_eq!(judge(&local, Some("null"), Some("same-origin")), Sender::Own);
        assert_eq!(judge(&local, Some("http://localhost:8080"), None), Sender::OtherAddress);
        assert_eq!(judge(&local, Some("http://127.0.0.1:8080"), Some("cross-site")), Sender::Foreign);
        assert_eq!(judge(&local, None, Some("same-site")), Sender::Foreign);
        assert_eq!(judge(&local, Some("null"), None), Sender::Foreign);
        assert_eq!(judge(&local, Some("null"), Some("cross-site")), Sender::Foreign);
        assert_eq!(judge(&remote, Some("null"), None), Sender::Own, "no browser sends Sec-Fetch-Site there");
        let mut twice = HeaderMap::new();
        twice.append(header::ORIGIN, HeaderValue::from_static("http://127.0.0.1:8080"));
        twice.append(header::ORIGIN, HeaderValue::from_static("https://evil.example"));
        assert_eq!(sender(&twice, &local), Sender::OtherAddress);
    }
}
