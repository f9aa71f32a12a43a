use crate::violation::Violation;
use std::fmt;
use url::Url;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $maximum:expr, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The most code points.
            pub const MAXIMUM: usize = $maximum;

            /// Reads the value. White space around it is not part of it; nothing else is changed.
            pub fn parse(text: &str) -> Result<Self, Violation> {
                let text = text.trim();
                if text.is_empty() {
                    return Err(Violation::Required);
                }
                if text.chars().count() > Self::MAXIMUM {
                    return Err(Violation::TooLong { maximum: Self::MAXIMUM });
                }
                let parse: fn(&str) -> Result<String, Violation> = $parse;
                parse(text).map(Self)
            }

            /// The value as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

text! {
    /// What a person is called, as they write it: one line, at most 100 code points.
    FullName, 100, single_line
}
text! {
    /// What a person says about themselves: at most 500 code points, several lines if they like.
    Bio, 500, several_lines
}
text! {
    /// Where a person is, as they put it: one line, at most 100 code points.
    Location, 100, single_line
}
text! {
    /// A person's page elsewhere: an absolute `https` address of at most 200 code points.
    Website, 200, https
}
text! {
    /// Where a person's picture is: an absolute `https` address of at most 500 code points.
    AvatarUrl, 500, https
}

text! {
    /// Why somebody with power over others used it, in their words: at most 500 code points.
    Justification, 500, several_lines
}

fn single_line(text: &str) -> Result<String, Violation> {
    if text.chars().any(|c| c.is_control() || hides_direction(c)) {
        return Err(Violation::InvalidCharacter);
    }
    Ok(text.to_owned())
}

fn several_lines(text: &str) -> Result<String, Violation> {
    // A browser sends CRLF for a line break in a text area; one line break is one character.
    let text = text.replace("\r\n", "\n");
    if text.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || hides_direction(c)) {
        return Err(Violation::InvalidCharacter);
    }
    Ok(text)
}

fn https(text: &str) -> Result<String, Violation> {
    let url = Url::parse(text).map_err(|_| Violation::InvalidUrl)?;
    let plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    // The parser drops tabs and line breaks; an address that needs that is not what it looks like.
    let visible = !text.chars().any(|c| c.is_control() || c.is_whitespace() || hides_direction(c));
    match url.host_str() {
        Some(host) if plain && visible && !host.is_empty() => Ok(text.to_owned()),
        _ => Err(Violation::InvalidUrl),
    }
}

/// Characters that reorder what stands around them, so that a text reads as something it is not (UAX #9).
pub(crate) const fn hides_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_as_typed_but_for_the_space_around_it() {
        assert_eq!(
            FullName::parse("  Zoë d'Arc \u{1f600} ").map(|n| n.as_str().to_owned()).ok().as_deref(),
            Some("Zoë d'Arc \u{1f600}")
        );
    }

    #[test]
    fn only_a_bio_may_have_several_lines() {
        assert_eq!(Bio::parse("one\r\ntwo").map(|b| b.as_str().to_owned()).ok().as_deref(), Some("one\ntwo"));
        assert_eq!(FullName::parse("one\ntwo").err(), Some(Violation::InvalidCharacter));
        assert_eq!(Bio::parse("one\0two").err(), Some(Violation::InvalidCharacter));
        assert_eq!(Location::parse("a\u{202e}b").err(), Some(Violation::InvalidCharacter));
    }

    #[test]
    fn lengths_are_counted_in_code_points() {
        assert!(Bio::parse(&"é".repeat(500)).is_ok());
        assert_eq!(Bio::parse(&"é".repeat(501)).err(), Some(Violation::TooLong { maximum: 500 }));
    }

    #[test]
    fn an_address_of_a_page_is_absolute_and_https() {
        assert!(Website::parse("https://example.com/~ann?x=1#me").is_ok());
        for bad in [
            "http://example.com",
            "javascript:alert(1)",
            "//example.com",
            "example.com",
            "https://",
            "https://user:secret@example.com",
            "https://exa mple.com",
            "https://example.com/\u{202e}x",
            "ftp://example.com",
        ] {
            assert_eq!(Website::parse(bad).err(), Some(Violation::InvalidUrl), "{bad:?}");
        }
    }
}
