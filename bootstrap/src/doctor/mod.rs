//! The doctor: looks at everything that an installation stands on, and says what would help.
//!
//! It changes nothing: no table is migrated, no key made, no file created, and what is not there yet is said to be so.
//! So it may be asked before the first start, beside a running service, and when nothing works any more. Each check is
//! by itself: what one can't see because another found trouble, it passes over.
//!
//! To add a check, write a function of the case, give it a name in [`Check`], and let [`Check::run`] call it.

mod backups;
mod case;
mod clock;
mod databases;
mod disks;
mod files;
mod finding;
mod keys;
mod limits;
mod network;
pub mod probe;
mod trail;

pub use finding::{Finding, Verdict};

use crate::config::{Loaded, Problems};
use case::Case;

/// Looks at everything. Settings with faults are all there is to tell of then: nothing else is known without them.
pub async fn examine(loaded: Result<Loaded, Problems>) -> Vec<Finding> {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(Problems(problems)) => {
            let trouble = |problem: &_| Finding::trouble("configuration", format!("{problem}"));
            return problems.iter().map(trouble).collect();
        }
    };
    let case = Case::open(loaded).await;
    let mut findings = Vec::new();
    for check in Check::ALL {
        findings.extend(check.run(&case).await);
    }
    case.close().await;
    findings
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    Configuration,
    DataFolder,
    RootKey,
    Files,
    Databases,
    Migrations,
    SigningKey,
    AuditTrail,
    Clock,
    DiskSpace,
    Log,
    Ports,
    Proxy,
    Backups,
    OpenFiles,
}

impl Check {
    /// In the order in which one would look: what comes later often fails because of what came before.
    const ALL: [Self; 15] = [
        Self::Configuration,
        Self::DataFolder,
        Self::RootKey,
        Self::Files,
        Self::Databases,
        Self::Migrations,
        Self::SigningKey,
        Self::AuditTrail,
        Self::Clock,
        Self::DiskSpace,
        Self::Log,
        Self::Ports,
        Self::Proxy,
        Self::Backups,
        Self::OpenFiles,
    ];

    async fn run(self, case: &Case) -> Vec<Finding> {
        match self {
            Self::Configuration => configuration(case),
            Self::DataFolder => files::data_folder(case),
            Self::RootKey => keys::root_key(case),
            Self::Files => files::files(case).await,
            Self::Databases => databases::databases(case).await,
            Self::Migrations => databases::migrations(case).await,
            Self::SigningKey => keys::signing_key(case).await,
            Self::AuditTrail => trail::audit_trail(case).await,
            Self::Clock => clock::clock(case).await,
            Self::DiskSpace => disks::disk_space(case).await,
            Self::Log => files::log(case),
            Self::Ports => network::ports(case),
            Self::Proxy => network::proxy(case),
            Self::Backups => backups::backups(case).await,
            Self::OpenFiles => limits::open_files(case),
        }
    }
}

fn configuration(case: &Case) -> Vec<Finding> {
    const SUBJECT: &str = "configuration";
    if case.warnings.is_empty() {
        return vec![Finding::ok(SUBJECT, "holds; `xtrem check-config` shows it")];
    }
    case.warnings.iter().map(|warning| Finding::warning(SUBJECT, warning)).collect()
}

#[cfg(test)]
mod tests;
