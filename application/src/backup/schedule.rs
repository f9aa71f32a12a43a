//! When the next backup is due, and which of the earlier ones may go.

use super::{BackupError, BackupService, Half, Manifest, Watcher};
use crate::store::StoreError;
use domain::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;
use time::macros::format_description;

/// Backups that take themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The folder that they stand in.
    pub folder: PathBuf,
    /// How long after the last good one the next is due.
    pub every: Duration,
    /// How many good ones are kept.
    pub keep: usize,
}

/// A backup that is good as far as one can tell without reading all of it: its manifest holds, and its files are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it stands.
    pub place: PathBuf,
    /// When it was begun.
    pub begun_at: Timestamp,
}

/// What a round of the schedule has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// When the last good backup was begun, this round's included.
    pub last_good: Option<Timestamp>,
    /// Where a backup was taken in this round, if it was due.
    pub taken: Option<PathBuf>,
    /// Which were removed because enough later ones are good.
    pub removed: Vec<PathBuf>,
}

impl Schedule {
    /// Whether a backup is due. One that was taken by a clock that was ahead counts for nothing.
    pub(super) fn is_due(&self, kept: &[Kept], now: Timestamp) -> bool {
        let last = kept.iter().map(|kept| kept.begun_at).filter(|begun| *begun <= now).max();
        last.is_none_or(|last| now.since(last) >= self.every)
    }

    /// Those that may go, the oldest first: all but the last `keep`, and never the last one.
    pub(super) fn superfluous<'a>(&self, kept: &'a [Kept]) -> Vec<&'a Kept> {
        let mut kept: Vec<&Kept> = kept.iter().collect();
        kept.sort_by_key(|kept| kept.begun_at);
        kept.truncate(kept.len().saturating_sub(self.keep.max(1)));
        kept
    }

    /// Where a backup that is begun now will stand: its name is the moment, in UTC.
    pub(super) fn place(&self, now: Timestamp) -> PathBuf {
        let form = format_description!("xtrem-[year][month][day]T[hour][minute][second]Z");
        let at = OffsetDateTime::from_unix_timestamp(now.as_seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        self.folder.join(at.format(&form).unwrap_or_else(|_| format!("xtrem-{}", now.as_seconds())))
    }
}

impl BackupService {
    /// Takes a backup when one is due, and then removes those of which there are enough. To be called every few minutes;
    /// mostly looks into a folder and does nothing.
    pub async fn keep_up(&self, schedule: &Schedule, watcher: &Watcher) -> Result<Round, BackupError> {
        let now = self.ids.now();
        self.sweep_holds().await?;
        let mut kept = self.kept(&schedule.folder).await?;
        let mut round = Round::default();
        if schedule.is_due(&kept, now) {
            let place = schedule.place(now);
            let Manifest { begun_at, .. } = self.take(&place, watcher).await?;
            kept.push(Kept { place: place.clone(), begun_at });
            round.taken = Some(place);
            for superfluous in schedule.superfluous(&kept) {
                self.archives.remove(&superfluous.place).await?;
                round.removed.push(superfluous.place.clone());
            }
        }
        round.last_good = kept.iter().map(|kept| kept.begun_at).max();
        Ok(round)
    }

    /// Ends what was kept back in the vault for a backup whose process was killed. To be called where no schedule does.
    pub async fn sweep_holds(&self) -> Result<(), StoreError> {
        self.snapshots.sweep_holds(self.ids.now()).await
    }

    /// The good backups of this installation in a folder.
    pub async fn kept(&self, folder: &Path) -> Result<Vec<Kept>, BackupError> {
        let (instance, _) = self.identity().await?;
        let mut kept = Vec::new();
        for place in self.archives.list(folder).await? {
            let Ok(text) = self.archives.manifest(&place).await else { continue };
            let Some(manifest) = Manifest::recognise(&text, self.documents.as_ref()) else { continue };
            if manifest.instance == instance.id && self.is_there(&place, &manifest).await {
                kept.push(Kept { place, begun_at: manifest.begun_at });
            }
        }
        Ok(kept)
    }

    async fn is_there(&self, place: &Path, manifest: &Manifest) -> bool {
        for half in Half::BOTH {
            if !self.archives.is_there(place, half, &manifest.file(half)).await {
                return false;
            }
        }
        true
    }
}
