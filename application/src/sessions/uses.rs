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

    /// How many uses one unit of work writes down.
    const WRITTEN_AT_ONCE: usize = 200;

    /// Writes down which sessions were used since the last time. To be called about once a second.
    ///
    /// Where that fails the notes are dropped: a session that goes on being used is noted again.
    pub async fn write_uses(&self) -> Result<(), StoreError> {
        let notes = self.uses.take();
        // In one order, so that two replicas never wait for each other crosswise; and in pieces, so that nobody waits long.
        let mut notes: Vec<(SessionId, Timestamp)> = notes.into_iter().collect();
        notes.sort_unstable();
        for piece in notes.chunks(Self::WRITTEN_AT_ONCE) {
            let mut work = self.store.begin_shared().await?;
            for (id, at) in piece {
                work.sessions().record_use(*id, *at).await?;
            }
            work.commit().await?;
        }
        Ok(())
    }
}
