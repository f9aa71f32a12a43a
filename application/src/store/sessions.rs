//! Sessions, their refresh tokens, and failed attempts to begin one.

use super::StoreError;
use async_trait::async_trait;
use domain::Timestamp;
use domain::audit::Event;
use domain::ids::{SessionId, UserId};
use domain::sessions::{Attempts, BegunSession, Channel, Family, Session, TokenDigest};
use domain::users::Standing;

/// A session and what decides whether it may still be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// How its owner stands, as it is written down.
    pub standing: Standing,
}

/// One refresh token for another, and all that is written down with it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The family as it was read.
    pub before: Family,
    /// What comes in its place.
    pub after: Family,
    /// When the session was used, where that is to be noted.
    pub used_at: Option<Timestamp>,
    /// What the audit trail says of it.
    pub event: Event,
}

/// Changes sessions.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SessionRepository: Send {
    /// The session, as this unit of work sees it.
    async fn find(&mut self, id: SessionId) -> Result<Option<LiveSession>, StoreError>;

    /// Stores a new session with its device.
    async fn insert(&mut self, begun: &BegunSession) -> Result<(), StoreError>;

    /// Notes that a session was used.
    async fn record_use(&mut self, id: SessionId, now: Timestamp) -> Result<(), StoreError>;

    /// The same of any number of different sessions, by few statements. Noting a use once more changes nothing, so whoever is
    /// told [`StoreError::Conflict`], because somebody else waited for the same sessions crosswise, may do it all again.
    async fn record_uses(&mut self, uses: &[(SessionId, Timestamp)]) -> Result<(), StoreError>;

    /// Gives a session another cookie; the old one stops working.
    async fn replace_cookie(&mut self, id: SessionId, digest: &TokenDigest) -> Result<(), StoreError>;

    /// Ends a session, and with it all that was derived from it. Says whether it was there.
    async fn end(&mut self, id: SessionId) -> Result<bool, StoreError>;

    /// Ends every session of a user but one, if one is to be kept. Says how many ended.
    async fn end_all_of(&mut self, user: UserId, except: Option<SessionId>) -> Result<u64, StoreError>;

    /// Removes at most `limit` sessions of a channel that were last used before the one moment or begun before the
    /// other. Says how many.
    async fn sweep(
        &mut self,
        channel: Channel,
        last_used_before: Timestamp,
        created_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;
}

/// Changes the families of refresh tokens.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait RefreshTokenRepository: Send {
    /// The family of a session.
    async fn find(&mut self, session: SessionId) -> Result<Option<Family>, StoreError>;

    /// Stores the family that a log-in begins.
    async fn insert(&mut self, family: &Family) -> Result<(), StoreError>;

    /// Puts `after` in the place of `before`. [`StoreError::Conflict`] when `before` is no longer what is stored:
    /// of any number of rotations of one token, one succeeds.
    async fn rotate(&mut self, before: &Family, after: &Family) -> Result<(), StoreError>;
}

/// Counts failed attempts at accounts.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AttemptRepository: Send {
    /// The failures counted under a key. Nobody else changes the count until this unit of work ends.
    async fn find(&mut self, key: &TokenDigest) -> Result<Option<Attempts>, StoreError>;

    /// Stores a count. One that belongs to a user goes when the user goes.
    async fn put(
        &mut self,
        key: &TokenDigest,
        owner: Option<UserId>,
        attempts: &Attempts,
    ) -> Result<(), StoreError>;

    /// Forgets every count that belongs to a user. Says whether there was one.
    async fn clear_of(&mut self, owner: UserId) -> Result<bool, StoreError>;

    /// Forgets at most `limit` counts that belong to no user and have not grown since `before`. Says how many.
    async fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Answers questions about sessions.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SessionDirectory: Send + Sync {
    /// The session and how its owner stands: at most one read, and none where the answer was read less than a second ago
    /// and nothing that was changed through this store since could have changed it.
    async fn find(&self, id: SessionId) -> Result<Option<LiveSession>, StoreError>;

    /// The session with its family, as they are at this moment: always read, and by one question.
    async fn find_with_family(&self, id: SessionId) -> Result<Option<(LiveSession, Family)>, StoreError>;

    /// The family of a session.
    async fn family(&self, id: SessionId) -> Result<Option<Family>, StoreError>;

    /// At most `limit` sessions of a user with their devices, the latest log-in first, from the one after `after` on.
    async fn of(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<BegunSession>, StoreError>;

    /// How many sessions of a channel were used at `since` or later. Counted along an index, so what it costs grows with
    /// them: for the metrics, once a minute, and for nobody who waits.
    async fn count(&self, channel: Channel, since: Timestamp) -> Result<u64, StoreError>;
}

/// Answers questions about failed attempts.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AttemptDirectory: Send + Sync {
    /// The failures counted under a key.
    async fn find(&self, key: &TokenDigest) -> Result<Option<Attempts>, StoreError>;
}
