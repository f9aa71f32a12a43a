//! Tokens that were found genuine, so that one that comes with every request is not verified with every request.
//!
//! To verify a signature takes longer than everything else that a request for little needs; to find a token here takes a
//! digest of it. What stands here is what tokens say, by their digest (SHA-256, FIPS 180-4) and never by their text: who
//! reads this memory gets no token out of it. Only genuine tokens come in, so that nobody fills it with others; and when
//! they begin and end is looked at anew each time, by the caller's clock.
//!
//! It belongs to the keys it was verified with and goes with them: see [`Ring`](super::ring::Ring).

use super::claims::Claims;
use crate::octets::first;
use aws_lc_rs::digest::{SHA256, digest};
use domain::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Each part has a lock of its own, so that requests seldom wait for one another.
const PARTS: usize = 16;
/// The most tokens in one part; 14 336 in all, in a little more than two megabytes, since a table of 1024 places holds that many.
/// A session has one token in use, so there is room for those of ten thousand sessions, however they are spread. One that
/// finds no room puts the oldest out, which is verified again when it comes again.
const ROOM: usize = 896;

/// By what a token is known.
pub(super) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(super) fn of(token: &str) -> Self {
        Self(first(digest(&SHA256, token.as_bytes()).as_ref()))
    }
}

/// Tokens that were found genuine.
#[derive(Default)]
pub(super) struct KnownTokens {
    parts: [Mutex<Part>; PARTS],
}

#[derive(Default)]
struct Part {
    known: HashMap<[u8; 32], Claims>,
    /// In the order in which they came; one that was removed stands here until it is its turn.
    order: VecDeque<[u8; 32]>,
}

impl KnownTokens {
    /// What that token says, if it is known.
    pub(super) fn find(&self, token: &TokenDigest) -> Option<Claims> {
        self.part(token).known.get(&token.0).copied()
    }

    /// Keeps what a token says that was verified and is valid at `now`.
    pub(super) fn keep(&self, token: &TokenDigest, claims: Claims, now: Timestamp) {
        let mut part = self.part(token);
        // Two requests may have verified the same one.
        if !part.known.contains_key(&token.0) {
            part.make_room(now);
            part.known.insert(token.0, claims);
            part.order.push_back(token.0);
        }
    }

    /// Forgets a token.
    pub(super) fn remove(&self, token: &TokenDigest) {
        self.part(token).known.remove(&token.0);
    }

    fn part(&self, token: &TokenDigest) -> MutexGuard<'_, Part> {
        let part = &self.parts[usize::from(token.0[0]) % PARTS];
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    /// The oldest go: those that are over, and those in whose place the next one comes.
    fn make_room(&mut self, now: Timestamp) {
        while let Some(oldest) = self.order.front() {
            let is_valid = self.known.get(oldest).is_some_and(|claims| claims.at(now).is_ok());
            if is_valid && self.order.len() < ROOM {
                break;
            }
            self.known.remove(oldest);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
impl KnownTokens {
    pub(super) const MOST: usize = PARTS * ROOM;

    /// How many there are, and for how many room is taken.
    pub(super) fn count(&self) -> (usize, usize) {
        let parts = self.parts.iter().map(|part| part.lock().unwrap());
        parts.fold((0, 0), |(known, order), part| (known + part.known.len(), order + part.order.len()))
    }
}
