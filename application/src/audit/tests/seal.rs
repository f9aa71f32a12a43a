//! Events are joined to the chain, and only what was written by whoever has the key holds there.

use super::world::{chained, flaw, trail, waiting};
use crate::store::{Proven, StoreError, Waiting};
use crate::testing::cast::{gone, stage};
use crate::testing::{Stage, StagedWork, alarms, samples};
use domain::audit::{Flaw, Link, Sequence, Trouble};
use mockall::predicate::eq;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// So many events that wait, the earliest first.
fn events(count: u8) -> Vec<Waiting> {
    trail(count).iter().map(waiting).collect()
}

/// Whether events wait is asked so often, and answered like that.
fn waits(stage: &mut Stage, answers: impl IntoIterator<Item = bool>) {
    let answers: VecDeque<bool> = answers.into_iter().collect();
    let count = answers.len();
    let answers = Mutex::new(answers);
    stage
        .chain
        .expect_is_waiting()
        .times(count)
        .returning(move || Ok(answers.lock().unwrap().pop_front().unwrap_or_default()));
}

/// A unit of work that has the turn at that end of the chain, and finds these waiting.
fn joining(stage: &Stage, end: Option<(Sequence, Link)>, found: Vec<Waiting>) -> StagedWork {
    let mut work = stage.work();
    let (turn, read, joined) = (stage.journal.clone(), stage.journal.clone(), stage.journal.clone());
    work.chain.expect_lock().times(1).return_once(move || {
        turn.note("turn");
        Ok(end)
    });
    let joins = !found.is_empty();
    work.chain.expect_waiting().with(eq(100)).times(1).return_once(move |_| {
        read.note("waiting");
        Ok(found)
    });
    if joins {
        work.chain.expect_join().times(1).returning(move |_| {
            joined.note("join");
            Ok(())
        });
    }
    work
}

#[tokio::test]
async fn where_nothing_waits_nothing_is_begun() {
    let mut stage = stage();
    waits(&mut stage, [false]);
    let house = stage.open();
    assert_eq!(house.audit.seal().await.unwrap(), 0);
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn each_event_is_linked_to_the_one_before_and_the_first_to_the_end_that_there_was() {
    let whole = trail(8);
    for begun in [0, 5] {
        let mut stage = stage();
        stage.digests();
        waits(&mut stage, [true]);
        let end = whole[..begun].last().map(|last| (last.entry.sequence, last.entry.link));
        let found = whole[begun..].iter().map(waiting).collect();
        let mut work = stage.work();
        work.chain.expect_lock().times(1).return_once(move || Ok(end));
        work.chain.expect_waiting().times(1).return_once(|_| Ok(found));
        let expected: Vec<_> = whole[begun..]
            .iter()
            .map(|proven| (proven.entry.record.id, proven.entry.sequence, proven.entry.link))
            .collect();
        work.chain.expect_join().withf(move |links| links == expected).times(1).return_once(|_| Ok(()));
        let committed = work.committed();
        stage.begins([work]);
        assert_eq!(stage.open().audit.seal().await.unwrap(), 8 - begun as u64);
        assert!(committed.happened());
    }
}

#[tokio::test]
async fn the_turn_is_taken_before_anything_is_read_and_each_batch_is_committed() {
    let mut stage = stage();
    stage.digests();
    waits(&mut stage, [true, true]);
    let end = trail(100)[99].entry.link;
    let works =
        [joining(&stage, None, events(100)), joining(&stage, Some((Sequence::new(100), end)), events(3))];
    stage.begins(works);
    let house = stage.open();
    assert_eq!(house.audit.seal().await.unwrap(), 103);
    let batch = ["begin", "chain", "turn", "chain", "waiting", "chain", "join", "commit"];
    assert_eq!(house.journal.steps(), [batch, batch].concat());
}

#[tokio::test]
async fn who_comes_second_finds_nothing_left_and_commits_nothing() {
    let mut stage = stage();
    stage.digests();
    waits(&mut stage, [true]);
    let work = joining(&stage, Some((Sequence::new(4), Link::NONE)), Vec::new());
    let committed = work.committed();
    stage.begins([work]);
    assert_eq!(stage.open().audit.seal().await.unwrap(), 0);
    assert!(!committed.happened());
}

#[tokio::test]
async fn a_store_that_is_gone_is_told() {
    let mut stage = stage();
    stage.digests();
    waits(&mut stage, [true]);
    let mut work = joining(&stage, None, events(1));
    work.refuse_commit(gone());
    stage.begins([work]);
    assert!(matches!(stage.open().audit.seal().await, Err(StoreError::Unavailable(_))));
}

/// These are joined to an empty chain, one batch after the other; what the chain is then, as a check finds it.
async fn joined(found: Vec<Waiting>) -> Result<u64, Flaw> {
    let mut stage = stage();
    stage.digests();
    waits(&mut stage, [true]);
    let mut work = stage.work();
    let (links, records) = (Arc::new(Mutex::new(Vec::new())), found.clone());
    let kept = links.clone();
    work.chain.expect_lock().times(1).return_once(|| Ok(None));
    work.chain.expect_waiting().times(1).return_once(|_| Ok(found));
    work.chain.expect_join().times(1).returning(move |links| {
        kept.lock().unwrap().extend_from_slice(links);
        Ok(())
    });
    let committed = work.committed();
    stage.begins([work]);
    assert_eq!(stage.open().audit.seal().await.unwrap(), records.len() as u64, "each gets its place");
    assert!(committed.happened());
    let links = links.lock().unwrap().clone();
    let chain: Vec<Proven> = records
        .into_iter()
        .zip(links)
        .zip(trail(100))
        .map(|((Waiting { record, .. }, (id, sequence, link)), mut proven)| {
            assert_eq!(record.id, id);
            (proven.entry.record, proven.entry.previous) = (record, None);
            (proven.entry.sequence, proven.entry.link) = (sequence, link);
            proven
        })
        .collect();
    let (mut stage, _) = chained(chain);
    stage.chain.expect_anchor().returning(|| Ok(None));
    let report = stage.open().audit.verify(&[], |_| ()).await.unwrap();
    report.outcome.map(|verdict| verdict.checked)
}

#[tokio::test]
async fn what_nobody_with_the_key_has_written_gets_a_place_at_which_every_check_stops() {
    type Forgery = fn(&mut Waiting);
    let forgeries: [(&str, Forgery); 7] = [
        ("without a mark", |waiting| waiting.mark = None),
        ("with the mark of nothing", |waiting| waiting.mark = Some(Link::NONE)),
        ("with any mark", |waiting| waiting.mark = Some(Link::new([7; 32]))),
        ("with the mark of another", |waiting| waiting.mark = events(9)[8].mark),
        ("with the link that it would have", |waiting| {
            let form = waiting.record.canonical(Sequence::new(4), &trail(3)[2].entry.link);
            waiting.mark = Some(samples::link(&form));
        }),
        ("altered since", |waiting| waiting.record.detail.push(' ')),
        ("moved since", |waiting| waiting.record.at = samples::NOW.minus(super::world::DAY)),
    ];
    assert_eq!(joined(events(8)).await, Ok(8));
    for (what, forge) in forgeries {
        let mut found = events(8);
        forge(&mut found[3]);
        alarms::listen();
        assert_eq!(joined(found.clone()).await, Err(flaw(4, Trouble::Altered)), "{what}");
        let heard = alarms::heard();
        let id = found[3].record.id.to_string();
        assert_eq!(heard.len(), 1, "{what}: {heard:?}");
        assert!(heard[0].contains(&id) && heard[0].contains("sequence=4"), "{what}: {heard:?}");
    }
}

#[tokio::test]
async fn a_chain_that_was_wound_back_is_told_when_it_is_carried_on() {
    let whole = trail(8);
    for (back, is_told) in [(8, false), (6, true)] {
        let mut stage = stage();
        stage.digests();
        waits(&mut stage, [true, true]);
        let end = whole[back - 1].entry.clone();
        let works =
            [joining(&stage, None, events(8)), joining(&stage, Some((end.sequence, end.link)), events(1))];
        stage.begins(works);
        let house = stage.open();
        alarms::listen();
        house.audit.seal().await.unwrap();
        house.audit.seal().await.unwrap();
        let heard = alarms::heard();
        assert_eq!(heard.len(), usize::from(is_told), "{heard:?}");
        assert!(
            heard.iter().all(|alarm| alarm.contains("wound back") && alarm.contains("end=6")),
            "{heard:?}"
        );
    }
}
