use crate::operations::{instruments, measures};
use crate::wiring::House;
use application::fault::chain;
use std::time::Duration;

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    WriteUses,
    WriteRefusals,
    SealTrail,
    ReloadKeyring,
    TidyVault,
    OpenKeys,
    Settle,
    PublishHead,
    CountHours,
    Prune,
    Sweep,
    Backup,
    CheckHealth,
    Measure,
    CountSessions,
}

impl Duty {
    pub(super) const ALL: [Self; 15] = [
        Self::WriteUses,
        Self::WriteRefusals,
        Self::SealTrail,
        Self::ReloadKeyring,
        Self::TidyVault,
        Self::OpenKeys,
        Self::Settle,
        Self::PublishHead,
        Self::CountHours,
        Self::Prune,
        Self::Sweep,
        Self::Backup,
        Self::CheckHealth,
        Self::Measure,
        Self::CountSessions,
    ];
    /// What is done once more at the end, in this order: what was noted is part of the trail that is sealed then.
    pub(super) const LAST: [Self; 4] =
        [Self::WriteUses, Self::WriteRefusals, Self::SealTrail, Self::PublishHead];

    /// What it is, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WriteUses => "writing down the uses of sessions",
            Self::WriteRefusals => "writing down refusals",
            Self::SealTrail => "sealing the audit trail",
            Self::ReloadKeyring => "looking whether keys were replaced",
            Self::TidyVault => "removing what was erased",
            Self::OpenKeys => "looking after the signing keys",
            Self::Settle => "writing down which roles and suspensions have ended",
            Self::PublishHead => "publishing the head of the audit trail",
            Self::CountHours => "counting the hours that are over",
            Self::Prune => "removing events that are too old",
            Self::Sweep => "sweeping away what is over",
            Self::Backup => "taking backups",
            Self::CheckHealth => "checking whether requests can be served",
            Self::Measure => "measuring",
            Self::CountSessions => "counting sessions",
        }
    }

    /// What it is, for programs.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::WriteUses => "write_uses",
            Self::WriteRefusals => "write_refusals",
            Self::SealTrail => "seal_trail",
            Self::ReloadKeyring => "reload_keyring",
            Self::TidyVault => "tidy_vault",
            Self::OpenKeys => "open_keys",
            Self::Settle => "settle",
            Self::PublishHead => "publish_head",
            Self::CountHours => "count_hours",
            Self::Prune => "prune",
            Self::Sweep => "sweep",
            Self::Backup => "backup",
            Self::CheckHealth => "check_health",
            Self::Measure => "measure",
            Self::CountSessions => "count_sessions",
        }
    }

    /// Whether it is done for Prometheus alone.
    pub(super) const fn only_measures(self) -> bool {
        matches!(self, Self::Measure | Self::CountSessions)
    }

    /// When the first round begins, and how long after it each further one. Most wait at first, so that a start costs
    /// nothing but starting.
    pub(super) const fn rhythm(self) -> Rhythm {
        let (first, then) = match self {
            Self::WriteUses
            | Self::WriteRefusals
            | Self::SealTrail
            | Self::ReloadKeyring
            | Self::TidyVault
            | Self::OpenKeys => (1, 1),
            Self::CheckHealth | Self::Measure => (0, 10),
            Self::Settle => (10, 10),
            // After a long rest there is much to count, and whoever opens the overview would do it. And what the last
            // process could not publish any more is published by the next one.
            Self::PublishHead | Self::CountHours => (0, 60),
            Self::CountSessions => (1, 60),
            Self::Prune | Self::Sweep => (600, 600),
            // One that can't be taken is not begun again every minute.
            Self::Backup => (5, 600),
        };
        Rhythm { first: Duration::from_secs(first), then: Duration::from_secs(then) }
    }

    /// Does it once. What went wrong is told with all that led to it.
    pub async fn round(self, house: &House) -> Result<(), String> {
        match self {
            Self::WriteUses => house.sessions.write_uses().await.map_err(|error| chain(&error)),
            Self::WriteRefusals => house.access.write_refusals().await.map_err(|error| chain(&error)),
            Self::SealTrail => house.audit.seal().await.map(drop).map_err(|error| chain(&error)),
            Self::ReloadKeyring => house.vault.reload_keyring().await.map_err(|error| chain(&error)),
            Self::TidyVault => house.vault.tidy().await.map_err(|error| chain(&error)),
            Self::OpenKeys => house.keys.open().await.map_err(|error| chain(&error)),
            Self::Settle => house.users.settle().await.map(drop).map_err(|error| chain(&error)),
            Self::PublishHead => publish_head(house).await,
            Self::CountHours => house.admin.count_hours().await.map(drop).map_err(|error| chain(&error)),
            Self::Prune => house.audit.prune().await.map(drop).map_err(|error| chain(&error)),
            Self::Sweep => house.sessions.sweep().await.map(drop).map_err(|error| chain(&error)),
            Self::Backup => house.backups.round().await.map_err(|error| chain(&error)),
            Self::CheckHealth => measures::check_health(house).await,
            Self::Measure => measures::measure(house).await,
            Self::CountSessions => measures::count_sessions(house).await,
        }
    }
}

/// Also where nothing was new: what is published is the end of the chain.
async fn publish_head(house: &House) -> Result<(), String> {
    let begun = house.ground.ids.now();
    house.audit.publish_head().await.map_err(|error| chain(&error))?;
    instruments::head_published(begun);
    Ok(())
}

/// When something is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm {
    pub(super) first: Duration,
    pub(super) then: Duration,
}
