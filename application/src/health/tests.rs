mod caching;

use crate::disk::{Disk, MockDisks, Room};
use crate::fault::{Describe, FaultKind};
use crate::health::{Check, NotReady, Report};
use crate::store::{Half, MockStoreHealth, StoreError};
use crate::testing::cast::{gone, stage};
use crate::testing::{House, Stage, alarms, samples};
use std::time::Duration;

/// A service with which nothing is wrong.
fn well() -> Stage {
    let mut stage = stage();
    stage.keeps_well();
    stage
}

/// The databases answer that.
fn databases(stage: &mut Stage, broken: Option<Half>, missing: fn() -> Result<usize, StoreError>) {
    stage.health = MockStoreHealth::new();
    let ready = move |half| if Some(half) == broken { Err(gone()) } else { Ok(()) };
    stage.health.expect_ready().returning(ready);
    stage.health.expect_missing_migrations().returning(missing);
}

/// There is so much room in these places. Requests need neither log nor backups.
fn rooms(stage: &mut Stage, disks: &[(&'static str, Result<u64, &'static str>)]) {
    let disk = |&(place, free): &(&'static str, Result<u64, &str>)| {
        let room = free.map(|free| Room { free, size: Stage::LEAST_FREE * 8 });
        Disk { place, is_needed: !["log", "backup"].contains(&place), room: room.map_err(str::to_owned) }
    };
    let disks: Vec<Disk> = disks.iter().map(disk).collect();
    stage.disks = MockDisks::new();
    stage.disks.expect_look().returning(move || disks.clone());
}

/// What is wrong, and which check has found it.
fn troubles(report: &Report) -> Vec<(Check, &str)> {
    report.findings.iter().filter_map(|finding| Some((finding.check, finding.trouble.as_deref()?))).collect()
}

/// That check, and no other, says that.
async fn assert_only(stage: Stage, check: Check, text: &str) {
    let report = stage.open().health.report().await;
    let [(found, trouble)] = troubles(&report)[..] else { panic!("one trouble: {report:?}") };
    assert_eq!(found, check);
    assert!(trouble.contains(text), "{trouble}");
}

#[tokio::test]
async fn a_service_with_which_nothing_is_wrong_was_looked_at_everywhere() {
    let house = well().open();
    let report = house.health.report().await;
    assert_eq!(report.at, samples::NOW);
    assert_eq!(report.findings.iter().map(|finding| finding.check).collect::<Vec<_>>(), Check::ALL);
    assert!(report.is_well() && report.troubles().is_empty());
    assert!(house.health.ready().await.is_ok());
}

#[tokio::test]
async fn each_database_is_looked_at_by_itself() {
    for (half, check) in [(Half::Main, Check::MainDatabase), (Half::Vault, Check::Vault)] {
        let mut stage = well();
        databases(&mut stage, Some(half), || Ok(0));
        assert_only(stage, check, "the database is unavailable: gone").await;
    }
}

#[tokio::test]
async fn migrations_that_were_not_done_are_counted_and_what_does_them_is_said() {
    let mut stage = well();
    databases(&mut stage, None, || Ok(2));
    assert_only(stage, Check::Migrations, "2 of them: run `xtrem migrate`").await;
    let mut stage = well();
    databases(&mut stage, None, || Err(gone()));
    assert_only(stage, Check::Migrations, "gone").await;
}

#[tokio::test]
async fn without_a_key_that_signs_already_nobody_can_be_served() {
    let later = samples::NOW.plus(Duration::from_micros(1));
    for installed in [Vec::new(), vec![samples::signing_key(1, later)]] {
        let mut stage = well();
        stage.installed = installed;
        assert_only(stage, Check::SigningKey, "`xtrem keys rotate`").await;
    }
}

#[tokio::test]
async fn less_room_than_the_least_is_too_little_wherever_requests_have_something_written() {
    let least = Stage::LEAST_FREE;
    let mut enough = well();
    rooms(&mut enough, &[("data", Ok(least)), ("heads", Ok(u64::MAX))]);
    assert!(enough.open().health.report().await.is_well());
    let mut nothing_is_written = well();
    rooms(&mut nothing_is_written, &[]);
    assert!(nothing_is_written.open().health.report().await.is_well());
    let mut short = well();
    rooms(&mut short, &[("data", Ok(least - 1)), ("vault", Ok(least)), ("heads", Err("no such folder"))]);
    let text = "63 MiB are free where data is kept, and 64 are the least: make room there; \
                the room where heads is kept can't be seen: no such folder";
    assert_only(short, Check::DiskSpace, text).await;
}

#[tokio::test]
async fn a_log_or_a_backup_that_can_not_be_written_keeps_nobody_out() {
    let mut short = well();
    let places = [("data", Ok(Stage::LEAST_FREE)), ("log", Ok(0)), ("backup", Err("it hangs"))];
    rooms(&mut short, &places);
    let house = short.open();
    assert!(house.health.ready().await.is_ok());
    assert!(house.health.report().await.is_well());
}

#[tokio::test]
async fn whoever_asks_from_outside_learns_no_more_than_that_it_is_not_ready() {
    let mut stage = stage();
    stage.falls_ill();
    let error = stage.open().health.ready().await.unwrap_err();
    let NotReady::Troubled(why) = &error else { panic!("it is not leaving") };
    assert!(why.starts_with("main_database: ") && why.contains("; migrations: "), "{why}");
    let fault = error.fault();
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!((fault.kind, fault.code), (kind, "unavailable"));
    assert!(!fault.detail.contains("database") && !fault.detail.contains("gone"), "{}", fault.detail);
}

#[tokio::test]
async fn a_service_that_is_about_to_stop_says_so_and_looks_nowhere() {
    let house = stage().open();
    assert!(!house.health.is_leaving());
    house.health.leave();
    assert!(house.health.is_leaving());
    let error = house.health.ready().await.unwrap_err();
    assert!(matches!(error, NotReady::Leaving));
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!((error.fault().kind, error.fault().code), (kind, "unavailable"));
}

/// What is logged when the service is looked at a second later.
async fn told_a_second_later(house: &House) -> Vec<String> {
    house.clock.advance(Duration::from_secs(1));
    house.health.report().await;
    alarms::lines()
}

#[tokio::test]
async fn the_log_hears_once_that_something_is_wrong_and_once_that_it_is_over() {
    alarms::listen();
    let mut stage = well();
    let mut answers = [Ok(0), Err(gone()), Err(gone()), Ok(1), Ok(0), Ok(0)].into_iter();
    stage.health = MockStoreHealth::new();
    stage.health.expect_ready().returning(|_| Ok(()));
    stage.health.expect_missing_migrations().times(6).returning(move || answers.next().unwrap());
    let house = stage.open();
    assert!(told_a_second_later(&house).await.is_empty(), "that all is well at first is no news");
    let [line] = &told_a_second_later(&house).await[..] else { panic!("one line") };
    assert!(line.starts_with("WARN") && line.contains("not ready"), "{line}");
    assert!(line.contains("migrations: the database is unavailable: gone"), "{line}");
    assert!(told_a_second_later(&house).await.is_empty(), "the same check");
    assert!(told_a_second_later(&house).await.is_empty(), "the same check in other words");
    assert_eq!(told_a_second_later(&house).await, ["INFO message=ready again"]);
    assert!(told_a_second_later(&house).await.is_empty());
}
