use domain::ids::UserId;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is known of a request while it is being answered: the rooms note it, the front asks for it.
#[derive(Debug, Default)]
pub struct Progress {
    user: OnceLock<UserId>,
    reading: AtomicBool,
}

impl Progress {
    /// Notes who asks. The first to say so is right.
    pub fn is_for(&self, user: UserId) {
        self.user.get_or_init(|| user);
    }

    /// Who asks, as far as that is known.
    pub fn user(&self) -> Option<UserId> {
        self.user.get().copied()
    }

    /// Notes whether the body is being waited for.
    pub fn reads(&self, reading: bool) {
        self.reading.store(reading, Ordering::Relaxed);
    }

    /// Whether the body is being waited for.
    pub fn is_reading(&self) -> bool {
        self.reading.load(Ordering::Relaxed)
    }
}
