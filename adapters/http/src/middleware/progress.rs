use domain::ids::UserId;
use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use poem::Body;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

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

    /// The same body, which notes whenever it is being waited for, whoever reads it.
    pub fn watch(self: &Arc<Self>, body: Body) -> Body {
        if body.is_empty() {
            return body;
        }
        let (progress, mut pieces) = (Arc::clone(self), body.into_bytes_stream());
        Body::from_bytes_stream(poll_fn(move |context| {
            let piece = pieces.poll_next_unpin(context);
            progress.reading.store(piece.is_pending(), Ordering::Relaxed);
            piece
        }))
    }

    /// Whether the body is being waited for.
    pub fn is_reading(&self) -> bool {
        self.reading.load(Ordering::Relaxed)
    }
}
