//! Names and values as forms and queries carry them (WHATWG URL, section 5.1), read more strictly than most do: a
//! broken escape and what is not UTF-8 are refused, not passed through or replaced.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use std::borrow::Cow;

/// No request needs more pairs. Each is compared with those before it, so their number is bounded first.
const MOST: usize = 40;

/// What stands unescaped (RFC 3986, section 2.3).
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a text is none of names and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// There are more pairs than any request needs.
    TooMany,
    /// A name stands there twice.
    Twice,
    /// A `%` begins no escape.
    Escape,
    /// It is not UTF-8, or holds a NUL.
    Encoding,
}

impl Flaw {
    /// The flaw in a sentence about `what`.
    pub fn told(self, what: &str) -> String {
        let flaw = match self {
            Self::TooMany => "holds too many parameters",
            Self::Twice => "names a parameter twice",
            Self::Escape => "holds a % without two hexadecimal digits after it",
            Self::Encoding => "must hold UTF-8 text without NUL",
        };
        format!("The {what} {flaw}.")
    }
}

/// Reads pairs of names and values, each name once.
pub fn parse(text: &[u8]) -> Result<Vec<(String, String)>, Flaw> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        if pairs.len() == MOST {
            return Err(Flaw::TooMany);
        }
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let mut next = || decode(halves.next().unwrap_or_default());
        let (name, value) = (next()?, next()?);
        if pairs.iter().any(|(known, _)| *known == name) {
            return Err(Flaw::Twice);
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

fn decode(text: &[u8]) -> Result<String, Flaw> {
    if !is_escaped(text) {
        return Err(Flaw::Escape);
    }
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    match percent_decode(&spaced).decode_utf8().map(Cow::into_owned) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(Flaw::Encoding),
    }
}

/// Whether each `%` begins an escape (RFC 3986, section 2.1); the decoder takes one that does not for a text.
fn is_escaped(text: &[u8]) -> bool {
    let mut escapes = text.split(|byte| *byte == b'%').skip(1);
    escapes.all(|after| after.len() >= 2 && after[..2].iter().all(u8::is_ascii_hexdigit))
}

/// Writes pairs so that they are read again as what they were, in ASCII.
pub fn write<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let escaped = |text| utf8_percent_encode(text, &RESERVED);
    let pairs = pairs.into_iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let pairs = [("search", "Zoë & co. = 100% +1"), ("cursor", "name.é\u{1f600}"), ("empty", "")];
        let written = write(pairs);
        assert!(written.is_ascii() && !written.contains(['<', '>', ' ', '"']), "{written}");
        let read = parse(written.as_bytes()).unwrap();
        assert_eq!(read, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
