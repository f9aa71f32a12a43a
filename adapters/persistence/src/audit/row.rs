//! How an event is read.

use super::parts::{self, ADDRESS, Opened, Opener, PRIVATE};
use crate::alarm;
use crate::statement::{Beside, record};
use application::sealing::Sealing;
use application::store::Proven;
use domain::Timestamp;
use domain::audit::{
    ActorRef, Entry, Event, EventCursor, EventKind, Facts, Link, Record, SealedPart, Sequence,
};
use domain::ids::{EventId, RequestId, UserId};
use serde_json::{Map, Value};
use std::borrow::Cow;
use uuid::Uuid;

/// The columns of [`EventRow`].
macro_rules! event_columns {
    () => {
        "id, kind, actor, actor_id, subject, at, in_clear, address, request_id, detail, sealed_address, \
         address_commitment, sealed_private, private_commitment, sequence, link"
    };
}

/// The columns of [`ProvenRow`]: an event, and the link of the one before it in the chain.
macro_rules! proven_columns {
    () => {
        concat!(
            $crate::audit::row::event_columns!(),
            ", coalesce((SELECT p.link FROM events p WHERE p.sequence = events.sequence - 1),
                (SELECT a.link FROM audit_anchor a WHERE a.sequence = events.sequence - 1)) AS previous"
        )
    };
}

pub(crate) use {event_columns, proven_columns};

record! {
    /// An event.
    EventRow {
        id: Uuid,
        kind: String,
        actor: String,
        actor_id: Option<Uuid>,
        subject: Option<Uuid>,
        at: i64,
        in_clear: bool,
        address: Option<String>,
        request_id: Option<Uuid>,
        detail: String,
        sealed_address: Option<Vec<u8>>,
        address_commitment: Option<Vec<u8>>,
        sealed_private: Option<Vec<u8>>,
        private_commitment: Option<Vec<u8>>,
        sequence: Option<i64>,
        link: Option<Vec<u8>>,
    }
}

record! {
    /// A link, if there is one.
    PreviousRow { previous: Option<Vec<u8>> }
}

pub(crate) type ProvenRow = Beside<EventRow, PreviousRow>;

/// An event as far as it can be read, and what was noticed on the way.
pub(crate) struct Read {
    /// The event; or the column that no event of this version has so.
    pub(crate) event: Result<Event, &'static str>,
    address_salt: Option<[u8; 32]>,
    private_salt: Option<[u8; 32]>,
    /// Whether what is stored can't be what was recorded.
    is_contradicted: bool,
}

impl EventRow {
    pub(crate) fn id(&self) -> EventId {
        EventId::from_uuid(self.id)
    }

    /// Its place in a list.
    pub(crate) fn place(&self) -> EventCursor {
        EventCursor { at: Timestamp::from_micros(self.at), id: self.id() }
    }

    /// The people without whose keys something of it does not open.
    pub(crate) fn needs(&self) -> impl Iterator<Item = UserId> {
        let of = |event: Event| {
            let address = parts::needs(event.address_owner(), self.sealed_address.as_deref());
            [address, parts::needs(event.private_owner(), self.sealed_private.as_deref())]
        };
        self.clear().map_or([None; 2], of).into_iter().flatten()
    }

    /// The event without what is sealed; or the column that no event of this version has so.
    pub(crate) fn clear(&self) -> Result<Event, &'static str> {
        Ok(Event {
            id: self.id(),
            sequence: self.sequence.map(Sequence::new),
            kind: EventKind::from_name(&self.kind).ok_or("kind")?,
            actor: actor(&self.actor, self.actor_id).ok_or("actor")?,
            subject: self.subject.map(UserId::from_uuid),
            at: Timestamp::from_micros(self.at),
            address: self.address.as_deref().map(str::parse).transpose().map_err(|_| "address")?,
            request_id: self.request_id.map(RequestId::from_uuid),
            detail: facts(&self.detail).ok_or("detail")?,
            private: Facts::new(),
        })
    }

    /// All of the event that opens.
    pub(crate) fn read(&self, opener: &Opener<'_>) -> Read {
        let event = match self.clear() {
            Ok(event) => event,
            Err(column) => {
                alarm::unreadable("events", self.id());
                return Read::not_an_event(column);
            }
        };
        let address = self.sealed_address.as_deref().map(|sealed| {
            let part = opener.open(event.address_owner(), event.id, ADDRESS, sealed);
            Part::of(part, opener.sealing, self.address_commitment.as_deref(), |text| text.parse().ok())
        });
        let private = self.sealed_private.as_deref().map(|sealed| {
            let part = opener.open(event.private_owner(), event.id, PRIVATE, sealed);
            Part::of(part, opener.sealing, self.private_commitment.as_deref(), facts)
        });
        let (address, private) = (address.unwrap_or_default(), private.unwrap_or_default());
        if address.is_unreadable || private.is_unreadable {
            alarm::unreadable("events", event.id);
        }
        Read {
            event: Ok(Event {
                // In clear only what was not moved yet; beside a link nobody but a forger has put one.
                address: address.value.or(event.address.filter(|_| self.sequence.is_none())),
                private: private.value.unwrap_or_default(),
                ..event
            }),
            address_salt: address.salt,
            private_salt: private.salt,
            // Nothing in clear was ever joined.
            is_contradicted: self.in_clear
                || self.address.is_some()
                || address.is_contradicted
                || private.is_contradicted,
        }
    }

    /// What its link is made over.
    pub(crate) fn record(&self, sealing: &dyn Sealing) -> Record {
        let part = |sealed: &Option<Vec<u8>>, commitment: &Option<Vec<u8>>| {
            let digest = sealing.digest(sealed.as_deref()?);
            // One of another length was never stored here; whatever stands in its place, the link does not follow.
            let commitment = commitment.as_deref().and_then(|bytes| bytes.try_into().ok());
            Some(SealedPart { digest, commitment: commitment.unwrap_or_default() })
        };
        Record {
            id: self.id(),
            kind: self.kind.clone(),
            actor: self.actor.clone(),
            actor_id: self.actor_id.map(UserId::from_uuid),
            subject: self.subject.map(UserId::from_uuid),
            at: Timestamp::from_micros(self.at),
            request_id: self.request_id.map(RequestId::from_uuid),
            detail: self.detail.clone(),
            address: part(&self.sealed_address, &self.address_commitment),
            private: part(&self.sealed_private, &self.private_commitment),
        }
    }
}

impl ProvenRow {
    /// An event that was joined, with its proof. What is not as it should be becomes a flaw, never an error.
    pub(crate) fn proven(self, opener: &Opener<'_>) -> Proven {
        let Self(row, PreviousRow { previous }) = self;
        let read = row.read(opener);
        let sequence = Sequence::new(row.sequence.unwrap_or_default());
        let previous = match previous {
            None if sequence == Sequence::NONE.next() => Some(Link::NONE),
            previous => previous.as_deref().and_then(link),
        };
        let link = row.link.as_deref().and_then(link);
        let entry = Entry {
            sequence,
            previous,
            link: link.unwrap_or(Link::NONE),
            record: row.record(opener.sealing),
            is_contradicted: read.is_contradicted || link.is_none(),
        };
        Proven {
            event: read.event.ok(),
            entry,
            address_salt: read.address_salt,
            private_salt: read.private_salt,
        }
    }
}

impl Read {
    const fn not_an_event(column: &'static str) -> Self {
        Self { event: Err(column), address_salt: None, private_salt: None, is_contradicted: true }
    }
}

/// A part after it was opened; nothing where there is none, or where its person is gone.
struct Part<T> {
    value: Option<T>,
    salt: Option<[u8; 32]>,
    is_unreadable: bool,
    is_contradicted: bool,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self { value: None, salt: None, is_unreadable: false, is_contradicted: false }
    }
}

impl<T> Part<T> {
    fn of(
        opened: Opened,
        sealing: &dyn Sealing,
        commitment: Option<&[u8]>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Self {
        match opened {
            Opened::Gone => Self::default(),
            Opened::Unreadable => Self { is_unreadable: true, ..Self::default() },
            Opened::Text { salt, text } => {
                let value = read(&text);
                let is_unreadable = value.is_none();
                let is_committed = commitment == Some(sealing.commitment(&salt, text.as_bytes()).as_slice());
                Self {
                    value,
                    salt: Some(salt),
                    is_unreadable,
                    is_contradicted: is_unreadable || !is_committed,
                }
            }
        }
    }
}

fn actor(name: &str, id: Option<Uuid>) -> Option<ActorRef> {
    let actor = match id {
        Some(id) => ActorRef::User(UserId::from_uuid(id)),
        None if name == ActorRef::System.name() => ActorRef::System,
        None => ActorRef::Visitor,
    };
    (actor.name() == name).then_some(actor)
}

/// Reads a link; its length says whether it is one.
pub(crate) fn link(bytes: &[u8]) -> Option<Link> {
    bytes.try_into().ok().map(Link::new)
}

/// Reads the facts of an event, as they were [`written`](application::audit::written).
fn facts(text: &str) -> Option<Facts> {
    let members: Map<String, Value> = serde_json::from_str(text).ok()?;
    let facts = members.into_iter().map(|(name, value)| match value {
        Value::String(value) => Some((Cow::Owned(name), value)),
        _ => None,
    });
    let mut facts: Facts = facts.collect::<Option<_>>()?;
    facts.sort();
    Some(facts)
}
