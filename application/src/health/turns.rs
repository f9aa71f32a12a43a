//! Whose turn it is to look, and who waits until it is over. It stands on the standard library alone, because this layer
//! has no runtime.

use std::future::poll_fn;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// The one turn to look.
#[derive(Default)]
pub(super) struct Turns(Mutex<State>);

#[derive(Default)]
struct State {
    is_taken: bool,
    waiting: Vec<Waker>,
}

/// The turn of whoever looks; dropping it gives it back, also when looking is broken off.
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    /// The turn, where nobody has it.
    pub(super) fn take(&self) -> Option<Turn<'_>> {
        // Made only where it was free: one that is made for nothing would give back that of somebody else.
        (!mem::replace(&mut self.state().is_taken, true)).then(|| Turn(self))
    }

    /// Waits until nobody has the turn. Somebody who waits as well may take it first.
    pub(super) async fn given_back(&self) {
        poll_fn(|context| {
            let mut state = self.state();
            if !state.is_taken {
                return Poll::Ready(());
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let State { waiting, .. } = mem::take(&mut *self.0.state());
        waiting.into_iter().for_each(Waker::wake);
    }
}
