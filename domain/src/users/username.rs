use crate::violation::Violation;
use std::fmt;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// What a person is called here, in public.
///
/// Shown as typed, compared by [`Username::key`]: two names that a reader could take for one another are the
/// same name.
#[derive(Clone, Debug)]
pub struct Username {
    text: String,
    key: String,
}

impl Username {
    /// The fewest code points of a name.
    pub const MINIMUM: usize = 3;
    /// The most code points of a name.
    pub const MAXIMUM: usize = 32;

    /// Reads a name: 3 to 32 letters, digits, `_`, `.` and `-`, of any script.
    ///
    /// Compatibility forms (full-width letters, ligatures) become what they stand for, by NFKC.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if text.is_empty() {
            return Err(Violation::Required);
        }
        // Bounded after normalisation, which lengthens and shortens: nothing is cut off unseen.
        let text: String = if text.is_ascii() {
            // Which has one form.
            text.chars().take(Self::MAXIMUM + 1).collect()
        } else {
            text.nfkc().take(Self::MAXIMUM + 1).collect()
        };
        let length = text.chars().count();
        if length > Self::MAXIMUM {
            return Err(Violation::TooLong { maximum: Self::MAXIMUM });
        }
        if !text.chars().all(|c| c.is_alphanumeric() || is_mark(c) || matches!(c, '_' | '.' | '-')) {
            return Err(Violation::InvalidCharacter);
        }
        if length < Self::MINIMUM {
            return Err(Violation::TooShort { minimum: Self::MINIMUM });
        }
        if !text.chars().any(char::is_alphanumeric) {
            return Err(Violation::NeedsLetterOrDigit);
        }
        let key = Self::key_of(&text);
        Ok(Self { text, key })
    }

    /// The name as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form under which the name is unique and found: without case, and with every character replaced by
    /// the one it looks like (the skeleton of UTS #39, section 4).
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn key_of(text: &str) -> String {
        if text.is_ascii() {
            let keys = &*KEYS_OF_ASCII;
            return text.bytes().map(|byte| keys[usize::from(byte)].as_str()).collect();
        }
        Self::looked_up_key_of(text)
    }

    fn looked_up_key_of(text: &str) -> String {
        // Lower case first, so that `I` is an `i` and not an `l`; again afterwards, because a skeleton may hold
        // capitals of its own (`0` becomes `O`).
        let lower: String = text.to_lowercase().nfkc().collect();
        skeleton(&lower).collect::<String>().to_lowercase()
    }
}

/// What each character of ASCII becomes in a key. In a text of nothing else each becomes that whatever stands beside it, so
/// that most names, which are read with every row, need not be looked up in the tables of Unicode.
static KEYS_OF_ASCII: LazyLock<Vec<String>> = LazyLock::new(|| {
    (0..128).map(|byte| Username::looked_up_key_of(&char::from(byte).to_string())).collect()
});

/// Marks that belong to a letter before them: accents that have no composed form, vowel signs.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

impl PartialEq for Username {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Username {}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> String {
        Username::parse(text).map_or_else(|v| format!("refused: {v:?}"), |name| name.key().to_owned())
    }

    #[test]
    fn names_that_differ_only_in_case_or_form_share_a_key() {
        assert_eq!(key("Alice"), key("aLICE"));
        assert_eq!(key("ａｌｉｃｅ"), key("alice"));
        assert_eq!(key("caf\u{e9}"), key("cafe\u{301}"));
    }

    #[test]
    fn look_alikes_from_other_scripts_share_a_key() {
        assert_eq!(key("p\u{430}yp\u{430}l"), key("paypal"), "Cyrillic a");
        assert_eq!(key("\u{3bf}mega"), key("omega"), "Greek omicron");
        assert_eq!(key("a1ice"), key("alice"), "digit one");
    }

    proptest! {
        #[test]
        fn a_name_in_ascii_has_the_key_that_unicode_gives_it(text in "[\\x00-\\x7f]{0,40}") {
            prop_assert_eq!(Username::key_of(&text), Username::looked_up_key_of(&text));
        }
    }

    #[test]
    fn different_names_have_different_keys() {
        assert_ne!(key("alice"), key("alicia"));
        assert_ne!(key("jean-luc"), key("jean.luc"));
    }

    #[test]
    fn the_bounds_are_counted_in_code_points_after_normalisation() {
        assert_eq!(Username::parse("ab").err(), Some(Violation::TooShort { minimum: 3 }));
        assert!(Username::parse("abc").is_ok());
        assert!(Username::parse(&"é".repeat(32)).is_ok());
        assert_eq!(Username::parse(&"é".repeat(33)).err(), Some(Violation::TooLong { maximum: 32 }));
        let tail = format!("{}a<script>", "e\u{301}".repeat(16));
        assert_eq!(
            Username::parse(&tail).err(),
            Some(Violation::InvalidCharacter),
            "nothing is cut off unseen"
        );
        assert!(Username::parse(&"e\u{301}".repeat(32)).is_ok());
        assert_eq!(Username::parse(&"\u{fdfa}".repeat(30)).err(), Some(Violation::TooLong { maximum: 32 }));
    }

    #[test]
    fn only_letters_digits_and_three_marks_are_allowed() {
        for bad in ["a b c", "a@bc", "abc\n", "abc\0", "<abc>", "abc/", "ab\u{202e}c", "ab\u{200d}c"] {
            assert_eq!(Username::parse(bad).err(), Some(Violation::InvalidCharacter), "{bad:?}");
        }
        assert_eq!(Username::parse("._-").err(), Some(Violation::NeedsLetterOrDigit));
        assert!(Username::parse("_Ünï.çode-9").is_ok());
        assert!(Username::parse("用户名").is_ok());
    }

    proptest! {
        #[test]
        fn a_shown_name_parses_to_itself(text in prop_oneof!["\\PC{0,40}", "[\\p{L}\\p{N}\\p{M}_.-]{3,12}"]) {
            if let Ok(name) = Username::parse(&text) {
                let again = Username::parse(name.as_str());
                prop_assert_eq!(again.as_ref().ok(), Some(&name));
                prop_assert_eq!(again.map(|n| n.key().to_owned()).ok(), Some(name.key().to_owned()));
            }
        }
    }
}
