use super::SessionService;
use crate::store::StoreError;
use domain::Timestamp;
use domain::sessions::Channel;
use std::time::Duration;

impl SessionService {
    /// How many rows one unit of work removes: few enough that nobody waits for it.
    const BATCH: u32 = 500;
    /// How long a count of failed attempts at a name that no account has is kept.
    const STRAY_ATTEMPTS: Duration = Duration::from_hours(24);

    /// Removes what is over and would otherwise stay for ever: sessions that nobody ended, counts of attempts at
    /// names that do not exist, and links and tickets that stopped working. Says how many rows went.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.ids.now();
        let mut removed = 0;
        for channel in [Channel::Api, Channel::Web] {
            let lifetimes = self.settings.lifetimes(channel);
            let (idle, age) = (now.minus(lifetimes.idle), now.minus(lifetimes.absolute));
            removed += self.in_batches(Stale::Sessions(channel, idle, age)).await?;
        }
        removed += self.in_batches(Stale::Attempts(now.minus(Self::STRAY_ATTEMPTS))).await?;
        removed += self.in_batches(Stale::PasswordLinks(now)).await?;
        removed += self.in_batches(Stale::ExportTickets(now)).await?;
        Ok(removed)
    }

    async fn in_batches(&self, stale: Stale) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let mut work = self.store.begin().await?;
            let batch = match stale {
                Stale::Sessions(channel, idle, age) => {
                    work.sessions().sweep(channel, idle, age, Self::BATCH).await?
                }
                Stale::Attempts(before) => work.attempts().sweep(before, Self::BATCH).await?,
                Stale::PasswordLinks(before) => work.password_links().sweep(before, Self::BATCH).await?,
                Stale::ExportTickets(before) => work.export_tickets().sweep(before, Self::BATCH).await?,
            };
            work.commit().await?;
            removed += batch;
            if batch < u64::from(Self::BATCH) {
                return Ok(removed);
            }
        }
    }
}

/// What has outlived its use.
#[derive(Clone, Copy)]
enum Stale {
    /// Sessions of a channel: last used before the first moment, or begun before the second.
    Sessions(Channel, Timestamp, Timestamp),
    /// Counts of attempts at names that do not exist.
    Attempts(Timestamp),
    /// Links to set a password that stopped working.
    PasswordLinks(Timestamp),
    /// Tickets for a person's own data that stopped working.
    ExportTickets(Timestamp),
}
