use super::*;
use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

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

#[tokio::test]
async fn a_duty_that_fails_goes_on_and_says_so_once() {
    let told = Told::default();
    let writer = told.clone();
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(log);
    let (stop, stopping) = watch::channel(());
    let (mut stop, mut round) = (Some(stop), 0);
    rounds(AT_ONCE, Health::of("resting"), stopping, || {
        round += 1;
        if round == 8 {
            stop.take();
        }
        let fails = (2..=4).contains(&round) || round == 7;
        async move { if fails { Err("no database".to_owned()) } else { Ok(()) } }
    })
    .await;
    assert_eq!(round, 8);
    assert_eq!((told.times("resting does not work"), told.times("resting works again")), (2, 2));
    assert_eq!(told.times("no database"), 2);
}

#[tokio::test]
async fn told_to_stop_it_finishes_the_round_that_has_begun_and_begins_no_other() {
    let (stop, stopping) = watch::channel(());
    let (begun, has_begun) = oneshot::channel();
    let (finish, may_finish) = oneshot::channel();
    let (mut doors, finished) = (Some((begun, may_finish)), Rc::new(Cell::new(0)));
    let work = rounds(AT_ONCE, Health::of("resting"), stopping, || {
        let (doors, finished) = (doors.take(), Rc::clone(&finished));
        async move {
            if let Some((begun, may_finish)) = doors {
                begun.send(()).unwrap();
                may_finish.await.unwrap();
            }
            finished.set(finished.get() + 1);
            Ok(())
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
