//! Units of work that share a commit: together where all goes well, and each for itself where it does not.

mod desk;

use super::Sharing;
use application::store::StoreError;
use desk::{LONG, asked_once, desk, put, say, unavailable, until_too_early};
use sqlx::{ConnectOptions, Connection};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use tokio::sync::oneshot;
use tokio::task::yield_now;

#[tokio::test]
async fn those_who_wait_share_one_commit() {
    let mut desk = desk().await;
    let first = desk.begin().await;
    let others = [desk.puts(2).await, desk.puts(3).await];
    put(first, 1).await.unwrap();
    for other in others {
        other.await.unwrap().unwrap();
    }
    assert_eq!(desk.numbers().await, [1, 2, 3]);
    // A beginning, three statements, two savepoints and one commit.
    assert_eq!(desk.writer.connections().statements_run(), 7);
}

#[tokio::test]
async fn whoever_meets_nobody_commits_at_once_and_by_themselves() {
    let mut desk = desk().await;
    put(desk.begin().await, 1).await.unwrap();
    assert_eq!(desk.numbers().await, [1]);
    assert_eq!(desk.writer.connections().statements_run(), 3);
}

#[tokio::test]
async fn nobody_is_told_before_all_of_it_is_committed() {
    let mut desk = desk().await;
    let (begun, has_begun) = oneshot::channel();
    let (go, may_go) = oneshot::channel();
    let first = desk.begin().await;
    let second = desk.queued(Sharing::Shared, |unit| async move {
        begun.send(()).unwrap();
        may_go.await.unwrap();
        put(unit, 2).await
    });
    let second = second.await;
    let first = tokio::spawn(put(first, 1));
    has_begun.await.unwrap();
    for _ in 0..20 {
        yield_now().await;
    }
    assert!(!first.is_finished());
    assert!(desk.numbers().await.is_empty());
    go.send(()).unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(desk.numbers().await, [1, 2]);
}

#[tokio::test]
async fn one_that_is_given_up_undoes_itself_and_none_of_its_neighbours() {
    let mut desk = desk().await;
    let first = desk.begin().await;
    let dropped = desk
        .queued(Sharing::Shared, |mut unit| async move { say(&mut unit, "INSERT INTO t VALUES (2)").await })
        .await;
    let third = desk.puts(3).await;
    put(first, 1).await.unwrap();
    dropped.await.unwrap().unwrap();
    third.await.unwrap().unwrap();
    assert_eq!(desk.numbers().await, [1, 3]);
}

#[tokio::test]
async fn one_that_fails_undoes_itself_and_none_of_its_neighbours() {
    let mut desk = desk().await;
    let first = desk.begin().await;
    let failed = desk.queued(Sharing::Shared, |mut unit| async move {
        say(&mut unit, "INSERT INTO t VALUES (2)").await.unwrap();
        let taken = say(&mut unit, "INSERT INTO t VALUES (1)").await;
        assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
        assert!(say(&mut unit, "INSERT INTO t VALUES (4)").await.is_err());
        unit.commit(Box::new(|_| {})).await
    });
    let (failed, third) = (failed.await, desk.puts(3).await);
    put(first, 1).await.unwrap();
    assert!(matches!(failed.await.unwrap(), Err(StoreError::Broken(_))));
    third.await.unwrap().unwrap();
    assert_eq!(desk.numbers().await, [1, 3]);
}

#[tokio::test]
async fn whoever_hangs_up_in_the_middle_of_a_statement_takes_nothing_from_the_others() {
    until_too_early(async || {
        let mut desk = desk().await;
        let mut first = desk.begin().await;
        // Known to this connection only.
        say(&mut first, "CREATE TEMP TABLE mine (n INTEGER)").await.unwrap();
        let gone = desk.queued(Sharing::Shared, |mut unit| async move {
            say(&mut unit, "INSERT INTO t VALUES (2)").await.unwrap();
            asked_once(say(&mut unit, LONG))
        });
        let (gone, third) = (gone.await, desk.puts(3).await);
        put(first, 1).await.unwrap();
        let one_of_many = gone.await.unwrap();
        third.await.unwrap().unwrap();
        assert_eq!(desk.numbers().await, [1, 3]);
        let mut alone = desk.begin().await;
        let one_alone = asked_once(say(&mut alone, LONG));
        drop(alone);
        let mut last = desk.begin().await;
        say(&mut last, "INSERT INTO mine VALUES (1)").await.expect("the connection was kept");
        put(last, 4).await.unwrap();
        assert_eq!(desk.numbers().await, [1, 3, 4]);
        one_of_many && one_alone
    })
    .await;
}

#[tokio::test]
async fn whoever_hangs_up_while_passing_the_turn_on_is_committed_with_the_others() {
    let mut desk = desk().await;
    let mut first = desk.begin().await;
    say(&mut first, "INSERT INTO t VALUES (1)").await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let then = |told: &Arc<Mutex<Vec<bool>>>| {
        let told = Arc::clone(told);
        Box::new(move |is_committed| told.lock().unwrap().push(is_committed))
    };
    let second = then(&told);
    // Once with a savepoint behind it and once without.
    let second = desk.queued(Sharing::Shared, |mut unit| async move {
        say(&mut unit, "INSERT INTO t VALUES (2)").await.unwrap();
        assert!(asked_once(unit.commit(second)));
    });
    let (second, third) = (second.await, desk.puts(3).await);
    put(first, 11).await.unwrap();
    second.await.unwrap();
    third.await.unwrap().unwrap();
    let mut first = desk.begin().await;
    say(&mut first, "INSERT INTO t VALUES (4)").await.unwrap();
    let last = desk.puts(5).await;
    assert!(asked_once(first.commit(then(&told))));
    last.await.unwrap().unwrap();
    assert_eq!(*told.lock().unwrap(), [true, true], "what was to follow has followed");
    assert_eq!(desk.numbers().await, [1, 2, 3, 4, 5, 11]);
}

#[tokio::test]
async fn whoever_hangs_up_while_waiting_for_the_commit_is_committed_all_the_same() {
    let mut desk = desk().await;
    let mut alone = desk.begin().await;
    say(&mut alone, "INSERT INTO t VALUES (1)").await.unwrap();
    assert!(asked_once(alone.commit(Box::new(|_| {}))));
    put(desk.begin().await, 2).await.unwrap();
    assert_eq!(desk.numbers().await, [1, 2]);
}

#[tokio::test]
async fn a_commit_that_fails_has_failed_for_all() {
    let mut desk = desk().await;
    let first = desk.begin().await;
    let orphan = desk.queued(Sharing::Shared, |mut unit| async move {
        say(&mut unit, "INSERT INTO child VALUES (99)").await.unwrap();
        unit.commit(Box::new(|_| {})).await
    });
    let orphan = orphan.await;
    let onlooker = desk.queued(Sharing::Shared, |mut unit| async move {
        say(&mut unit, "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING").await.unwrap();
        unit.commit(Box::new(|_| {})).await
    });
    let onlooker = onlooker.await;
    assert!(put(first, 1).await.is_err());
    assert!(orphan.await.unwrap().is_err());
    assert!(onlooker.await.unwrap().is_err(), "also for who has only seen what the others did");
    put(desk.begin().await, 2).await.unwrap();
    assert_eq!(desk.numbers().await, [2]);
}

#[tokio::test]
async fn an_error_that_ends_the_transaction_is_told_to_everybody_in_it() {
    let mut desk = desk().await;
    let mut first = desk.begin().await;
    say(&mut first, "PRAGMA max_page_count = 50").await.unwrap();
    let full = desk.queued(Sharing::Shared, |mut unit| async move {
        say(&mut unit, "INSERT INTO big VALUES (zeroblob(1000000))").await
    });
    let (full, third) = (full.await, desk.puts(3).await);
    unavailable(&put(first, 1).await);
    unavailable(&full.await.unwrap());
    third.await.unwrap().unwrap();
    assert_eq!(desk.numbers().await, [3]);
}

#[tokio::test]
async fn a_transaction_that_has_gone_without_a_word_is_told_to_everybody_in_it() {
    for another_waits in [false, true] {
        let mut desk = desk().await;
        let first = desk.begin().await;
        let second = desk.queued(Sharing::Shared, |mut unit| async move {
            say(&mut unit, "ROLLBACK").await.unwrap();
            unit.commit(Box::new(|_| {})).await
        });
        let second = second.await;
        let third = if another_waits { Some(desk.puts(3).await) } else { None };
        assert!(put(first, 1).await.is_err());
        assert!(second.await.unwrap().is_err());
        if let Some(third) = third {
            third.await.unwrap().unwrap();
        }
        assert_eq!(desk.numbers().await, if another_waits { vec![3] } else { vec![] });
    }
}

#[tokio::test]
async fn whoever_does_not_share_sees_only_what_is_on_disk() {
    let desk = desk().await;
    let first = desk.begin().await;
    let options = desk.writer.connections().options().clone();
    let alone = desk.queued(Sharing::Alone, move |unit| async move {
        let mut outside = options.connect().await.unwrap();
        let on_disk: i64 =
            sqlx::query_scalar("SELECT count(*) FROM t").fetch_one(&mut outside).await.unwrap();
        outside.close().await.unwrap();
        put(unit, 2).await.unwrap();
        on_disk
    });
    let alone = alone.await;
    put(first, 1).await.unwrap();
    assert_eq!(alone.await.unwrap(), 1);
}

#[tokio::test]
async fn what_follows_is_done_before_the_answer_and_knows_the_outcome() {
    let desk = desk().await;
    for (statement, expected) in
        [("INSERT INTO t VALUES (1)", true), ("INSERT INTO child VALUES (99)", false)]
    {
        let told = Arc::new(Mutex::new(None));
        let then = Arc::clone(&told);
        let mut unit = desk.begin().await;
        say(&mut unit, statement).await.unwrap();
        let then = Box::new(move |is_committed| *then.lock().unwrap() = Some(is_committed));
        assert_eq!(unit.commit(then).await.is_ok(), expected);
        assert_eq!(*told.lock().unwrap(), Some(expected));
    }
}

#[tokio::test]
async fn whoever_gives_up_waiting_is_passed_over_and_nobody_waits_for_them() {
    let mut desk = desk().await;
    let first = desk.begin().await;
    assert!(asked_once(desk.writer.begin(Sharing::Shared)));
    put(first, 1).await.unwrap();
    // And one to whom the turn was given, and who has not seen it yet.
    let first = desk.begin().await;
    {
        let mut late = pin!(desk.writer.begin(Sharing::Shared));
        assert!(late.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let first = tokio::spawn(put(first, 2));
        while desk.waiting() > 0 {
            yield_now().await;
        }
        assert!(!first.is_finished());
        // Dropped here, with the turn in its hands.
    }
    put(desk.begin().await, 3).await.unwrap();
    assert_eq!(desk.numbers().await, [1, 2, 3]);
}

#[tokio::test]
async fn a_group_does_not_grow_without_end() {
    let mut desk = desk().await;
    let first = desk.begin().await;
    let mut others = Vec::new();
    for number in 2..=70 {
        others.push(desk.puts(number).await);
    }
    put(first, 1).await.unwrap();
    for other in others {
        other.await.unwrap().unwrap();
    }
    assert_eq!(desk.numbers().await.len(), 70);
    // Each has its own statement, and what comes before it; the rest are commits.
    assert!(desk.writer.connections().statements_run() >= 70 + 70 + 2);
}
