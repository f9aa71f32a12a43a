use super::TokenDigest;
use crate::Timestamp;
use crate::ids::SessionId;

/// The place of a refresh token in its family: a counter, never a time, so that it can't run backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(u32);

impl Generation {
    /// The generation that a log-in begins with.
    pub const FIRST: Self = Self(1);

    /// The generation of that number, as a token or a store gives it back.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The generation after this one; `None` after four thousand million, where a family simply ends.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

/// What is kept of a session's refresh tokens: the generation that counts, and its digest.
///
/// One row however often it rotates. A token carries its session and its generation under the server's own
/// seal, so an older one is known for what it is long after it was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The session it grows from.
    pub session_id: SessionId,
    /// The only generation that still works.
    pub generation: Generation,
    /// The digest of the only token that still works.
    pub digest: TokenDigest,
    /// When that token was issued.
    pub issued_at: Timestamp,
}

/// What follows from presenting a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The token is the live one: its successor takes this generation.
    Proceed(Generation),
    /// The token has been used before. Somebody holds a copy: the session ends (RFC 9700, section 4.14.2).
    Reused,
    /// The token was never issued, or its family has come to its end.
    Refused,
}

impl Family {
    /// Judges a token that carries the server's seal.
    #[must_use]
    pub fn present(&self, generation: Generation, digest: &TokenDigest) -> Rotation {
        if generation < self.generation {
            return Rotation::Reused;
        }
        if generation > self.generation || *digest != self.digest {
            return Rotation::Refused;
        }
        generation.next().map_or(Rotation::Refused, Rotation::Proceed)
    }

    /// The family after a rotation.
    #[must_use]
    pub const fn rotated(&self, generation: Generation, digest: TokenDigest, now: Timestamp) -> Self {
        Self { session_id: self.session_id, generation, digest, issued_at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn family(generation: u32) -> Family {
        Family {
            session_id: SessionId::new(NOW, &[0; 10]),
            generation: Generation::from_number(generation),
            digest: digest(generation),
            issued_at: NOW,
        }
    }

    fn digest(generation: u32) -> TokenDigest {
        let mut bytes = [7; 32];
        bytes[..4].copy_from_slice(&generation.to_be_bytes());
        TokenDigest::new(bytes)
    }

    #[test]
    fn the_live_token_makes_the_next_generation() {
        let verdict = family(3).present(Generation::from_number(3), &digest(3));
        assert_eq!(verdict, Rotation::Proceed(Generation::from_number(4)));
    }

    #[test]
    fn an_older_token_is_a_reuse_however_old_it_is() {
        assert_eq!(family(9_000).present(Generation::FIRST, &digest(1)), Rotation::Reused);
    }

    #[test]
    fn a_token_from_nowhere_is_refused_without_ending_anything() {
        assert_eq!(family(3).present(Generation::from_number(3), &digest(8)), Rotation::Refused);
        assert_eq!(family(3).present(Generation::from_number(4), &digest(4)), Rotation::Refused);
    }

    #[test]
    fn a_family_ends_before_its_counter_could_wrap() {
        assert_eq!(
            family(u32::MAX).present(Generation::from_number(u32::MAX), &digest(u32::MAX)),
            Rotation::Refused
        );
    }

    proptest! {
        #[test]
        fn of_any_sequence_of_presentations_only_the_newest_token_ever_proceeds(tries in proptest::collection::vec(1u32..20, 1..60)) {
            let mut live = family(1);
            for tried in tries {
                let verdict = live.present(Generation::from_number(tried), &digest(tried));
                match verdict {
                    Rotation::Proceed(next) => {
                        prop_assert_eq!(tried, live.generation.number());
                        live = live.rotated(next, digest(next.number()), NOW);
                    }
                    Rotation::Reused => prop_assert!(tried < live.generation.number()),
                    Rotation::Refused => prop_assert!(tried > live.generation.number()),
                }
            }
        }
    }
}
