use super::Cache;
use crate::users::row::ProfileRow;
use application::store::LiveSession;
use domain::ids::{SessionId, UserId};
use domain::users::Profile;
use std::sync::Arc;
use std::time::Duration;

/// The most sessions that are kept.
const SESSIONS: usize = 10_000;
/// The most people that are kept: those who ask again within the second, and no more than that, since it is in clear.
const PROFILES: usize = 1_000;

/// Everything that is kept for a moment.
pub(crate) struct Recent {
    /// Sessions, for whoever comes with a token or a cookie.
    pub(crate) sessions: Arc<Cache<SessionId, LiveSession>>,
    /// Accounts with the people behind them, for these people themselves and for nobody else.
    pub(crate) profiles: Arc<Cache<UserId, Profile>>,
    /// Accounts as they stood beside a session: most who prove themselves ask for their own profile next.
    pub(crate) accounts: Arc<Cache<UserId, ProfileRow>>,
}

/// What a unit of work has changed.
#[derive(Clone, Copy)]
pub(crate) enum Touch {
    /// One session.
    Session(SessionId),
    /// What one person's profile shows, and nothing that their sessions depend on.
    Person(UserId),
    /// Everything of one person.
    Owner(UserId),
    /// Any session.
    Any,
}

impl Recent {
    /// Keeps everything for so long at most.
    pub(crate) fn new(age_limit: Duration) -> Arc<Self> {
        let (profiles, accounts) = (Cache::new(age_limit, PROFILES), Cache::new(age_limit, PROFILES));
        Arc::new(Self { sessions: Cache::new(age_limit, SESSIONS), profiles, accounts })
    }

    pub(super) fn remove(&self, touch: Touch) {
        match touch {
            Touch::Session(id) => self.sessions.remove(id),
            Touch::Person(id) => self.remove_person(id),
            Touch::Owner(id) => {
                self.remove_person(id);
                self.sessions.retain(|live| live.session.user_id != id);
            }
            Touch::Any => self.sessions.retain(|_| false),
        }
    }

    fn remove_person(&self, id: UserId) {
        // The account first: whoever has taken it by then had drawn their ticket for the profile before.
        self.accounts.remove(id);
        self.profiles.remove(id);
    }
}

/// What one unit of work has changed. Dropping takes it all out, however the unit of work has ended: also when it is
/// not known whether it was committed, and when whoever committed did not wait for the answer.
pub(crate) struct Touched {
    recent: Arc<Recent>,
    touches: Vec<Touch>,
}

impl Touched {
    pub(crate) const fn nothing(recent: Arc<Recent>) -> Self {
        Self { recent, touches: Vec::new() }
    }

    pub(crate) fn note(&mut self, touch: Touch) {
        self.touches.push(touch);
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for touch in &self.touches {
            self.recent.remove(*touch);
        }
    }
}
