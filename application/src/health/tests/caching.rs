//! How long what was found holds, and who looks.

use super::well;
use crate::clock::Clock;
use crate::disk::MockDisks;
use crate::health::{HealthService, Report};
use crate::store::{Backlog, Half, StoreError, StoreHealth};
use crate::testing::cast::gone;
use crate::testing::{FixedClock, Stage, alarms};
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, yield_now};

const SECOND: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_micros(1);

/// Databases that answer as often as the test lets them.
struct Gated {
    is_broken: AtomicBool,
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
        if self.is_broken.load(Ordering::SeqCst) { Err(gone()) } else { Ok(()) }
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
    let (is_broken, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let databases = Arc::new(Gated { is_broken, asked, answers: Semaphore::new(answers) });
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

/// Somebody who asks, and has come as far as they come without an answer of the databases.
async fn asks(health: &Arc<HealthService>) -> JoinHandle<Arc<Report>> {
    let health = health.clone();
    let asking = tokio::spawn(async move { health.report().await });
    yield_now().await;
    asking
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
    let looking = asks(&health).await;
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
async fn what_is_too_old_is_told_to_nobody_and_who_comes_waits_for_the_one_who_looks() {
    let (health, databases, clock) = gated(1);
    let first = health.report().await;
    clock.advance(SECOND * 5);
    let asking = [asks(&health).await, asks(&health).await, asks(&health).await];
    assert_eq!(databases.looks(), 2, "one looks for all of them");
    databases.answers.add_permits(1);
    for answer in asking {
        assert_eq!(answer.await.unwrap().at, first.at.plus(SECOND * 5));
    }
    assert_eq!(databases.looks(), 2);
}

#[tokio::test]
async fn however_many_ask_and_hang_up_one_at_a_time_looks_and_the_last_one_hears_it() {
    let (health, databases, clock) = gated(1);
    let first = health.report().await;
    clock.advance(SECOND * 5);
    let mut patient = asks(&health).await;
    for hung_up in 1..=10 {
        let next = asks(&health).await;
        patient.abort();
        assert!(patient.await.unwrap_err().is_cancelled());
        yield_now().await;
        assert_eq!(databases.looks(), 2 + hung_up, "the next looks, and only then");
        patient = next;
    }
    databases.answers.add_permits(1);
    assert_eq!(patient.await.unwrap().at, first.at.plus(SECOND * 5));
}

#[tokio::test]
async fn trouble_lasts_until_a_look_says_otherwise() {
    let (health, databases, clock) = gated(1);
    databases.is_broken.store(true, Ordering::SeqCst);
    let trouble = health.report().await;
    clock.advance(SECOND * 3600);
    let looking = asks(&health).await;
    assert!(Arc::ptr_eq(&trouble, &health.report().await), "told at once, while somebody looks");
    databases.is_broken.store(false, Ordering::SeqCst);
    databases.answers.add_permits(1);
    assert!(looking.await.unwrap().is_well());
    assert!(health.ready().await.is_ok());
}

#[tokio::test]
async fn who_neverhangs_up_finds_and_tells_it_while_others_keep_the_turn() {
    alarms::listen();
    let (health, databases, _) = gated(0);
    let hangs = asks(&health).await;
    databases.is_broken.store(true, Ordering::SeqCst);
    let looking = tokio::spawn({
        let health = health.clone();
        async move { health.look().await }
    });
    yield_now().await;
    assert_eq!(databases.looks(), 2, "it waits for nobody's turn");
    hangs.abort();
    databases.answers.add_permits(1);
    let found = looking.await.unwrap();
    let [line] = &alarms::lines()[..] else { panic!("one line") };
    assert!(line.contains("not ready") && !found.is_well(), "{line}");
    assert!(Arc::ptr_eq(&found, &health.report().await), "everybody hears it");
}

#[tokio::test]
async fn a_look_is_as_old_as_its_end_however_long_it_took() {
    let (health, databases, clock) = gated(0);
    let looking = asks(&health).await;
    clock.advance(SECOND * 4);
    databases.answers.add_permits(1);
    let found = looking.await.unwrap();
    assert!(Arc::ptr_eq(&found, &health.report().await));
    assert_eq!((found.at, databases.looks()), (clock.now(), 1));
}

#[tokio::test]
async fn a_look_that_was_broken_off_leaves_the_turn_to_the_next() {
    let (health, databases, clock) = gated(1);
    let first = health.report().await;
    clock.advance(SECOND);
    let looking = asks(&health).await;
    looking.abort();
    assert!(looking.await.unwrap_err().is_cancelled());
    databases.answers.add_permits(1);
    assert_eq!(health.report().await.at, first.at.plus(SECOND));
    assert_eq!(databases.looks(), 3);
}
