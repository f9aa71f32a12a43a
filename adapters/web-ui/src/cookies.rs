//! Cookies, read and written (RFC 6265).

use poem::Response;
use poem::http::{HeaderMap, HeaderValue, header};
use std::time::Duration;

/// No cookie of ours is longer; one that is, is not ours.
const LONGEST: usize = 1024;

/// The cookies that came with a request.
#[derive(Clone, Default)]
pub(crate) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Reads the `Cookie` headers. What can't be read is left out: it never was ours.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let pairs = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(_, value)| !value.is_empty() && value.len() <= LONGEST)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self(pairs)
    }

    /// The value of a cookie. Of several with one name the first counts: browsers send the most specific one first.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// How cookies are named and guarded here.
///
/// Over https a name begins with `__Host-`, so that no neighbouring host can plant it (RFC 6265bis, section
/// 4.1.3.2). Over plain http browsers refuse such names, and `Secure` with them.
#[derive(Clone, Copy)]
pub(crate) struct CookieRules {
    secure: bool,
}

impl CookieRules {
    pub(crate) const fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The full name of a cookie.
    pub(crate) fn name(self, base: &str) -> String {
        if self.secure { format!("__Host-{base}") } else { base.to_owned() }
    }

    /// Sets a cookie that no script can read. Without an age it goes when the browser is closed.
    pub(crate) fn set(self, response: &mut Response, base: &str, value: &str, age: Option<Duration>) {
        let age = age.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}", self.name(base));
        if let Ok(value) = HeaderValue::try_from(text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        } else {
            tracing::error!(cookie = base, "a cookie could not be written");
        }
    }

    /// Takes a cookie back.
    pub(crate) fn clear(self, response: &mut Response, base: &str) {
        self.set(response, base, "", Some(Duration::ZERO));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(text: &str) -> Cookies {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_str(text).unwrap());
        Cookies::read(&headers)
    }

    #[test]
    fn the_first_of_several_cookies_with_one_name_counts() {
        let cookies = cookies("a=1; session=x=y; session=planted");
        assert_eq!(cookies.get("session"), Some("x=y"));
        assert_eq!(cookies.get("b"), None);
    }

    #[test]
    fn empty_broken_and_endless_cookies_are_nobodys() {
        let long = format!("session={}; flash; lang=", "x".repeat(LONGEST + 1));
        let cookies = cookies(&long);
        assert_eq!((cookies.get("session"), cookies.get("flash"), cookies.get("lang")), (None, None, None));
    }

    #[test]
    fn only_https_takes_the_prefix_and_the_secure_mark() {
        let written = |secure| {
            let mut response = Response::default();
            CookieRules::new(secure).set(&mut response, "session", "abc", None);
            response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned()
        };
        assert_eq!(written(true), "__Host-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(written(false), "session=abc; Path=/; HttpOnly; SameSite=Lax");
    }
}
