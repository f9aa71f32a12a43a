use super::{Device, TokenDigest};
use crate::Timestamp;
use crate::access::Scopes;
use crate::ids::{SessionId, UserId};
use std::time::Duration;

/// How a session is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// By access and refresh tokens in an application's hands.
    Api,
    /// By a cookie in a browser.
    Web,
}

impl Channel {
    /// The stable name, as stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Web => "web",
        }
    }

    /// The channel of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Api, Self::Web].into_iter().find(|channel| channel.name() == name)
    }
}

/// How a person proved who they are when the session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By their password.
    Password,
}

impl Method {
    /// The stable name, as stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
        }
    }

    /// The method of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (name == Self::Password.name()).then_some(Self::Password)
    }
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// A session ends when it was not used for this long.
    pub idle: Duration,
    /// A session ends this long after the log-in, however much it is used.
    pub absolute: Duration,
}

/// One log-in on one device, and all that decides whether and for what it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identifier: the `sid` of its access tokens.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// How it is carried.
    pub channel: Channel,
    /// How the person proved who they are.
    pub method: Method,
    /// What it was granted at the log-in.
    pub scopes: Scopes,
    /// The digest of the cookie, for a session in a browser.
    pub cookie_digest: Option<TokenDigest>,
    /// When the person logged in.
    pub created_at: Timestamp,
    /// When it was last used, to within [`Session::STRIDE`].
    pub last_used_at: Timestamp,
}

impl Session {
    /// How far `last_used_at` may lag behind. Writing it down at every request would make each read a write.
    pub const STRIDE: Duration = Duration::from_mins(1);

    /// Whether it has lasted long enough, or lain idle too long.
    #[must_use]
    pub fn is_over(&self, now: Timestamp, lifetimes: Lifetimes) -> bool {
        now >= self.created_at.plus(lifetimes.absolute) || now >= self.last_used_at.plus(lifetimes.idle)
    }

    /// Whether the last use is worth writing down again.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        now.since(self.last_used_at) >= Self::STRIDE
    }
}

/// A session and the device on which it was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunSession {
    /// The session.
    pub session: Session,
    /// The device.
    pub device: Device,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);
    const MOMENT: Duration = Duration::from_micros(1);
    const LIFETIMES: Lifetimes =
        Lifetimes { idle: Duration::from_hours(14 * 24), absolute: Duration::from_hours(30 * 24) };
    const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn session(last_used_at: Timestamp) -> Session {
        Session {
            id: SessionId::new(START, &[1; 10]),
            user_id: UserId::new(START, &[2; 10]),
            channel: Channel::Api,
            method: Method::Password,
            scopes: Scopes::NONE,
            cookie_digest: None,
            created_at: START,
            last_used_at,
        }
    }

    #[test]
    fn a_session_ends_when_it_lies_idle() {
        let just_before = START.plus(LIFETIMES.idle.saturating_sub(MOMENT));
        assert!(!session(START).is_over(just_before, LIFETIMES));
        assert!(session(START).is_over(START.plus(LIFETIMES.idle), LIFETIMES));
    }

    #[test]
    fn a_session_ends_at_its_absolute_age_however_much_it_is_used() {
        let used = START.plus(DAY * 29);
        assert!(!session(used).is_over(START.plus((DAY * 30).saturating_sub(MOMENT)), LIFETIMES));
        assert!(session(used).is_over(START.plus(DAY * 30), LIFETIMES));
    }

    #[test]
    fn a_use_is_written_down_at_most_once_a_stride() {
        assert!(!session(START).is_due(START.plus(Duration::from_secs(59))));
        assert!(session(START).is_due(START.plus(Session::STRIDE)));
    }
}
