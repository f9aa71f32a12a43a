use crate::testing::cast::{gone, stage};
use crate::testing::{Committed, Stage, StagedWork, samples};
use domain::sessions::Channel;
use mockall::predicate::eq;
use std::time::Duration;

/// A unit of work that removes so many sessions of that channel.
fn sessions(stage: &Stage, channel: Channel, removed: u64) -> StagedWork {
    let mut work = stage.work();
    let lifetimes = stage.settings.lifetimes(channel);
    let (idle, age) = (samples::NOW.minus(lifetimes.idle), samples::NOW.minus(lifetimes.absolute));
    work.sessions
        .expect_sweep()
        .with(eq(channel), eq(idle), eq(age), eq(500))
        .times(1)
        .return_once(move |_, _, _, _| Ok(removed));
    work
}

/// A unit of work that removes so many counts at names that do not exist.
fn attempts(stage: &Stage, removed: u64) -> StagedWork {
    let mut work = stage.work();
    work.attempts
        .expect_sweep()
        .with(eq(samples::NOW.minus(Duration::from_hours(24))), eq(500))
        .times(1)
        .return_once(move |_, _| Ok(removed));
    work
}

/// A unit of work that removes so many links to set a password.
fn links(stage: &Stage, removed: u64) -> StagedWork {
    let mut work = stage.work();
    work.password_links
        .expect_sweep()
        .with(eq(samples::NOW), eq(500))
        .times(1)
        .return_once(move |_, _| Ok(removed));
    work
}

/// A unit of work that removes so many tickets for a person's own data.
fn tickets(stage: &Stage, removed: u64) -> StagedWork {
    let mut work = stage.work();
    work.export_tickets
        .expect_sweep()
        .with(eq(samples::NOW), eq(500))
        .times(1)
        .return_once(move |_, _| Ok(removed));
    work
}

#[tokio::test]
async fn a_sweep_goes_on_until_a_batch_is_not_full_and_commits_each_of_them() {
    let mut stage = stage();
    let works = [
        sessions(&stage, Channel::Api, 500),
        sessions(&stage, Channel::Api, 3),
        sessions(&stage, Channel::Web, 0),
        attempts(&stage, 500),
        attempts(&stage, 1),
        links(&stage, 2),
        tickets(&stage, 500),
        tickets(&stage, 4),
    ];
    let committed: Vec<_> = works.iter().map(StagedWork::committed).collect();
    stage.begins(works);
    assert_eq!(stage.open().sessions.sweep().await.unwrap(), 1510);
    assert!(committed.iter().all(Committed::happened));
}

#[tokio::test]
async fn a_sweep_ends_where_the_store_fails() {
    let mut stage = stage();
    let mut work = stage.work();
    work.sessions.expect_sweep().times(1).return_once(|_, _, _, _| Err(gone()));
    let committed = work.committed();
    stage.begins([work]);
    assert!(stage.open().sessions.sweep().await.is_err());
    assert!(!committed.happened());
}
