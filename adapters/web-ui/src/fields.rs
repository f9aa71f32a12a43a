//! `application/x-www-form-urlencoded`, read strictly.

/// No form of ours has more fields.
const MOST: usize = 40;

/// Why a form could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The fields of a form or of a query. They may hold passwords, so they are never printed.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads fields (WHATWG URL, section 5.1), and refuses what no browser sends: a broken escape, text that is not
    /// UTF-8, a NUL, a field that comes twice.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if fields.len() == MOST || fields.iter().any(|(known, _)| *known == name) {
                return Err(Malformed);
            }
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    /// The value of a field, if it was sent at all.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn decode(bytes: &[u8]) -> Result<String, Malformed> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        decoded.push(match first {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_first_chunk::<2>().ok_or(Malformed)?;
                rest = after;
                hex(digits[0])? << 4 | hex(digits[1])?
            }
            other => *other,
        });
    }
    if decoded.contains(&0) {
        return Err(Malformed);
    }
    String::from_utf8(decoded).map_err(|_| Malformed)
}

fn hex(digit: u8) -> Result<u8, Malformed> {
    let value = char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    value.ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_a_browser_writes_it() {
        let fields = Fields::parse("a=1+2&b=%C3%A9%26%0D%0A&c=&d&=x".as_bytes()).unwrap();
        assert_eq!(fields.get("a"), Some("1 2"));
        assert_eq!(fields.get("b"), Some("é&\r\n"));
        assert_eq!((fields.get("c"), fields.get("d"), fields.get("e")), (Some(""), Some(""), None));
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for bad in ["a=%", "a=%4", "a=%zz", "a=%+1", "a=%ff", "a=%C0%80", "a=%ED%A0%80", "a=%00", "a=1&a=2"] {
            assert_eq!(Fields::parse(bad.as_bytes()).err(), Some(Malformed), "{bad}");
        }
        assert!(Fields::parse(b"a=\xff").is_err());
        assert!(Fields::parse(b"a=\0").is_err());
        let many = (0..=MOST).map(|n| format!("f{n}=1")).collect::<Vec<_>>().join("&");
        assert!(Fields::parse(many.as_bytes()).is_err());
    }
}
