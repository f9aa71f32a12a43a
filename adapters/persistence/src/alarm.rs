//! What is sealed and does not open is counted and told in the log, and never passed on as an error.
//!
//! A damaged database would tell the same at every request, so each kind of place is told once a minute, with how often
//! it was met since.

use crate::instruments;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long one alarm stands for all of its kind.
const PAUSE: Duration = Duration::from_mins(1);

/// When a kind was told last, and how often it was met since.
static TOLD: LazyLock<Mutex<HashMap<&'static str, (Instant, u64)>>> = LazyLock::new(Mutex::default);

/// Notes that something sealed, or an event, can't be read: which table or part of it, and whose row.
pub(crate) fn unreadable(place: &'static str, id: impl Display) {
    instruments::unreadable();
    if let Some(before) = is_due(place) {
        tracing::error!(place, %id, before, "something does not open: it was damaged, or it belongs elsewhere");
    }
}

/// How many of a kind were passed over since the last alarm, where it is time for another one.
fn is_due(place: &'static str) -> Option<u64> {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    match told.get_mut(place) {
        Some((last, since)) if now.duration_since(*last) < PAUSE => {
            *since += 1;
            None
        }
        Some((last, since)) => {
            *last = now;
            Some(std::mem::take(since))
        }
        None => {
            told.insert(place, (now, 0));
            Some(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_place_is_told_once_and_others_are_told_all_the_same() {
        assert_eq!([is_due("a"), is_due("a"), is_due("b"), is_due("a")], [Some(0), None, Some(0), None]);
    }
}
