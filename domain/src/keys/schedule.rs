use super::{Algorithm, SigningKey, signer};
use crate::Timestamp;
use std::time::Duration;

/// When keys are made, when they begin to sign, and when they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How new keys sign.
    pub algorithm: Algorithm,
    /// How long a key signs.
    pub rotation: Duration,
    /// How long a key is published before it signs.
    pub publication: Duration,
    /// How long a key still verifies after it has signed for the last time: as long as a token lasts, and the
    /// clocks' difference.
    pub verification: Duration,
}

/// What is to be done with the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// A key is to be made that signs from this moment on.
    pub create_from: Option<Timestamp>,
    /// The keys of these ids are to be removed: everything they have signed is over.
    pub remove: Vec<String>,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.create_from.is_none() && self.remove.is_empty()
    }
}

impl Schedule {
    /// Whoever asked for a rotation need not wait longer than this for it: twice as long as others may keep our
    /// public keys without asking again.
    pub const PROMPT: Duration = Duration::from_mins(10);

    /// How far the clocks of two processes may lie apart.
    const APART: Duration = Duration::from_secs(5);

    /// What the schedule asks for at `now`.
    #[must_use]
    pub fn plan(&self, keys: &[SigningKey], now: Timestamp) -> Plan {
        Plan { create_from: self.due(keys, now), remove: self.outlived(keys, now) }
    }

    fn due(&self, keys: &[SigningKey], now: Timestamp) -> Option<Timestamp> {
        // A key that another process has made a moment ago may begin a moment ahead of this clock.
        if !keys.iter().any(|key| key.active_from <= now.plus(Self::APART)) {
            return Some(now);
        }
        let current = signer(keys, now)?;
        if keys.iter().any(|key| key.active_from > now) {
            return None;
        }
        if current.algorithm != self.algorithm {
            return Some(now.plus(self.prompt()));
        }
        let end = current.active_from.plus(self.rotation);
        let published = now.plus(self.publication);
        (published >= end).then(|| published.max(end))
    }

    fn outlived(&self, keys: &[SigningKey], now: Timestamp) -> Vec<String> {
        let Some(current) = signer(keys, now) else { return Vec::new() };
        let older = keys.iter().filter(|key| key.active_from <= now && key.kid != current.kid);
        let is_over = |key: &&SigningKey| {
            let followed =
                keys.iter().map(|other| other.active_from).filter(|at| *at > key.active_from).min();
            // Two keys of the same moment: only one of them has ever signed.
            now >= followed.unwrap_or(key.active_from).plus(self.verification)
        };
        older.filter(is_over).map(|key| key.kid.clone()).collect()
    }

    /// From when on a key would sign that somebody asks for now.
    #[must_use]
    pub fn on_demand(&self, now: Timestamp) -> Timestamp {
        now.plus(self.prompt())
    }

    fn prompt(&self) -> Duration {
        self.publication.min(Self::PROMPT)
    }
}

#[cfg(test)]
mod tests;
