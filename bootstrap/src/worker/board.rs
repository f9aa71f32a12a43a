use super::Duty;
use crate::operations::instruments::DutyInstruments;
use domain::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How the duties are doing: where each of them notes it, and operators read it.
pub struct Board(Mutex<BTreeMap<Duty, (Standing, DutyInstruments)>>);

/// How a duty is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it was last done well, by this process.
    pub last_success: Option<Timestamp>,
    /// What keeps it from that now.
    pub failing: Option<Failing>,
}

/// What keeps a duty from being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Since when.
    pub since: Timestamp,
    /// What went wrong last.
    pub error: String,
}

impl Board {
    /// Of duties that begin now.
    pub fn of(duties: impl IntoIterator<Item = Duty>, now: Timestamp) -> Self {
        let standings = duties
            .into_iter()
            .map(|duty| (duty, (Standing::default(), DutyInstruments::of(duty, now))))
            .collect();
        Self(Mutex::new(standings))
    }

    /// Notes how a round went. The log is told of the first failure of several, and of their end.
    pub fn note(&self, duty: Duty, now: Timestamp, outcome: Result<(), String>) {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((standing, instruments)) = board.get_mut(&duty) else { return };
        match outcome {
            Ok(()) => {
                instruments.succeeded(now);
                standing.last_success = Some(now);
                if standing.failing.take().is_some() {
                    tracing::info!("{} works again", duty.name());
                }
            }
            Err(error) => {
                instruments.failed();
                if standing.failing.is_none() {
                    tracing::warn!(error, "{} does not work; it is tried again", duty.name());
                }
                let since = standing.failing.as_ref().map_or(now, |failing| failing.since);
                standing.failing = Some(Failing { since, error });
            }
        }
    }

    /// How all of them are doing.
    pub fn read(&self) -> Vec<(Duty, Standing)> {
        let board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.iter().map(|(duty, (standing, _))| (*duty, standing.clone())).collect()
    }
}
