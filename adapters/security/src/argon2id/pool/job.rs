use super::Tag;
use crate::argon2id::recipe::Recipe;
use application::hashing::HashError;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use zeroize::Zeroizing;

pub(super) type Answer = Result<Tag, HashError>;

/// One password to be worked on. Who answers first has answered.
pub(super) struct Job {
    pub(super) password: Zeroizing<Vec<u8>>,
    pub(super) recipe: Recipe,
    asked: Instant,
    begun: OnceLock<Instant>,
    asker: Mutex<Option<Asker>>,
}

/// Who waits for the answer, and the place they take until they have it.
struct Asker {
    place: OwnedSemaphorePermit,
    answer: oneshot::Sender<Answer>,
}

impl Job {
    /// A job that takes this place, and where its answer arrives.
    pub(super) fn new(
        password: Zeroizing<Vec<u8>>,
        recipe: Recipe,
        place: OwnedSemaphorePermit,
    ) -> (Self, oneshot::Receiver<Answer>) {
        let (answer, tag) = oneshot::channel();
        let asker = Mutex::new(Some(Asker { place, answer }));
        (Self { password, recipe, asked: Instant::now(), begun: OnceLock::new(), asker }, tag)
    }

    /// Notes that work on it begins. Tells how long it has waited, unless somebody has begun it before.
    pub(super) fn begin(&self) -> Option<Duration> {
        let now = Instant::now();
        self.begun.set(now).ok().map(|()| now.duration_since(self.asked))
    }

    /// Whether nobody waits for an answer any more: the client hung up, its time was over, or somebody else was quicker.
    pub(super) fn is_over(&self) -> bool {
        let asker = self.asker.lock().unwrap_or_else(PoisonError::into_inner);
        asker.as_ref().is_none_or(|asker| asker.answer.is_closed())
    }

    /// Answers, and says whether this was the answer.
    pub(super) fn answer(&self, outcome: Answer) -> bool {
        let asker = self.asker.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Asker { place, answer }) = asker else { return false };
        // Before they can come again.
        drop(place);
        answer.send(outcome).is_ok()
    }

    /// How long work on it may take before it counts as kept from a core: ten times as long as on a core of 2020, which takes
    /// about half a microsecond for a kibibyte and a pass.
    pub(super) fn patience(&self) -> Duration {
        const FOR_A_BLOCK_AND_PASS: Duration = Duration::from_micros(5);
        FOR_A_BLOCK_AND_PASS.saturating_mul(self.recipe.fills())
    }

    /// Whether work on it was begun, and takes longer than that.
    pub(super) fn is_late(&self) -> bool {
        self.begun.get().is_some_and(|begun| begun.elapsed() >= self.patience())
    }
}
