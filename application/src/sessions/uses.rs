use super::SessionService;
use crate::store::StoreError;
use domain::Timestamp;
use domain::ids::SessionId;
use domain::sessions::{Channel, Session};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Uses of sessions that are to be written down.
///
/// A request that only asks must not wait for a turn to write, so it leaves a note here, and the notes of many
/// requests are written together. What is lost with the process is at most the last moment of a session's use.
#[derive(Default)]
pub(super) struct Uses(Mutex<HashMap<SessionId, Timestamp>>);

impl Uses {
    /// The most notes that are kept; beyond that a use is noted when there is room again.
    const MOST: usize = 10_000;

    /// Notes a use, where it is worth it.
    pub(super) fn note(&self, session: &Session, now: Timestamp) {
        if !session.is_due(now) {
            return;
        }
        let mut notes = self.notes();
        if notes.len() < Self::MOST || notes.contains_key(&session.id) {
            notes.insert(session.id, now);
        }
    }

    fn take(&self) -> HashMap<SessionId, Timestamp> {
        std::mem::take(&mut *self.notes())
    }

    fn notes(&self) -> MutexGuard<'_, HashMap<SessionId, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionService {
    /// How many sessions of a channel are alive, but for those that have become too old and were not swept away yet. For
    /// the metrics, about once a minute.
    pub async fn count_live(&self, channel: Channel) -> Result<u64, StoreError> {
        let idle = self.settings.lifetimes(channel).idle;
        self.sessions.count(channel, self.ids.now().minus(idle)).await
    }

    /// How many uses one unit of work writes down: as many as one statement does, so that nobody waits long for a session.
    const WRITTEN_AT_ONCE: usize = 64;

    /// How many pieces may fail before the others are dropped unwritten, too: one may wait in vain for a session that
    /// somebody holds on to, but where several do the database is in trouble.
    const MOST_FAILED: usize = 3;

    /// Writes down which sessions were used since the last time. To be called about once a second. Pieces stand or fall each by
    /// itself; the first failure is told.
    ///
    /// The notes of a piece that fails are dropped: a session that goes on being used is noted again.
    pub async fn write_uses(&self) -> Result<(), StoreError> {
        let notes = self.uses.take();
        let mut notes: Vec<(SessionId, Timestamp)> = notes.into_iter().collect();
        // In one order, so that two replicas seldom wait for each other crosswise.
        notes.sort_unstable();
        let (mut failed, mut outcome) = (0, Ok(()));
        for piece in notes.chunks(Self::WRITTEN_AT_ONCE) {
            let written = self.write_piece(piece).await;
            failed += usize::from(written.is_err());
            outcome = outcome.and(written);
            if failed == Self::MOST_FAILED {
                break;
            }
        }
        outcome
    }

    /// Writes down a piece. Where a plan of the database has another order two may wait for each other crosswise all the same;
    /// whoever is sent away then comes once more.
    async fn write_piece(&self, piece: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        match self.try_write(piece).await {
            Err(StoreError::Conflict) => self.try_write(piece).await,
            outcome => outcome,
        }
    }

    async fn try_write(&self, piece: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let mut work = self.store.begin_shared().await?;
        work.sessions().record_uses(piece).await?;
        work.commit().await
    }
}
