//! Whether requests can be served: what probes and load balancers ask, and what an operator wants to know when they
//! hear "no".
//!
//! Every question is the same for whoever asks it: the public probe hears yes or no, the operator's page and `xtrem
//! doctor` read each finding. What was found holds for a second, so that whoever asks often costs nobody anything; and
//! however many ask and hang up again, one at a time looks.

mod turns;

use crate::Ids;
use crate::disk::{Disk, Disks, Room};
use crate::fault::{Describe, Fault, FaultKind};
use crate::keys::KeyService;
use crate::store::{Half, StoreError, StoreHealth};
use domain::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use turns::Turns;

/// Says how the service is.
pub struct HealthService {
    stores: Arc<dyn StoreHealth>,
    keys: Arc<KeyService>,
    disks: Arc<dyn Disks>,
    ids: Ids,
    least_free: u64,
    leaving: AtomicBool,
    turns: Turns,
    latest: Mutex<Option<Arc<Report>>>,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// The main database can be read and written.
    MainDatabase,
    /// So can the vault.
    Vault,
    /// Both have the tables of this version.
    Migrations,
    /// There is a key that signs access tokens.
    SigningKey,
    /// There is room where requests have something written.
    DiskSpace,
}

impl Check {
    /// All of them, in the order in which one would look.
    pub const ALL: [Self; 5] =
        [Self::MainDatabase, Self::Vault, Self::Migrations, Self::SigningKey, Self::DiskSpace];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MainDatabase => "main_database",
            Self::Vault => "vault",
            Self::Migrations => "migrations",
            Self::SigningKey => "signing_key",
            Self::DiskSpace => "disk_space",
        }
    }
}

/// What was found by one of the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub check: Check,
    /// What is wrong and what would help, in one sentence for an operator; `None` where it is as it should be.
    pub trouble: Option<String>,
}

/// How the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// When the look ended that found it.
    pub at: Timestamp,
    /// One finding for each check.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.trouble.is_none())
    }

    /// What is not, if anything: for an operator.
    #[must_use]
    pub fn troubles(&self) -> Vec<String> {
        let troubles = self.findings.iter().filter_map(|finding| {
            finding.trouble.as_ref().map(|trouble| format!("{}: {trouble}", finding.check.name()))
        });
        troubles.collect()
    }

    /// Which checks have found something.
    fn troubled(&self) -> impl Iterator<Item = Check> {
        self.findings.iter().filter(|finding| finding.trouble.is_some()).map(|finding| finding.check)
    }
}

/// Why requests should go elsewhere.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The service is about to stop.
    #[error("the service is about to stop")]
    Leaving,
    /// Something is not as it should be.
    #[error("not ready: {0}")]
    Troubled(String),
}

impl Describe for NotReady {
    fn fault(&self) -> Fault {
        let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
        match self {
            Self::Leaving => Fault::new(kind, "unavailable", "The service is about to stop."),
            Self::Troubled(_) => Fault::new(
                kind,
                "unavailable",
                "Requests can't be served at this moment; try again in a few seconds.",
            ),
        }
    }
}

impl HealthService {
    /// How long what was found holds.
    const HOLDS: Duration = Duration::from_secs(1);
    /// How long it is told that all is well while somebody else is looking.
    const STALE: Duration = Duration::from_secs(5);

    /// Joins the ports it works through. Less room than `least_free` bytes is too little.
    #[must_use]
    pub fn new(
        stores: Arc<dyn StoreHealth>,
        keys: Arc<KeyService>,
        disks: Arc<dyn Disks>,
        ids: Ids,
        least_free: u64,
    ) -> Self {
        let (leaving, turns) = (AtomicBool::new(false), Turns::default());
        Self { stores, keys, disks, ids, least_free, leaving, turns, latest: Mutex::default() }
    }

    /// Says from now on that requests should go elsewhere; those that come are served.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// Whether it said so.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// Whether requests can be served at this moment: what readiness means.
    pub async fn ready(&self) -> Result<(), NotReady> {
        if self.is_leaving() {
            return Err(NotReady::Leaving);
        }
        let troubles = self.report().await.troubles();
        if troubles.is_empty() { Ok(()) } else { Err(NotReady::Troubled(troubles.join("; "))) }
    }

    /// How everything is; looked into at most once a second.
    ///
    /// Who comes while somebody looks hears what was found before, if that is young, or was bad: trouble lasts until a
    /// look says otherwise. Anybody else waits for what is found; and where the one who looked has hung up, one of
    /// those who wait looks next.
    pub async fn report(&self) -> Arc<Report> {
        loop {
            if let Some(known) = self.known(|report| self.is_younger(report, Self::HOLDS)) {
                return known;
            }
            if let Some(_turn) = self.turns.take() {
                return self.look().await;
            }
            if let Some(known) =
                self.known(|report| !report.is_well() || self.is_younger(report, Self::STALE))
            {
                return known;
            }
            self.turns.given_back().await;
        }
    }

    /// How everything is at this moment, looked into whoever else does so.
    ///
    /// For the one who never hangs up: what it finds is told to the log and to everybody, however impatient those are who
    /// have the turn meanwhile.
    pub async fn look(&self) -> Arc<Report> {
        let mut findings = Vec::with_capacity(Check::ALL.len());
        for check in Check::ALL {
            let trouble = match check {
                Check::MainDatabase => self.database(Half::Main).await,
                Check::Vault => self.database(Half::Vault).await,
                Check::Migrations => self.migrations().await,
                Check::SigningKey => self.signing_key(),
                Check::DiskSpace => self.disk_space().await,
            };
            findings.push(Finding { check, trouble });
        }
        // As it is at the end: a look that took longer than it holds would be over before anybody heard of it.
        let report = Arc::new(Report { at: self.ids.now(), findings });
        let before = self.latest().replace(Arc::clone(&report));
        tell(before.as_deref(), &report);
        report
    }

    fn latest(&self) -> MutexGuard<'_, Option<Arc<Report>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, will_do: impl Fn(&Report) -> bool) -> Option<Arc<Report>> {
        self.latest().clone().filter(|report| will_do(report))
    }

    fn is_younger(&self, report: &Report, age: Duration) -> bool {
        let now = self.ids.now();
        now < report.at.plus(age) && now >= report.at
    }

    async fn database(&self, half: Half) -> Option<String> {
        self.stores.ready(half).await.err().map(|error| error.to_string())
    }

    async fn migrations(&self) -> Option<String> {
        match self.stores.missing_migrations().await {
            Ok(0) => None,
            Ok(missing) => {
                Some(format!("migrations are still to be done, {missing} of them: run `xtrem migrate`"))
            }
            Err(error) => Some(error.to_string()),
        }
    }

    fn signing_key(&self) -> Option<String> {
        let has_key = self.keys.signer_since(self.ids.now()).is_some();
        (!has_key)
            .then(|| "no key signs access tokens at this moment: `xtrem keys rotate` makes one".to_owned())
    }

    async fn disk_space(&self) -> Option<String> {
        let disks = self.disks.look().await.into_iter().filter(|disk| disk.is_needed);
        let troubles: Vec<String> = disks.filter_map(|disk| self.shortage(disk)).collect();
        (!troubles.is_empty()).then(|| troubles.join("; "))
    }

    fn shortage(&self, Disk { place, room, .. }: Disk) -> Option<String> {
        match room {
            Ok(Room { free, .. }) if free >= self.least_free => None,
            Ok(Room { free, .. }) => Some(format!(
                "{} MiB are free where {place} is kept, and {} are the least: make room there",
                free / MIB,
                self.least_free / MIB
            )),
            Err(error) => Some(format!("the room where {place} is kept can't be seen: {error}")),
        }
    }
}

/// Tells the log when checks begin to find something, or have stopped: once, however often somebody asks.
fn tell(before: Option<&Report>, after: &Report) {
    if before.into_iter().flat_map(Report::troubled).eq(after.troubled()) {
        return;
    }
    if after.is_well() {
        tracing::info!("ready again");
    } else {
        tracing::warn!(troubles = after.troubles().join("; "), "not ready");
    }
}

const MIB: u64 = 1024 * 1024;

#[cfg(test)]
mod tests;
