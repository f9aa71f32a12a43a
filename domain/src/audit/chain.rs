//! The chain: each event carries a keyed digest of itself and of everything before it.
//!
//! Whoever lacks the key can't change, remove, insert, swap or renumber anything without one link failing to follow from
//! the one before; whoever cuts the end off is found by a head that was signed and kept elsewhere. What a link is made
//! over holds the sealed parts of an event by digest only, so the chain still holds when their key is destroyed.

mod check;

#[cfg(test)]
mod tests;

pub use check::{Check, Entry, Flaw, Trouble, Verdict};

use crate::Timestamp;
use crate::ids::{EventId, RequestId, UserId};
use std::fmt;

/// Whose a part of an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Nobody who is known.
    Nobody,
    /// That person.
    Person(UserId),
}

/// The place of an event in the chain; the first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(i64);

impl Sequence {
    /// Before the first event.
    pub const NONE: Self = Self(0);

    /// The place of that number, as a store or an export gives it back.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A link of the chain: HMAC-SHA-256 under the audit key over the [canonical form](Record::canonical) of an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Link([u8; 32]);

impl Link {
    /// What the first event follows from.
    pub const NONE: Self = Self([0; 32]);

    /// Wraps the bytes of a link.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// A sealed part of an event, as the chain knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedPart {
    /// SHA-256 of what is stored.
    pub digest: [u8; 32],
    /// SHA-256 of a salt and what was sealed. The salt is sealed with it: whoever can open the part can prove what it
    /// says, and nobody else can find out by trying.
    pub commitment: [u8; 32],
}

/// An event as it is stored, word by word: what the chain is made over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its identifier.
    pub id: EventId,
    /// The name of its kind.
    pub kind: String,
    /// The name of the kind of actor.
    pub actor: String,
    /// The person who did it.
    pub actor_id: Option<UserId>,
    /// The person it was done to.
    pub subject: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// In which request.
    pub request_id: Option<RequestId>,
    /// The facts, as the text that is stored.
    pub detail: String,
    /// The address.
    pub address: Option<SealedPart>,
    /// The private facts.
    pub private: Option<SealedPart>,
}

impl Record {
    /// What an event is marked by when it is written, before it has a place: the form of no place. Only what bears that mark
    /// is joined as genuine.
    #[must_use]
    pub fn mark(&self) -> Vec<u8> {
        self.canonical(Sequence::NONE, &Link::NONE)
    }

    /// The one form of which a link is made: every part with its length before it, so that no two records have the same.
    #[must_use]
    pub fn canonical(&self, sequence: Sequence, previous: &Link) -> Vec<u8> {
        let mut form = Form(Vec::with_capacity(512));
        form.part(b"xtrem/audit/1");
        form.part(&sequence.number().to_be_bytes());
        form.part(previous.as_bytes());
        form.part(self.id.as_uuid().as_bytes());
        form.part(self.kind.as_bytes());
        form.part(self.actor.as_bytes());
        form.maybe(self.actor_id.map(|id| id.as_uuid().into_bytes()).as_ref());
        form.maybe(self.subject.map(|id| id.as_uuid().into_bytes()).as_ref());
        form.part(&self.at.as_micros().to_be_bytes());
        form.maybe(self.request_id.map(|id| id.as_uuid().into_bytes()).as_ref());
        form.part(self.detail.as_bytes());
        for sealed in [self.address, self.private] {
            form.maybe(sealed.map(|part| part.digest).as_ref());
            form.maybe(sealed.map(|part| part.commitment).as_ref());
        }
        form.0
    }
}

struct Form(Vec<u8>);

impl Form {
    fn part(&mut self, bytes: &[u8]) {
        // No part is anywhere near the greatest length.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    /// Nothing is as long as the empty part, which no identifier and no digest is.
    fn maybe<const N: usize>(&mut self, bytes: Option<&[u8; N]>) {
        self.part(bytes.map_or(&[], <[u8; N]>::as_slice));
    }
}

/// The end of the chain at some moment. Signed and kept outside of the database, it shows later that nothing was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last event that was joined.
    pub sequence: Sequence,
    /// Its link.
    pub link: Link,
    /// When it was looked at.
    pub at: Timestamp,
}

/// What stands in the place of a beginning that was removed: its last link. The first event that is left follows from it.
pub type Anchor = Head;
