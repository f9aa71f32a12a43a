//! Exchanges of refresh tokens, which are what is written most often.
//!
//! Whoever comes while nobody is at it is served at once; whoever comes meanwhile is served with all the others who do, by
//! the same few statements and one commit. A task of its own does so, so that a client that hangs up takes nothing from the
//! others. Each hears of their own outcome: those of a batch that fails before its commit are exchanged once more, each by
//! itself, because one of them may have been the cause.

mod line;
#[cfg(test)]
mod tests;

pub(crate) use line::Exchanges;

use crate::store::{SqlStore, SqlWork};
use application::store::{Exchange, SessionRepository, StoreError, UnitOfWork};
use domain::ids::SessionId;
use line::{Lane, Waiting};
use std::collections::HashSet;

/// Why a batch was not exchanged.
enum Failure {
    /// Nothing of it was done.
    Undone(StoreError),
    /// The commit failed, so that perhaps it was.
    AtCommit(StoreError),
}

impl SqlStore {
    /// Exchanges with whoever else does at this moment.
    pub(crate) async fn exchange_with_others(&self, exchange: Exchange) -> Result<(), StoreError> {
        let (outcome, lane) = self.exchanges.queue_up(exchange);
        if let Some(lane) = lane {
            tokio::spawn(self.clone().serve(lane));
        }
        let unknown = || StoreError::Unavailable("it is not known whether it was exchanged".to_owned());
        outcome.await.unwrap_or_else(|_| Err(unknown()))
    }

    /// Serves until nobody waits.
    async fn serve(self, mut lane: Lane) {
        while let Some(mut batch) = lane.next() {
            let begun = self.shared_work().await;
            lane.top_up(&mut batch);
            // In one order, so that two replicas seldom wait for each other crosswise. Where a plan has another one they may,
            // and whoever is sent away then is exchanged once more.
            batch.sort_unstable_by_key(Waiting::session);
            match begun {
                Err(error) => tell(batch, &Err(Failure::Undone(error))),
                Ok(work) => match exchange_all(work, &batch).await {
                    // Also where a row was waited for in vain: all but that one are free.
                    Err(Failure::Undone(_)) if batch.len() > 1 => self.once_more(batch),
                    outcome => tell(batch, &outcome),
                },
            }
        }
    }

    /// Exchanges each by itself, beside whoever comes next, so that nobody waits any longer for a row but those who need it.
    fn once_more(&self, batch: Vec<Waiting>) {
        for waiting in batch.into_iter().filter(Waiting::is_there) {
            tokio::spawn(self.clone().alone(waiting));
        }
    }

    async fn alone(self, waiting: Waiting) {
        let alone = [waiting];
        let outcome = match self.shared_work().await {
            Ok(work) => exchange_all(work, &alone).await,
            Err(error) => Err(Failure::Undone(error)),
        };
        tell(alone, &outcome);
    }
}

fn tell(batch: impl IntoIterator<Item = Waiting>, outcome: &Result<HashSet<SessionId>, Failure>) {
    for waiting in batch {
        let told = match outcome {
            Ok(exchanged) if exchanged.contains(&waiting.session()) => Ok(()),
            Ok(_) => Err(StoreError::Conflict),
            Err(Failure::Undone(error) | Failure::AtCommit(error)) => Err(error.clone()),
        };
        waiting.tell(told);
    }
}

/// Exchanges what is still as it was, and says what that is.
async fn exchange_all(mut work: SqlWork, batch: &[Waiting]) -> Result<HashSet<SessionId>, Failure> {
    let exchanged = write_all(&mut work, batch).await.map_err(Failure::Undone)?;
    if !exchanged.is_empty() {
        Box::new(work).commit().await.map_err(Failure::AtCommit)?;
    }
    Ok(exchanged)
}

async fn write_all(work: &mut SqlWork, batch: &[Waiting]) -> Result<HashSet<SessionId>, StoreError> {
    let families: Vec<_> =
        batch.iter().map(|waiting| (&waiting.exchange.before, &waiting.exchange.after)).collect();
    let exchanged = work.rotate_all(&families).await?;
    let done = || batch.iter().filter(|waiting| exchanged.contains(&waiting.session()));
    let used: Vec<_> =
        done().filter_map(|waiting| Some((waiting.session(), waiting.exchange.used_at?))).collect();
    work.record_uses(&used).await?;
    let events: Vec<_> = done().map(|waiting| &waiting.exchange.event).collect();
    work.record_all(&events).await?;
    Ok(exchanged)
}
