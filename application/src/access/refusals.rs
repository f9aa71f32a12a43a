use super::Refused;
use crate::Ids;
use crate::actor::Origin;
use domain::Timestamp;
use domain::access::{Credential, Reason, Scope, SessionState};
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::{RequestId, SessionId, UserId};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What makes two refusals the same.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// What was refused: its method and the pattern of its path, of which there are few.
    operation: String,
    /// Who was refused, if they had proved it.
    member: Option<UserId>,
    /// Whose credential it was, if that could be read.
    subject: Option<UserId>,
    session: Option<SessionId>,
    address: Option<IpAddr>,
    reason: Reason,
    needed: Option<&'static str>,
}

impl Key {
    /// The same for all refusals with that reason.
    fn by_reason(self) -> Self {
        let (operation, reason) = (String::from("various"), self.reason);
        Self { operation, member: None, subject: None, session: None, address: None, reason, needed: None }
    }
}

/// The first of some refusals that are the same, and how many there were.
pub(super) struct Note {
    at: Timestamp,
    request_id: Option<RequestId>,
    count: u64,
}

pub(super) type Notes = HashMap<Key, Note>;

/// Refusals that are to be written down.
#[derive(Default)]
pub(super) struct Refusals(Mutex<Notes>);

impl Refusals {
    /// The most kinds of refusal that are told apart between two writings; what is beyond is counted by its reason.
    const MOST: usize = 1_000;

    pub(super) fn note(&self, origin: &Origin, operation: &str, refused: &Refused, now: Timestamp) {
        let Refused { evidence, needed, reason } = *refused;
        let let_in = evidence.credential == Credential::Sound && evidence.session == Some(SessionState::Live);
        let mut key = Key {
            operation: operation.to_owned(),
            member: evidence.user_id.filter(|_| let_in),
            subject: evidence.user_id,
            session: evidence.session_id,
            address: origin.address,
            reason,
            needed: needed.map(Scope::name),
        };
        let mut notes = self.notes();
        if notes.len() >= Self::MOST && !notes.contains_key(&key) {
            key = key.by_reason();
        }
        let first = || Note { at: now, request_id: origin.request_id, count: 0 };
        notes.entry(key).or_insert_with(first).count += 1;
    }

    pub(super) fn take(&self) -> Notes {
        std::mem::take(&mut *self.notes())
    }

    /// Takes back what could not be written, in front of what came in the meantime.
    pub(super) fn give_back(&self, earlier: Notes) {
        let mut notes = self.notes();
        for (key, mut note) in earlier {
            let room = notes.len() < Self::MOST || notes.contains_key(&key);
            let key = if room { key } else { key.by_reason() };
            note.count += notes.remove(&key).map_or(0, |later| later.count);
            notes.insert(key, note);
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Note {
    /// The event that tells of it. Its time is that of the first refusal.
    pub(super) fn event(&self, key: &Key, ids: &Ids) -> Event {
        let mut detail = vec![
            ("reason".into(), key.reason.code().to_owned()),
            ("operation".into(), key.operation.clone()),
        ];
        detail.extend(key.needed.map(|scope| ("scope".into(), scope.to_owned())));
        detail.extend(key.session.map(|session| ("session".into(), session.to_string())));
        detail.extend((self.count > 1).then(|| ("count".into(), self.count.to_string())));
        Event {
            id: ids.event(self.at),
            sequence: None,
            kind: EventKind::AccessRefused,
            actor: key.member.map_or(ActorRef::Visitor, ActorRef::User),
            subject: key.subject,
            at: self.at,
            address: key.address,
            request_id: self.request_id,
            detail,
            private: Vec::new(),
        }
    }
}
