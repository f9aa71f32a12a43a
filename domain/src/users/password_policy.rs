use super::{EmailAddress, NewPassword, Password, Username};
use crate::violation::Violation;
use zxcvbn::Score;

/// Passwords that attackers try first, lower-case, one a line, in the order of their bytes.
static COMMON: &str = include_str!("common_passwords.txt");

/// How many characters the estimate looks at in one piece.
///
/// What is strong in one piece is strong as a whole. The estimate takes time that grows far faster than the length
/// (a crafted text of 64 characters costs as much as fifteen hashes), and whoever asks for it has proved nothing
/// yet; so it looks at short pieces, one after the other, and stops at the first that is strong. A crafted text is.
const PIECE: usize = 16;
/// How much of the beginning is looked at once more as a whole, when its pieces alone are weak.
const BEGINNING: usize = 24;

/// What a password must withstand before it is accepted (NIST SP 800-63B-4, section 3.1.1.2; OWASP ASVS 6.2).
///
/// Length and guessing are what counts; there are no rules of composition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    minimum_length: usize,
}

impl PasswordPolicy {
    /// No installation may ask for less than this many code points.
    pub const FLOOR: usize = 8;
    /// No installation may ask for more than this many code points.
    pub const CEILING: usize = 64;

    /// A policy that asks for `minimum_length` code points; `None` outside of 8 to 64.
    #[must_use]
    pub fn new(minimum_length: usize) -> Option<Self> {
        (Self::FLOOR..=Self::CEILING).contains(&minimum_length).then_some(Self { minimum_length })
    }

    /// The fewest code points it accepts.
    #[must_use]
    pub const fn minimum_length(self) -> usize {
        self.minimum_length
    }

    /// Accepts a password for the account of that name and address, or says which rule it breaks first.
    ///
    /// Name and address may be missing while a form is still being mended.
    pub fn accept(
        self,
        password: Password,
        username: Option<&Username>,
        email: Option<&EmailAddress>,
    ) -> Result<NewPassword, Violation> {
        if password.length() < self.minimum_length {
            return Err(Violation::TooShort { minimum: self.minimum_length });
        }
        let lower = password.expose().to_lowercase();
        if is_common(&lower) {
            return Err(Violation::TooCommon);
        }
        if username.is_some_and(|name| lower.contains(&name.as_str().to_lowercase())) {
            return Err(Violation::ContainsUsername);
        }
        if email.is_some_and(|email| contains_address(&lower, email)) {
            return Err(Violation::ContainsEmail);
        }
        let own: Vec<&str> = ["xtrem"]
            .into_iter()
            .chain(username.map(Username::as_str))
            .chain(email.map(EmailAddress::canonical))
            .collect();
        if !is_strong(password.expose(), &own) {
            return Err(Violation::TooWeak);
        }
        Ok(NewPassword::accepted(password))
    }
}

/// Whether some piece of it alone would take 10^8 guesses.
fn is_strong(password: &str, own: &[&str]) -> bool {
    let characters: Vec<char> = password.chars().collect();
    let beginning = characters.get(..BEGINNING).unwrap_or(&characters);
    characters.chunks(PIECE).chain([beginning]).any(|piece| {
        let piece: String = piece.iter().collect();
        zxcvbn::zxcvbn(&piece, own).score() >= Score::Three
    })
}

/// A local part of one or two letters stands in half of all sentences; it takes four to mean the person.
fn contains_address(lower: &str, email: &EmailAddress) -> bool {
    let local = email.local_part();
    lower.contains(&email.as_str().to_lowercase())
        || lower.contains(email.canonical())
        || (local.chars().count() >= 4 && lower.contains(local))
}

/// Looks a password up in the list by halving it, so that the list needs no memory but its own text.
fn is_common(lower: &str) -> bool {
    let (mut low, mut high) = (0, COMMON.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = COMMON.as_bytes()[..middle].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let end = COMMON.as_bytes()[middle..]
            .iter()
            .position(|b| *b == b'\n')
            .map_or(COMMON.len(), |at| middle + at);
        match COMMON.as_bytes()[start..end].cmp(lower.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: PasswordPolicy = PasswordPolicy { minimum_length: 12 };

    fn verdict(text: &str) -> Result<(), Violation> {
        let username = Username::parse("annlee").ok();
        let email = EmailAddress::parse("ann.lee@example.com").ok();
        POLICY.accept(Password::parse(text)?, username.as_ref(), email.as_ref()).map(|_| ())
    }

    #[test]
    fn the_minimum_is_counted_in_code_points() {
        assert_eq!(verdict("vexing-zebr"), Err(Violation::TooShort { minimum: 12 }));
        assert_eq!(verdict("vexing-zebra"), Ok(()));
        assert_eq!(verdict("é\u{1f600}ñ\u{1f680}ö\u{1f984}"), Err(Violation::TooShort { minimum: 12 }));
    }

    #[test]
    fn nothing_is_asked_of_the_composition() {
        assert_eq!(verdict("aaaa bbbb cccc dddd"), Ok(()));
        assert_eq!(verdict("une phrase de passe solide"), Ok(()));
    }

    #[test]
    fn the_list_is_sorted_large_enough_and_every_entry_is_found() {
        let entries: Vec<&str> = COMMON.lines().collect();
        assert!(entries.windows(2).all(|pair| pair[0].as_bytes() < pair[1].as_bytes()));
        assert!(entries.iter().filter(|e| e.chars().count() >= 12).count() >= 10_000);
        assert!(entries.iter().all(|entry| is_common(entry)));
        assert!(!is_common("") && !is_common("vexing-zebra") && !is_common("\u{10ffff}"));
    }

    #[test]
    fn a_common_password_is_refused_in_any_case() {
        let long: Vec<&str> = COMMON.lines().filter(|e| e.chars().count() >= 12).step_by(97).collect();
        for entry in long {
            assert_eq!(verdict(&entry.to_ascii_uppercase()), Err(Violation::TooCommon), "{entry}");
            assert_eq!(verdict(entry), Err(Violation::TooCommon), "{entry}");
        }
    }

    #[test]
    fn a_password_may_not_hold_the_name_or_the_address() {
        assert_eq!(verdict("harbour-ANNLEE-lantern"), Err(Violation::ContainsUsername));
        assert_eq!(verdict("harbour ann.lee lantern"), Err(Violation::ContainsEmail));
        assert_eq!(verdict("ann.lee@example.com"), Err(Violation::ContainsEmail));
    }

    #[test]
    fn a_password_that_is_quickly_guessed_is_refused() {
        assert_eq!(verdict("zyzyzyzyzyzyzyzyzyzy"), Err(Violation::TooWeak));
        assert_eq!(verdict("abcabcabcabcabc"), Err(Violation::TooWeak));
        assert_eq!(verdict("xtremxtremxtrem"), Err(Violation::TooWeak));
        assert_eq!(verdict(&"a".repeat(64)), Err(Violation::TooWeak));
        assert_eq!(verdict("aaaaaaaaaaaaaaaaaa zebra"), Ok(()), "what is weak at first may become strong");
        let late = format!("{} zebra-vexing-lantern-harbour", "a".repeat(24));
        assert_eq!(verdict(&late), Ok(()), "also late");
    }

    #[test]
    fn the_floor_and_the_ceiling_bind_every_installation() {
        assert!(PasswordPolicy::new(7).is_none());
        assert!(PasswordPolicy::new(8).is_some());
        assert!(PasswordPolicy::new(65).is_none());
    }

    #[test]
    fn a_password_is_one_text_however_it_was_composed_and_is_never_cut() {
        let composed = Password::parse("caf\u{e9}-au-lait-froid").map(|p| p.expose().to_owned());
        let decomposed = Password::parse("cafe\u{301}-au-lait-froid").map(|p| p.expose().to_owned());
        assert_eq!(composed, decomposed);
        assert!(Password::parse(&"x".repeat(256)).is_ok());
        assert_eq!(Password::parse(&"x".repeat(257)).err(), Some(Violation::TooLong { maximum: 256 }));
    }

    #[test]
    fn debugging_a_password_does_not_show_it() {
        let printed = Password::parse("vexing-zebra").map(|p| format!("{p:?}")).unwrap_or_default();
        assert_eq!(printed, "Password([redacted])");
    }
}
