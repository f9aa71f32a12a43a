use super::*;
use crate::instruments::tests::counted;
use metrics_util::debugging::DebuggingRecorder;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::pin::pin;
use std::task::{Context, Waker};

/// So many that never grow tired of waiting.
fn connections(limit: u32) -> Arc<Connections<SqliteConnection>> {
    let (patience, bound) = (Duration::MAX, Duration::MAX);
    let care = Care { limit, patience, bound, doubt_after: None, replace_after: None };
    Connections::new(Pool { database: Schema::Main, role: "reader" }, SqliteConnectOptions::new(), care)
}

#[tokio::test]
async fn a_wait_that_is_given_up_is_measured() {
    let recorder = DebuggingRecorder::new();
    let connections = metrics::with_local_recorder(&recorder, || connections(0));
    let waits = || counted(&recorder).into_values().sum::<u64>();
    {
        let mut waiting = pin!(connections.hold());
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(waits(), 0);
    }
    assert_eq!(waits(), 1);
}
