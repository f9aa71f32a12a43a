use crate::violation::Violation;
use email_address::Options;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use unicode_normalization::UnicodeNormalization;

/// An address that mail can be sent to (RFC 5321, with the international forms of RFC 6531).
///
/// Kept as typed; compared by [`EmailAddress::canonical`]. Left out on purpose: quoted local parts, comments,
/// IP literals, hosts without a dot and a trailing dot, which real mailboxes do not use and mailers disagree on.
/// `name+tag@` and dots stay distinct, because what they mean is the receiving host's business.
#[derive(Clone)]
pub struct EmailAddress {
    text: String,
    canonical: String,
}

impl EmailAddress {
    /// The most octets of an address (RFC 5321, section 4.5.3.1.3, less the angle brackets).
    pub const MAXIMUM: usize = 254;

    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if text.is_empty() {
            return Err(Violation::Required);
        }
        if text.len() > Self::MAXIMUM {
            return Err(Violation::TooLong { maximum: Self::MAXIMUM });
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Violation::InvalidEmail);
        }
        let (local, domain) = split(text)?;
        let host = idna::domain_to_ascii_strict(&domain).map_err(|_| Violation::InvalidEmail)?;
        if IpAddr::from_str(&host).is_ok() {
            return Err(Violation::InvalidEmail);
        }
        let local = if local.is_ascii() { local.to_ascii_lowercase() } else { plain(&local) };
        let canonical = format!("{local}@{host}");
        // A host that is spelt in another script is longer on the wire than on the screen.
        if canonical.len() > Self::MAXIMUM {
            return Err(Violation::TooLong { maximum: Self::MAXIMUM });
        }
        // A full-width `@` has become a real one: what is no address in its plain form is none at all. What has only lost
        // its capitals has the grammar it had.
        if !canonical.eq_ignore_ascii_case(text) {
            split(&canonical)?;
        }
        Ok(Self { text: text.to_owned(), canonical })
    }

    /// The address as it was typed, which is the one mail is sent to.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form under which the address is unique and found: without case, the host as ASCII labels (RFC 5891).
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The canonical part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.canonical.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// A local part without case and without compatibility forms. These first, so that a capital among them is seen as one; and
/// once more for what the lower case has brought.
fn plain(local: &str) -> String {
    local.nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// The two halves of an address, if it has the grammar of one.
fn split(text: &str) -> Result<(String, String), Violation> {
    let options =
        Options::default().without_display_text().without_domain_literal().with_minimum_sub_domains(2);
    let parsed = email_address::EmailAddress::parse_with_options(text, options)
        .map_err(|_| Violation::InvalidEmail)?;
    if parsed.local_part().contains(['"', '\\']) {
        return Err(Violation::InvalidEmail);
    }
    Ok((parsed.local_part().to_owned(), parsed.domain().to_owned()))
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for EmailAddress {}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        EmailAddress::parse(text).map_or_else(|v| format!("refused: {v:?}"), |e| e.canonical().to_owned())
    }

    #[test]
    fn addresses_that_differ_only_in_case_or_host_spelling_are_one() {
        assert_eq!(canonical("Ann.Lee@Example.COM"), "ann.lee@example.com");
        assert_eq!(canonical("x@bücher.example"), canonical("X@xn--bcher-kva.example"));
    }

    #[test]
    fn tags_and_dots_stay_distinct() {
        assert_ne!(canonical("ann+a@example.com"), canonical("ann@example.com"));
        assert_ne!(canonical("a.nn@example.com"), canonical("ann@example.com"));
    }

    #[test]
    fn what_no_mailbox_uses_is_refused() {
        for bad in [
            "plain",
            "@example.com",
            "a@",
            "a@localhost",
            "a@example.com.",
            "a b@example.com",
            "a@exa mple.com",
            "\"a b\"@example.com",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "Ann <ann@example.com>",
            "a@x..com",
            "a@example.com\r\nBcc: b@example.com",
            "a\0@example.com",
            "a@b@example.com",
            "a,b@example.com",
            "a@-example.com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
        ] {
            assert_eq!(EmailAddress::parse(bad).err(), Some(Violation::InvalidEmail), "{bad:?}");
        }
    }

    #[test]
    fn the_length_is_bounded_before_anything_else_is_looked_at() {
        let long = format!("{}@example.com", "a".repeat(300));
        assert_eq!(EmailAddress::parse(&long).err(), Some(Violation::TooLong { maximum: 254 }));
        assert!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(65))).is_err());
        assert!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(64))).is_ok());
    }

    #[test]
    fn debugging_an_address_does_not_show_it() {
        let printed = EmailAddress::parse("ann@example.com").map(|e| format!("{e:?}")).unwrap_or_default();
        assert!(!printed.contains("ann"));
    }

    proptest! {
        #[test]
        fn an_address_in_ascii_is_read_as_the_tables_of_unicode_would_have_it(
            text in "[!-~]{1,12}@([a-zA-Z0-9-]{1,8}\\.){1,2}[a-zA-Z]{2,5}",
        ) {
            if let Ok(address) = EmailAddress::parse(&text) {
                let local = split(&text).map(|(local, _)| plain(&local));
                prop_assert_eq!(local, Ok(address.local_part().to_owned()));
                prop_assert!(split(address.canonical()).is_ok());
            }
        }

        #[test]
        fn any_text_is_parsed_or_refused_and_the_canonical_form_is_stable(
            text in prop_oneof!["\\PC{0,80}", "[\\p{L}\\p{N}.+]{1,12}@[\\p{L}-]{1,8}\\.[a-z]{2,5}"],
        ) {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert_eq!(canonical(address.canonical()), address.canonical().to_owned());
            }
        }
    }
}
