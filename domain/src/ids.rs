//! Identifiers: `UUIDv7` (RFC 9562, section 5.7), each in a type of its own.
//!
//! Ordered by time, so that new rows land side by side in both databases' indexes. They are names, not
//! secrets: whoever knows an id has learnt when the thing was made, and nothing else follows from it.

use crate::Timestamp;
use std::fmt;
use uuid::Uuid;

/// The random part of a `UUIDv7`, drawn by whoever may draw.
pub type Randomness = [u8; 10];

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier for something made at `now`.
            #[must_use]
            pub fn new(now: Timestamp, randomness: &Randomness) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(now.as_millis(), randomness).into_uuid())
            }

            /// The identifier that is written as `uuid`, as a store or a token gives it back.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Reads an identifier that was given out.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }

            /// The identifier as a UUID, for stores and wire formats.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// Names a user for as long as the database lives; never given to a second one.
    UserId
}
id! {
    /// Names a session, and with it the family of refresh tokens that grows from it.
    SessionId
}
id! {
    /// Names an event of the audit trail.
    EventId
}
id! {
    /// Names a request, in its answer, in the log and in the events it caused.
    RequestId
}
id! {
    /// Names something that a person is to be told.
    NoticeId
}
id! {
    /// Names this installation: its databases and its root key belong together.
    InstanceId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_seven_and_sorts_by_its_time() {
        let early = UserId::new(Timestamp::from_micros(1_000_000), &[0xff; 10]);
        let late = UserId::new(Timestamp::from_micros(1_001_000), &[0; 10]);
        assert_eq!(early.as_uuid().get_version_num(), 7);
        assert!(early < late);
    }
}
