use crate::cookies::CookieRules;
use crate::csrf::Tokens;
use crate::{Services, Settings};

/// What every page shares.
pub(crate) struct Site {
    pub(crate) services: Services,
    pub(crate) address: Address,
    pub(crate) cookies: CookieRules,
    pub(crate) tokens: Tokens,
}

impl Site {
    pub(crate) fn new(services: Services, settings: &Settings) -> Self {
        let address = Address::new(&settings.public_url);
        Self {
            services,
            cookies: CookieRules::new(address.is_https()),
            address,
            tokens: Tokens::new(&settings.csrf_key),
        }
    }
}

/// The public address as browsers name it in an `Origin` header (RFC 6454, section 6.2).
pub(crate) struct Address {
    origin: String,
}

impl Address {
    pub(crate) fn new(public_url: &str) -> Self {
        let lower = public_url.to_ascii_lowercase();
        let (scheme, rest) = lower.split_once("://").unwrap_or(("http", &lower));
        let authority = rest.split('/').next().unwrap_or_default();
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.strip_suffix(default_port).unwrap_or(authority);
        Self { origin: format!("{scheme}://{authority}") }
    }

    /// `scheme://host[:port]`, without a port where it is the usual one.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Whether browsers send `Sec-Fetch-Site` here: they do to https and to the machine itself, and nowhere else
    /// (W3C Fetch Metadata, section 2; Secure Contexts, section 3.1).
    pub(crate) fn is_trustworthy(&self) -> bool {
        let host = self.origin.trim_start_matches("http://");
        self.is_https() || ["localhost", "127.", "[::1]"].iter().any(|loopback| host.starts_with(loopback))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path_no_usual_port_and_no_capitals() {
        let origin = |url| Address::new(url).origin().to_owned();
        assert_eq!(origin("https://Accounts.Example.com:443"), "https://accounts.example.com");
        assert_eq!(origin("https://example.com:8443/base"), "https://example.com:8443");
        assert_eq!(origin("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
        assert_eq!(origin("http://[::1]:80"), "http://[::1]");
    }

    #[test]
    fn plain_http_is_trustworthy_on_the_machine_itself_only() {
        let trustworthy = |url| Address::new(url).is_trustworthy();
        assert!(trustworthy("https://example.com"));
        assert!(trustworthy("http://127.0.0.1:8080"));
        assert!(trustworthy("http://[::1]:8080"));
        assert!(!trustworthy("http://192.168.1.2:8080"));
    }
}
