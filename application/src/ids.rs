use crate::clock::Clock;
use crate::entropy::Entropy;
use domain::Timestamp;
use domain::ids::{EventId, InstanceId, NoticeId, RequestId, SessionId, UserId};
use std::sync::Arc;

/// Names new things: the clock and the source of chance, joined.
#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Ids {
    /// Names things by that clock and that source.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// The moment that is now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A name for a user made at `now`.
    #[must_use]
    pub fn user(&self, now: Timestamp) -> UserId {
        UserId::new(now, &self.entropy.randomness())
    }

    /// A name for a session begun at `now`.
    #[must_use]
    pub fn session(&self, now: Timestamp) -> SessionId {
        SessionId::new(now, &self.entropy.randomness())
    }

    /// A name for an event that happened at `now`.
    #[must_use]
    pub fn event(&self, now: Timestamp) -> EventId {
        EventId::new(now, &self.entropy.randomness())
    }

    /// A name for something that somebody is told at `now`.
    #[must_use]
    pub fn notice(&self, now: Timestamp) -> NoticeId {
        NoticeId::new(now, &self.entropy.randomness())
    }

    /// A name for a request that has just come in.
    #[must_use]
    pub fn request(&self) -> RequestId {
        RequestId::new(self.clock.now(), &self.entropy.randomness())
    }

    /// A name for a new installation.
    #[must_use]
    pub fn instance(&self, now: Timestamp) -> InstanceId {
        InstanceId::new(now, &self.entropy.randomness())
    }
}
