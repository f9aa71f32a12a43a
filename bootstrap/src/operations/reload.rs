//! Reading the settings again while the service runs (SIGHUP). What is logged changes at once; everything else was built
//! into the house, so what differs is named and waits for a restart.

use super::manager;
use crate::config::{self, Loaded, Report, Sources};
use std::convert::Infallible;
use std::future::pending;
use tokio::sync::mpsc::Receiver;

/// The key that applies at once.
const AT_ONCE: &str = "log.level";

/// The settings of a service that runs.
pub struct Reload<'a> {
    /// Where they are read.
    pub sources: &'a Sources,
    /// Those in force.
    pub in_force: Report,
    /// What is logged.
    pub filter: String,
    /// Changes that.
    pub set_filter: &'a (dyn Fn(&str) -> Result<(), String> + Sync),
}

impl Reload<'_> {
    /// Reads them whenever somebody asks for it.
    pub async fn follow(mut self, mut asked: Receiver<()>) -> Infallible {
        while asked.recv().await.is_some() {
            manager::reloading();
            match config::load(self.sources) {
                Ok(found) => self.apply(found),
                Err(problems) => {
                    tracing::error!(%problems, "the settings can't be read; everything stays as it was");
                }
            }
            manager::ready();
        }
        pending().await
    }

    fn apply(&mut self, found: Loaded) {
        let Loaded { config, report, warnings } = found;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        let later = differing(&self.in_force, &report);
        if !later.is_empty() {
            let keys = later.join(", ");
            tracing::warn!(
                keys,
                "these settings have changed and take effect when the service is started anew"
            );
        }
        let filter = config.log.filter;
        if filter == self.filter {
            tracing::info!("the settings were read again; {AT_ONCE} is as it was");
        } else if let Err(error) = (self.set_filter)(&filter) {
            tracing::error!(filter, error, "{AT_ONCE} can't be changed and stays as it was");
        } else {
            tracing::info!(filter, "the settings were read again; {AT_ONCE} has changed");
            self.filter = filter;
        }
    }
}

/// The keys that have another value now, apart from the one that applies at once. Secrets are in no report, so they are
/// not compared.
fn differing(in_force: &Report, found: &Report) -> Vec<&'static str> {
    let value = |report: &Report, key: &str| {
        report.entries().find(|(known, _)| *known == key).map(|(_, value)| value.to_owned())
    };
    let gone = in_force.entries().map(|(key, _)| key).filter(|key| value(found, key).is_none());
    let changed = found.entries().filter(|(key, new)| value(in_force, key).as_deref() != Some(*new));
    changed.map(|(key, _)| key).chain(gone).filter(|key| *key != AT_ONCE).collect()
}

#[cfg(test)]
mod tests;
