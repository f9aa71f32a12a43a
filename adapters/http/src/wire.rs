//! Values as they stand in answers.

use domain::Timestamp;
use domain::violation::Violation;
use poem_openapi::Enum;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde::ser::Error;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// A moment as RFC 3339 in UTC. One beyond the year 9999 has no such form; no clock here ever tells one.
pub fn moment(at: Timestamp) -> OffsetDateTime {
    let nanoseconds = i128::from(at.as_micros()) * 1000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Reads a moment as RFC 3339 writes one; what is finer than a microsecond is left out.
pub fn read_moment(text: &str) -> Result<Timestamp, Violation> {
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| Violation::InvalidDate)?;
    let micros = at.unix_timestamp_nanos().div_euclid(1000);
    i64::try_from(micros).map(Timestamp::from_micros).map_err(|_| Violation::InvalidDate)
}

/// Reads an identifier.
pub fn read_id(text: &str) -> Result<Uuid, Violation> {
    Uuid::try_parse(text).map_err(|_| Violation::InvalidId)
}

/// A member that is always there and may be null; an `Option` would be described as one that may be missing.
#[derive(Debug)]
pub struct OrNull<T>(pub Option<T>);

impl<T: Type> Type for OrNull<T> {
    const IS_REQUIRED: bool = true;

    type RawValueType = T::RawValueType;
    type RawElementValueType = T::RawElementValueType;

    fn name() -> Cow<'static, str> {
        Option::<T>::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref().merge(MetaSchema { nullable: true, ..MetaSchema::ANY })
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        self.0.as_raw_value()
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        self.0.raw_element_iter()
    }
}

impl<T: ParseFromJSON> ParseFromJSON for OrNull<T> {
    fn parse_from_json(value: Option<serde_json::Value>) -> ParseResult<Self> {
        Option::parse_from_json(value).map(Self).map_err(ParseError::propagate)
    }
}

impl<T: ToJSON> ToJSON for OrNull<T> {
    fn to_json(&self) -> Option<serde_json::Value> {
        self.0.to_json()
    }
}

impl<T: Serialize> Serialize for OrNull<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Enough for an identifier, and for a moment with all its nanoseconds.
const ROOM: usize = 40;

/// A value of somebody else's type that stands in an answer as a text, and is written without making one.
///
/// What is asked for all the time or at length is not made a tree of [`serde_json::Value`] first, but written
/// ([`Straight`](crate::answer::Straight)). Tests hold both ways against each other.
pub trait Spelled {
    /// Spells it in that room.
    fn spell<'a>(&self, room: &'a mut [u8; ROOM]) -> Option<&'a str>;
}

impl Spelled for Uuid {
    fn spell<'a>(&self, room: &'a mut [u8; ROOM]) -> Option<&'a str> {
        Some(self.hyphenated().encode_lower(room))
    }
}

impl Spelled for OffsetDateTime {
    fn spell<'a>(&self, room: &'a mut [u8; ROOM]) -> Option<&'a str> {
        // What is left of the room says how long it is: the library counts fractions of a second wrongly.
        let mut left = room.as_mut_slice();
        self.format_into(&mut left, &Rfc3339).ok()?;
        let length = ROOM - left.len();
        std::str::from_utf8(&room[..length]).ok()
    }
}

/// Writes a value that is spelled.
pub fn spelled<S: Serializer>(value: &impl Spelled, serializer: S) -> Result<S::Ok, S::Error> {
    let mut room = [0; ROOM];
    serializer.serialize_str(value.spell(&mut room).ok_or_else(|| S::Error::custom("it has no form"))?)
}

/// The same of one that may be missing.
#[allow(clippy::ref_option, reason = "serde hands a member over by reference")]
pub fn spelled_if_any<S: Serializer>(value: &Option<impl Spelled>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => spelled(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// The same of one that may be null.
pub fn spelled_or_null<S: Serializer>(
    value: &OrNull<impl Spelled>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    spelled_if_any(&value.0, serializer)
}

/// Tells a closed list of the domain to the document; an entry that is new there is asked for here.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident of $domain:ty { $($entry:ident),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Serialize)]
        #[oai(rename_all = "snake_case")]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[doc = stringify!($entry)] $entry),+
        }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                match value {
                    $(<$domain>::$entry => Self::$entry),+
                }
            }
        }
    };
}

names! {
    /// What a person is to this installation: a bundle of scopes.
    Role of domain::access::Role { User, Moderator, Admin }
}
names! {
    /// Whether an account may be used.
    Status of domain::users::Status { Active, Suspended }
}
names! {
    /// The language of the pages.
    Locale of domain::users::Locale { En, Fr }
}
names! {
    /// How the pages look.
    Theme of domain::users::Theme { Light, Dark, System }
}
names! {
    /// How a person proved who they are.
    LogInMethod of domain::sessions::Method { Password }
}
names! {
    /// Where a signing key stands in its life.
    KeyState of domain::keys::KeyState { Next, Current, Retired }
}
names! {
    /// What came with a request to prove who asks.
    Credential of domain::access::Credential { Absent, Unreadable, Expired, Sound }
}
names! {
    /// What became of a session.
    SessionState of domain::access::SessionState { Gone, Over, Live }
}
names! {
    /// A member of an account that says who the person behind it is.
    PersonalField of domain::vault::Field { Email, FullName, Bio, Location, Website }
}
names! {
    /// What a person has to be told.
    NoticeKind of domain::notices::NoticeKind { RefreshTokenReused }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_on_the_wire_is_the_name_in_the_domain() {
        for role in domain::access::Role::ALL {
            assert_eq!(Role::from(role).to_json(), Some(role.name().into()));
        }
        for status in domain::users::Status::ALL {
            assert_eq!(Status::from(status).to_json(), Some(status.name().into()));
        }
        for locale in domain::users::Locale::ALL {
            assert_eq!(Locale::from(locale).to_json(), Some(locale.name().into()));
        }
        for theme in domain::users::Theme::ALL {
            assert_eq!(Theme::from(theme).to_json(), Some(theme.name().into()));
        }
        for kind in domain::notices::NoticeKind::ALL {
            assert_eq!(NoticeKind::from(kind).to_json(), Some(kind.name().into()));
        }
        for field in domain::vault::Field::ALL {
            assert_eq!(PersonalField::from(field).to_json(), Some(field.name().into()));
        }
        let states =
            [domain::keys::KeyState::Next, domain::keys::KeyState::Current, domain::keys::KeyState::Retired];
        for state in states {
            assert_eq!(KeyState::from(state).to_json(), Some(state.name().into()));
        }
        let method = domain::sessions::Method::Password;
        assert_eq!(LogInMethod::from(method).to_json(), Some(method.name().into()));
    }

    #[test]
    fn every_name_is_written_as_it_is_described() {
        use crate::testing::written_alike;
        for role in domain::access::Role::ALL {
            written_alike(&Role::from(role));
        }
        for status in domain::users::Status::ALL {
            written_alike(&Status::from(status));
        }
        for locale in domain::users::Locale::ALL {
            written_alike(&Locale::from(locale));
        }
        for theme in domain::users::Theme::ALL {
            written_alike(&Theme::from(theme));
        }
        for field in domain::vault::Field::ALL {
            written_alike(&PersonalField::from(field));
        }
        written_alike(&LogInMethod::Password);
    }

    #[test]
    fn a_moment_is_told_in_utc() {
        let at = |micros| moment(Timestamp::from_micros(micros)).to_json();
        assert_eq!(at(1_795_000_000_120_000), Some("2026-11-18T11:06:40.12Z".into()));
        assert_eq!(at(0), Some("1970-01-01T00:00:00Z".into()));
        assert_eq!(at(i64::MAX), Some("1970-01-01T00:00:00Z".into()));
    }

    #[test]
    fn a_moment_is_read_with_its_zone_to_the_microsecond() {
        let micros = |text| read_moment(text).map(Timestamp::as_micros);
        assert_eq!(micros("2026-11-18T11:06:40.1200009Z"), Ok(1_795_000_000_120_000));
        assert_eq!(micros("2026-11-18T12:06:40+01:00"), Ok(1_795_000_000_000_000));
        for text in
            ["", "2026-11-18", "2026-11-18T11:06:40", "2026-02-30T00:00:00Z", "1795000000", "tomorrow"]
        {
            assert_eq!(micros(text), Err(Violation::InvalidDate), "{text}");
        }
    }
}
