use application::actor::Evidence;
use bytes::Bytes;
use domain::access::{Scopes, SessionState};
use domain::ids::UserId;
use domain::users::Status;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, Stream};
use poem::Body;
use poem::http::Method;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;

/// How many bytes of a body that nobody wanted are taken in all the same, and for how long.
const DRAINED: usize = 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(1);

/// What is known of a request while it is being answered: the rooms note it, the front asks for it.
#[derive(Default)]
pub struct Progress {
    header_only: bool,
    evidence: OnceLock<Evidence>,
    place: OnceLock<(Arc<str>, Scopes)>,
    reading: AtomicBool,
    unread: Mutex<Option<Pieces>>,
}

/// What comes in of a body.
type Pieces = BoxStream<'static, io::Result<Bytes>>;

impl Progress {
    /// Of a request that was sent with that method.
    pub fn of(method: &Method) -> Self {
        Self { header_only: method == Method::HEAD, ..Self::default() }
    }

    /// Whether only the header of an answer is asked for.
    pub const fn is_header_only(&self) -> bool {
        self.header_only
    }

    /// Notes what is known of who asks. The first to say so is right.
    pub fn is_for(&self, evidence: Evidence) {
        self.evidence.get_or_init(|| evidence);
    }

    /// What is known of who asks.
    pub fn evidence(&self) -> Evidence {
        self.evidence.get().copied().unwrap_or_default()
    }

    /// Who asks, if they have proved it.
    pub fn user(&self) -> Option<UserId> {
        let Evidence { session, status, user_id, .. } = self.evidence();
        user_id.filter(|_| session == Some(SessionState::Live) && status == Some(Status::Active))
    }

    /// Notes the pattern of the address, as the document writes it, and which scopes it asks for, before anything can go
    /// wrong behind it.
    pub fn is_at(&self, pattern: &Arc<str>, needed: Scopes) {
        self.place.get_or_init(|| (Arc::clone(pattern), needed));
    }

    /// The pattern of the address, if it was found.
    pub fn pattern(&self) -> Option<&Arc<str>> {
        self.place.get().map(|(pattern, _)| pattern)
    }

    /// Which scopes the operation needs.
    pub fn needed(&self) -> Scopes {
        self.place.get().map(|(_, needed)| *needed).unwrap_or_default()
    }

    /// The same body, which notes whenever it is being waited for, whoever reads it.
    pub fn watch(self: &Arc<Self>, body: Body) -> Body {
        if body.is_empty() {
            return body;
        }
        let pieces = Some(body.into_bytes_stream().boxed());
        Body::from_bytes_stream(Watched { pieces, progress: Arc::clone(self) })
    }

    /// Whether the body is being waited for.
    pub fn is_reading(&self) -> bool {
        self.reading.load(Ordering::Relaxed)
    }

    /// Takes in, within bounds, what was left of the body. A connection that is closed with something unread in it
    /// is reset, and a client that is still sending would then not hear the answer.
    pub async fn drain(&self) {
        let Some(mut pieces) = self.unread().take() else { return };
        let rest = async {
            let mut taken = 0;
            while taken < DRAINED
                && let Some(Ok(piece)) = pieces.next().await
            {
                taken += piece.len();
            }
        };
        // Who sends no faster than that has time to hear it while sending.
        let _ = timeout(PATIENCE, rest).await;
    }

    fn unread(&self) -> MutexGuard<'_, Option<Pieces>> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body in the hands of whoever reads it. What they leave goes back to the front.
struct Watched {
    pieces: Option<Pieces>,
    progress: Arc<Progress>,
}

impl Stream for Watched {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(pieces) = &mut self.pieces else { return Poll::Ready(None) };
        let piece = pieces.poll_next_unpin(context);
        self.progress.reading.store(piece.is_pending(), Ordering::Relaxed);
        if matches!(piece, Poll::Ready(None | Some(Err(_)))) {
            self.pieces = None;
        }
        piece
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(pieces) = self.pieces.take() {
            *self.progress.unread() = Some(pieces);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::sync::atomic::AtomicUsize;

    /// A body of that many pieces of 64 KiB, and how many of them were taken.
    fn pieces(number: usize) -> (Body, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&taken);
        let pieces = stream::iter(0..number).map(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            io::Result::Ok(Bytes::from(vec![b'x'; 64 * 1024]))
        });
        (Body::from_bytes_stream(pieces), taken)
    }

    #[tokio::test]
    async fn what_nobody_wanted_to_read_is_taken_in_up_to_a_mebibyte() {
        for (number, expected) in [(10, 10), (1_000, 16)] {
            let progress = Arc::new(Progress::default());
            let (body, taken) = pieces(number);
            drop(progress.watch(body));
            assert_eq!(taken.load(Ordering::SeqCst), 0);
            progress.drain().await;
            assert_eq!(taken.load(Ordering::SeqCst), expected, "{number}");
        }
    }

    #[tokio::test]
    async fn a_body_that_was_read_to_its_end_leaves_nothing() {
        let progress = Arc::new(Progress::default());
        let (body, taken) = pieces(2);
        assert_eq!(progress.watch(body).into_vec().await.map(|read| read.len()).ok(), Some(128 * 1024));
        assert!(progress.unread().is_none());
        progress.drain().await;
        assert_eq!(taken.load(Ordering::SeqCst), 2);
    }
}
