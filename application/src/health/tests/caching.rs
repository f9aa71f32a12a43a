//! How long what was found holds, and who looks.

use super::well;
use crate::disk::MockDisks;
use crate::health::HealthService;
use crate::store::{Backlog, Half, StoreError, StoreHealth};
use crate::testing::{FixedClock, Stage};
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

const SECOND: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_micros(1);

/// Databases that answer as often as the test lets them.
struct Gated {
    asked: AtomicUsize,
    answers: Semaphore,
}

#[async_trait]
impl StoreHealth for Gated {
    async fn ready(&self, half: Half) -> Result<(), StoreError> {
        if half == Half::Main {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.answers.acquire().await.unwrap().forget();
        }
        Ok(())
    }

    async fn missing_migrations(&self) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        Ok(Backlog::default())
    }
}

/// A service over such databases, which let so many looks through at first.
fn gated(answers: usize) -> (Arc<HealthService>, Arc<Gated>, FixedClock) {
    let house = well().open();
    let databases = Arc::new(Gated { asked: AtomicUsize::new(0), answers: Semaphore::new(answers) });
    let mut disks = MockDisks::new();
    disks.expect_look().returning(Vec::new);
    let health =
        HealthService::new(databases.clone(), house.keys, Arc::new(disks), house.ids, Stage::LEAST_FREE);
    (Arc::new(health), databases, house.clock)
}

impl Gated {
    fn looks(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn what_was_found_holds_for_a_second() {
    let (health, databases, clock) = gated(9);
    let first = health.report().await;
    clock.advance(SECOND.saturating_sub(MOMENT));
    assert!(Arc::ptr_eq(&first, &health.report().await));
    assert!(health.ready().await.is_ok());
    assert_eq!(databases.looks(), 1);
    clock.advance(MOMENT);
    let second = health.report().await;
    assert_eq!((second.at, databases.looks()), (first.at.plus(SECOND), 2));
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_nothing_hold_for_ever() {
    let (health, databases, clock) = gated(9);
    let first = health.report().await;
    clock.set(first.at.minus(SECOND * 3600));
    assert_eq!(health.report().await.at, first.at.minus(SECOND * 3600));
    assert_eq!(databases.looks(), 2);
}

#[tokio::test]
async fn while_one_looks_everybody_else_is_told_what_was_found_before() {
    let (health, databases, clock) = gated(1);
    let first = health.report().await;
    clock.advance((SECOND * 5).saturating_sub(MOMENT));
    let looking = tokio::spawn({
        let health = health.clone();
        async move { health.report().await }
    });
    tokio::task::yield_now().await;
    assert_eq!(databases.looks(), 2);
    for _ in 0..3 {
        assert!(Arc::ptr_eq(&first, &health.report().await));
    }
    assert_eq!(databases.looks(), 2, "nobody else has looked");
    databases.answers.add_permits(1);
    let second = looking.await.unwrap();
    assert!(Arc::ptr_eq(&second, &health.report().await));
}

#[tokio::test]
async fn what_is_too_old_is_told_to_nobody_however_long_somebody_looks() {
    let (health, databases, clock) = gated(1);
    let first = health.report().await;
    clock.advance(SECOND * 5);
    let mut asking: Vec<_> = (0..2)
        .map(|_| {
            let health = health.clone();
            tokio::spawn(async move { health.report().await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(databases.looks(), 3, "both look for themselves");
    databases.answers.add_permits(2);
    for answer in asking.drain(..) {
        assert_eq!(answer.await.unwrap().at, first.at.plus(SECOND * 5));
    }
}

#[tokio::test]
async fn a_look_that_was_broken_off_leaves_the_turn_to_the_next() {
    let (health, databases, clock) = gated(1);
    let first = health.report().await;
    clock.advance(SECOND);
    let looking = tokio::spawn({
        let health = health.clone();
        async move { health.report().await }
    });
    tokio::task::yield_now().await;
    looking.abort();
    assert!(looking.await.unwrap_err().is_cancelled());
    databases.answers.add_permits(1);
    assert_eq!(health.report().await.at, first.at.plus(SECOND));
    assert_eq!(databases.looks(), 3);
}
