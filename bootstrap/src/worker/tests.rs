use super::*;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

use domain::Timestamp;

const AT_ONCE: Rhythm = Rhythm { first: Duration::ZERO, then: Duration::from_millis(1) };

/// What was logged.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl Told {
    fn times(&self, text: &str) -> usize {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&told).matches(text).count()
    }
}

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

#[tokio::test]
async fn a_duty_goes_on_until_it_is_told_to_stop() {
    let (stop, stopping) = watch::channel(());
    let (mut stop, mut round) = (Some(stop), 0);
    rounds(AT_ONCE, stopping, || {
        round += 1;
        if round == 8 {
            stop.take();
        }
        async {}
    })
    .await;
    assert_eq!(round, 8);
}

#[tokio::test]
async fn told_to_stop_it_finishes_the_round_that_has_begun_and_begins_no_other() {
    let (stop, stopping) = watch::channel(());
    let (begun, has_begun) = oneshot::channel();
    let (finish, may_finish) = oneshot::channel();
    let (mut doors, finished) = (Some((begun, may_finish)), Rc::new(Cell::new(0)));
    let work = rounds(AT_ONCE, stopping, || {
        let (doors, finished) = (doors.take(), Rc::clone(&finished));
        async move {
            if let Some((begun, may_finish)) = doors {
                begun.send(()).unwrap();
                may_finish.await.unwrap();
            }
            finished.set(finished.get() + 1);
        }
    });
    let other = async {
        has_begun.await.unwrap();
        drop(stop);
        finish.send(()).unwrap();
    };
    tokio::join!(work, other);
    assert_eq!(finished.get(), 1);
}

#[test]
fn the_log_is_told_of_the_first_failure_and_of_the_end_of_all() {
    let told = Told::default();
    let writer = told.clone();
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(log);
    let board = Board::of([Duty::Settle], at(0));
    for round in 1..=8 {
        let fails = (2..=4).contains(&round) || round == 7;
        board.note(Duty::Settle, at(round), if fails { Err("no database".to_owned()) } else { Ok(()) });
    }
    assert_eq!((told.times("have ended does not work"), told.times("have ended works again")), (2, 2));
    assert_eq!(told.times("no database"), 2);
}

#[test]
fn the_board_says_since_when_a_duty_fails_and_why() {
    let board = Board::of([Duty::Sweep, Duty::Backup], at(0));
    board.note(Duty::Sweep, at(1), Ok(()));
    board.note(Duty::Sweep, at(2), Err("first".to_owned()));
    board.note(Duty::Sweep, at(3), Err("second".to_owned()));
    let failing = Failing { since: at(2), error: "second".to_owned() };
    let sweep = Standing { last_success: Some(at(1)), failing: Some(failing) };
    assert_eq!(board.read(), [(Duty::Sweep, sweep), (Duty::Backup, Standing::default())]);
    board.note(Duty::Sweep, at(4), Ok(()));
    assert_eq!(board.read()[0].1, Standing { last_success: Some(at(4)), failing: None });
}

#[test]
fn what_hangs_from_the_start_grows_old_from_the_start() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let told = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        let board = Board::of([Duty::Sweep, Duty::Backup], at(1_000));
        board.note(Duty::Sweep, at(2_000), Ok(()));
        board.note(Duty::Sweep, at(3_000), Err("no database".to_owned()));
    });
    let told = told.render();
    for line in [
        "xtrem_duty_last_success_timestamp_seconds{duty=\"backup\"} 1000",
        "xtrem_duty_last_success_timestamp_seconds{duty=\"sweep\"} 2000",
        "xtrem_duty_failures_total{duty=\"backup\"} 0",
        "xtrem_duty_failures_total{duty=\"sweep\"} 1",
    ] {
        assert!(told.lines().any(|found| found == line), "{line} is missing:\n{told}");
    }
}

#[test]
fn every_duty_has_a_slug_of_its_own_for_labels() {
    let mut slugs = Duty::ALL.map(Duty::slug);
    slugs.sort_unstable();
    assert!(slugs.windows(2).all(|pair| pair[0] != pair[1]), "{slugs:?}");
    assert!(slugs.iter().all(|slug| slug.chars().all(|c| c.is_ascii_lowercase() || c == '_')), "{slugs:?}");
}
