use super::TokenDigest;
use crate::Timestamp;
use crate::access::Scopes;
use crate::ids::SessionId;
use std::time::Duration;

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

/// What is kept of a session's refresh tokens: the generation that counts, and what the last rotation gave.
///
/// One row however often it rotates. A token carries its session and its generation under the server's own
/// seal, so an older one is known for what it is long after it was replaced. And since each successor is made from
/// its predecessor, the last answer can be given again without being kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The session it grows from.
    pub session_id: SessionId,
    /// The only generation that still works.
    pub generation: Generation,
    /// The digest of the only token that still works.
    pub digest: TokenDigest,
    /// The digest of the token it was given for; none in the first generation.
    pub predecessor: Option<TokenDigest>,
    /// Who got it: a keyed digest of the client's address and program.
    pub client: TokenDigest,
    /// What the access token beside it may be used for.
    pub scopes: Scopes,
    /// When both were issued.
    pub issued_at: Timestamp,
}

/// A refresh token that carries the server's seal, and who brings it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The session it was issued for.
    pub session_id: SessionId,
    /// Its place in the family.
    pub generation: Generation,
    /// Its digest.
    pub digest: TokenDigest,
    /// Who brings it.
    pub client: TokenDigest,
}

/// What follows from presenting a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The token is the live one: its successor takes this generation.
    Proceed(Generation),
    /// The token was used a moment ago by the same client, whose answer may have been lost, and nobody has used its
    /// successor: the same answer is given again.
    Forgiven,
    /// The token has been used before. Somebody holds a copy: the session ends (RFC 9700, section 4.14.2).
    Reused,
    /// The token was never issued, or its family has come to its end.
    Refused,
}

impl Family {
    /// The family that a log-in begins.
    #[must_use]
    pub const fn begun(
        session_id: SessionId,
        digest: TokenDigest,
        client: TokenDigest,
        scopes: Scopes,
        now: Timestamp,
    ) -> Self {
        let generation = Generation::FIRST;
        Self { session_id, generation, digest, predecessor: None, client, scopes, issued_at: now }
    }

    /// Judges a token. `grace` is how long a lost answer is forgiven; zero forgives nothing.
    ///
    /// Time alone never makes a token work: only the predecessor of a successor that nobody has used is forgiven,
    /// because the first use of the successor moves the generation on.
    #[must_use]
    pub fn present(&self, token: &Presented, grace: Duration, now: Timestamp) -> Rotation {
        if token.generation < self.generation {
            return if self.forgives(token, grace, now) { Rotation::Forgiven } else { Rotation::Reused };
        }
        if token.generation > self.generation || token.digest != self.digest {
            return Rotation::Refused;
        }
        token.generation.next().map_or(Rotation::Refused, Rotation::Proceed)
    }

    fn forgives(&self, token: &Presented, grace: Duration, now: Timestamp) -> bool {
        token.generation.next() == Some(self.generation)
            && self.predecessor == Some(token.digest)
            && self.client == token.client
            && now.since(self.issued_at) < grace
    }

    /// The family after a rotation for `token`.
    #[must_use]
    pub const fn rotated(
        &self,
        generation: Generation,
        digest: TokenDigest,
        token: &Presented,
        scopes: Scopes,
        now: Timestamp,
    ) -> Self {
        let (session_id, client) = (self.session_id, token.client);
        let predecessor = Some(token.digest);
        Self { session_id, generation, digest, predecessor, client, scopes, issued_at: now }
    }
}

#[cfg(test)]
mod tests;
