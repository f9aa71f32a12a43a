use super::EventKind;
use crate::Timestamp;
use crate::ids::{EventId, UserId};
use std::fmt;
use std::net::IpAddr;

/// Which events are asked for. Everything that is given must be met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Done by that person.
    pub actor: Option<UserId>,
    /// Done to that person.
    pub subject: Option<UserId>,
    /// Of that kind.
    pub kind: Option<EventKind>,
    /// From that address.
    pub address: Option<IpAddr>,
    /// At that moment or later.
    pub from: Option<Timestamp>,
    /// Before that moment.
    pub until: Option<Timestamp>,
}

/// In which order events are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The latest first: to see what is going on.
    NewestFirst,
    /// The earliest first: to write it all down.
    OldestFirst,
}

/// A place in the trail: the one after the event that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventCursor {
    /// When that event happened.
    pub at: Timestamp,
    /// Which it was.
    pub id: EventId,
}

impl EventCursor {
    /// Reads a place that was given out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        Some(Self { at: Timestamp::from_micros(at.parse().ok()?), id: EventId::parse(id)? })
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_micros(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_trail_is_read_as_it_was_written_and_nothing_else_is() {
        let at = Timestamp::from_micros(1_700_000_000_123_456);
        let cursor = EventCursor { at, id: EventId::new(at, &[7; 10]) };
        assert_eq!(EventCursor::parse(&cursor.to_string()), Some(cursor));
        for text in ["", ".", "1.", "x.y", "1.2", "99999999999999999999.0"] {
            assert_eq!(EventCursor::parse(text), None, "{text}");
        }
    }
}
