use super::installation;
use crate::store::{HourlyCount, Instance, StoreError};
use crate::testing::cast::{gone, stage};
use crate::testing::{Committed, Stage, StagedWork, samples};
use domain::Timestamp;
use domain::audit::EventKind;
use mockall::predicate::eq;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);
/// How long after its end an hour is closed.
const SETTLED: Duration = Duration::from_mins(5);
/// An overview shows thirty days; a day more is kept.
const KEPT: Duration = Duration::from_hours(31 * 24);
const COUNTED: [EventKind; 5] = [
    EventKind::UserSignedUp,
    EventKind::UserCreated,
    EventKind::FirstAdministratorCreated,
    EventKind::LoggedIn,
    EventKind::LogInFailed,
];

/// The hour that is going on when every stage begins.
fn present() -> Timestamp {
    samples::NOW.floor(HOUR)
}

/// The clock shows so much of the present hour; the counts of hours up to that one are stored.
fn at(past: Duration, latest: Option<Timestamp>) -> Stage {
    let mut stage = stage();
    stage.clock.set(present().plus(past));
    stage.statistics.expect_latest_hour().times(1).return_once(move || Ok(latest));
    stage
}

/// Every kind of event was there seven times in that hour.
fn counts(stage: &mut Stage, hour: Timestamp) {
    for kind in COUNTED {
        stage
            .statistics
            .expect_count()
            .with(eq(kind), eq(hour), eq(hour.plus(HOUR)))
            .times(1)
            .return_once(|_, _, _| Ok(7));
    }
}

/// A unit of work that stores what it is given, and drops what is too old at that moment.
fn keeps(stage: &Stage, now: Timestamp) -> (StagedWork, Arc<Mutex<Vec<HourlyCount>>>) {
    let mut work = stage.work();
    let kept: Arc<Mutex<Vec<HourlyCount>>> = Arc::default();
    let put = kept.clone();
    work.statistics.expect_put().returning(move |count| {
        put.lock().unwrap().push(*count);
        Ok(())
    });
    work.statistics.expect_sweep().with(eq(now.minus(KEPT))).times(1).return_once(|_| Ok(0));
    (work, kept)
}

#[tokio::test]
async fn an_hour_is_closed_once_when_nothing_that_began_in_it_can_still_be_going_on() {
    let before = present().minus(HOUR);
    let mut stage = at(SETTLED, Some(before.minus(HOUR)));
    counts(&mut stage, before);
    let (work, kept) = keeps(&stage, present().plus(SETTLED));
    let committed = work.committed();
    stage.begins([work]);
    assert_eq!(stage.open().admin.count_hours().await.unwrap(), 1);
    assert!(committed.happened());
    let expected = COUNTED.map(|kind| HourlyCount { hour: before, kind, count: 7 });
    assert_eq!(*kept.lock().unwrap(), expected);
}

#[tokio::test]
async fn an_hour_that_is_closed_or_not_over_for_long_enough_is_left_alone() {
    let before = present().minus(HOUR);
    let moment = Duration::from_micros(1);
    for (past, latest) in
        [(SETTLED.saturating_sub(moment), before.minus(HOUR)), (SETTLED, before), (HOUR, before)]
    {
        let house = at(past, Some(latest)).open();
        assert_eq!(house.admin.count_hours().await.unwrap(), 0);
        assert!(house.journal.steps().is_empty());
    }
}

#[tokio::test]
async fn hours_that_nobody_counted_are_made_up_for_each_in_a_unit_of_work_of_its_own() {
    let mut stage = at(SETTLED, None);
    let created_at = present().minus(HOUR * 3).plus(Duration::from_mins(20));
    stage
        .instance
        .expect_find()
        .times(1)
        .return_once(move || Ok(Some(Instance { created_at, ..installation(true) })));
    let hours = [3, 2, 1].map(|back| present().minus(HOUR * back));
    let works = hours.map(|hour| {
        counts(&mut stage, hour);
        keeps(&stage, present().plus(SETTLED)).0
    });
    let committed = works.each_ref().map(StagedWork::committed);
    stage.begins(works);
    assert_eq!(stage.open().admin.count_hours().await.unwrap(), 3, "from the hour in which it was made");
    assert!(committed.iter().all(Committed::happened));
}

#[tokio::test]
async fn what_no_overview_would_show_is_not_made_up_for() {
    let oldest = present().minus(KEPT);
    let mut stage = at(SETTLED, Some(oldest.minus(HOUR * 50)));
    let hours: Vec<Timestamp> = (0..31 * 24).map(|number| oldest.plus(HOUR * number)).collect();
    let works: Vec<StagedWork> = hours
        .iter()
        .map(|hour| {
            counts(&mut stage, *hour);
            keeps(&stage, present().plus(SETTLED)).0
        })
        .collect();
    stage.begins(works);
    assert_eq!(stage.open().admin.count_hours().await.unwrap(), 31 * 24);
}

#[tokio::test]
async fn an_hour_that_could_not_be_stored_stays_open() {
    let mut stage = at(SETTLED, Some(present().minus(HOUR * 2)));
    counts(&mut stage, present().minus(HOUR));
    let (mut work, _) = keeps(&stage, present().plus(SETTLED));
    work.refuse_commit(gone());
    stage.begins([work]);
    assert!(matches!(stage.open().admin.count_hours().await, Err(StoreError::Unavailable(_))));
}
