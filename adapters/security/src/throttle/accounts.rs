use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// The accounts at which somebody is trying just now. An account nobody tries at takes no memory.
#[derive(Default)]
pub(super) struct Accounts {
    lines: Mutex<HashMap<Arc<str>, Line>>,
}

/// Those who try at one account, the first of them inside.
#[derive(Default)]
struct Line {
    door: Arc<tokio::sync::Mutex<()>>,
    people: usize,
}

/// A place in the line of an account; given up when dropped, wherever in the line it is.
pub(super) struct Place {
    inside: Option<OwnedMutexGuard<()>>,
    account: Arc<str>,
    accounts: Arc<Accounts>,
}

impl Accounts {
    /// The longest line: what is tried within about a second.
    pub(super) const LONGEST_LINE: usize = 32;

    /// Takes the last place in the account's line; `None` when the line is too long already.
    pub(super) fn line_up(self: &Arc<Self>, account: &str) -> Option<Waiting> {
        let account: Arc<str> = account.into();
        let mut lines = self.lines();
        let line = lines.entry(Arc::clone(&account)).or_default();
        if line.people >= Self::LONGEST_LINE {
            return None;
        }
        line.people += 1;
        let door = Arc::clone(&line.door);
        drop(lines);
        Some(Waiting { place: Place { inside: None, account, accounts: Arc::clone(self) }, door })
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Arc<str>, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn people(&self, account: &str) -> Option<usize> {
        self.lines().get(account).map(|line| line.people)
    }
}

/// A place in the line, before its turn.
pub(super) struct Waiting {
    place: Place,
    door: Arc<tokio::sync::Mutex<()>>,
}

impl Waiting {
    /// Waits until everybody before has left. Who stops waiting leaves the line.
    pub(super) async fn wait(mut self) -> Place {
        self.place.inside = Some(self.door.lock_owned().await);
        self.place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.inside = None;
        if let Entry::Occupied(mut line) = self.accounts.lines().entry(Arc::clone(&self.account)) {
            line.get_mut().people -= 1;
            if line.get().people == 0 {
                line.remove();
            }
        }
    }
}
