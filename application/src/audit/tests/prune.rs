//! What is old enough goes, if it holds.

use super::verify::{forged_anchors, signature};
use super::world::{Chain, DAY, aged, chained, flaw, head};
use crate::audit::ChainError;
use crate::document::Document;
use crate::fault::{Describe, FaultKind};
use crate::sealing::{DocumentKind, MockDocuments};
use crate::store::Proven;
use crate::testing::cast::{facts, stage};
use crate::testing::{Events, Stage, StagedWork, samples};
use domain::audit::{ActorRef, Anchor, EventKind, Link, Sequence, Trouble};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// What stands in the place of the beginning, and its signature.
type Anchored = Arc<Mutex<Option<(Anchor, String)>>>;

/// Events are kept for thirty days; these are there, after that anchor.
fn keeps(trail: Vec<Proven>, anchor: Option<(Anchor, String)>) -> (Stage, Chain, Anchored) {
    let (mut stage, chain) = chained(trail);
    stage.retention = Some(DAY * 30);
    let anchored = Arc::new(Mutex::new(anchor));
    let found = anchored.clone();
    stage.chain.expect_anchor().returning(move || Ok(found.lock().unwrap().clone()));
    (stage, chain, anchored)
}

/// A unit of work that removes what it is told to.
fn removes(stage: &Stage, chain: &Chain, anchored: &Anchored) -> (StagedWork, Events) {
    let mut work = stage.work();
    let (chain, anchored) = (chain.clone(), anchored.clone());
    work.chain.expect_lock().times(1).return_once(|| Ok(None));
    work.chain.expect_prune().times(1).return_once(move |anchor, signature| {
        *anchored.lock().unwrap() = Some((*anchor, signature.to_owned()));
        let mut chain = chain.lock().unwrap();
        let before = chain.len();
        chain.retain(|proven| proven.entry.sequence > anchor.sequence);
        Ok((before - chain.len()) as u64)
    });
    let events = work.keep_events();
    (work, events)
}

#[tokio::test]
async fn what_is_old_enough_goes_in_one_stretch_from_the_beginning_and_leaves_a_signed_anchor() {
    // The one that is younger, or just as old, ends the stretch, also where older ones come after it.
    let trail = aged([99, 99, 99, 40, 31, 30, 35]);
    let before = head(&trail[2]);
    let (mut stage, chain, anchored) = keeps(trail[3..].to_vec(), Some((before, signature(&before))));
    let (work, events) = removes(&stage, &chain, &anchored);
    let committed = work.committed();
    stage.begins([work]);
    let house = stage.open();
    assert_eq!(house.audit.prune().await.unwrap(), 2);
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "chain", "chain", "audit", "commit"]);
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_eq!((event.kind, event.actor), (EventKind::AuditPruned, ActorRef::System));
    assert_eq!(event.detail, facts(&[("count", "2"), ("through", "5")]));
    let (anchor, signed) = anchored.lock().unwrap().clone().unwrap();
    assert_eq!((anchor.sequence, anchor.link), (Sequence::new(5), trail[4].entry.link));
    let told = Document::read(house.documents.as_ref(), DocumentKind::AuditAnchor, &signed).unwrap();
    let link = crate::audit::hexadecimal(trail[4].entry.link.as_bytes());
    assert_eq!(told, json!({"at": "2025-06-15T15:06:40Z", "link": link, "sequence": 5}));
    let report = house.audit.verify(&[], |_| ()).await.unwrap();
    assert_eq!((report.anchor, report.outcome.unwrap().checked), (Some(Sequence::new(5)), 2));
}

#[tokio::test]
async fn many_old_events_go_five_hundred_at_a_time() {
    let (mut stage, chain, anchored) = keeps(aged((0..700).map(|_| 31)), None);
    let works = [0, 1].map(|_| removes(&stage, &chain, &anchored).0);
    stage.begins(works);
    let house = stage.open();
    assert_eq!(house.audit.prune().await.unwrap(), 700);
    let batch = ["begin", "chain", "chain", "audit", "commit"];
    assert_eq!(house.journal.steps(), [batch, batch].concat());
    assert!(chain.lock().unwrap().is_empty());
    assert_eq!(anchored.lock().unwrap().as_ref().unwrap().0.sequence, Sequence::new(700));
}

#[tokio::test]
async fn where_nothing_is_old_enough_or_events_are_kept_for_ever_nothing_is_begun() {
    let young = [keeps(Vec::new(), None).0, keeps(aged([30, 31]), None).0];
    for stage in young.into_iter().chain([stage()]) {
        let house = stage.open();
        assert_eq!(house.audit.prune().await.unwrap(), 0);
        assert!(house.journal.steps().is_empty());
    }
}

#[tokio::test]
async fn what_another_replica_has_just_removed_is_not_told_twice() {
    let (mut stage, ..) = keeps(aged([40]), None);
    let mut work = stage.work();
    work.chain.expect_lock().times(1).return_once(|| Ok(None));
    work.chain.expect_prune().times(1).return_once(|_, _| Ok(0));
    let committed = work.committed();
    stage.begins([work]);
    assert_eq!(stage.open().audit.prune().await.unwrap(), 0);
    assert!(!committed.happened());
}

/// No signature is made here, though genuine ones are known.
fn signs_nothing(stage: &mut Stage) {
    stage.documents = MockDocuments::new();
    stage
        .documents
        .expect_verify()
        .returning(|kind, text, signature| signature == samples::signature(kind, text));
}

#[tokio::test]
async fn where_an_old_event_does_not_hold_nothing_is_signed_and_nothing_removed() {
    type Change = fn(&mut Vec<Proven>);
    let changes: [(&str, Change, i64, Trouble); 7] = [
        ("altered", |trail| trail[2].entry.record.detail.push(' '), 3, Trouble::Altered),
        ("the last that would go", |trail| trail[3].entry.record.subject = None, 4, Trouble::Altered),
        ("made older", |trail| trail[4].entry.record.at = samples::NOW.minus(DAY * 99), 5, Trouble::Altered),
        ("linked otherwise", |trail| trail[1].entry.link = Link::new([7; 32]), 2, Trouble::Altered),
        ("contradicts itself", |trail| trail[1].entry.is_contradicted = true, 2, Trouble::Altered),
        ("taken out", |trail| drop(trail.remove(1)), 2, Trouble::Missing),
        ("taken off the beginning", |trail| drop(trail.remove(0)), 1, Trouble::Missing),
    ];
    for (what, change, number, trouble) in changes {
        let mut trail = aged([40, 40, 40, 40, 1, 1]);
        change(&mut trail);
        let (mut stage, ..) = keeps(trail, None);
        signs_nothing(&mut stage);
        let house = stage.open();
        let error = house.audit.prune().await.unwrap_err();
        assert!(
            matches!(error, ChainError::Flawed(found) if found == flaw(number, trouble)),
            "{what}: {error}"
        );
        assert_eq!(error.fault().kind, FaultKind::Internal);
        assert!(
            error.to_string().starts_with(&format!("the audit trail does not hold at number {number}: "))
        );
        assert!(house.journal.steps().is_empty(), "{what}: no unit of work was begun");
    }
}

#[tokio::test]
async fn after_an_anchor_that_was_forged_nothing_is_signed_and_nothing_removed() {
    let trail = aged([40; 8]);
    for (anchor, signature) in forged_anchors(&trail) {
        let rest = trail.iter().filter(|proven| proven.entry.sequence > anchor.sequence).cloned().collect();
        let (mut stage, ..) = keeps(rest, Some((anchor, signature)));
        signs_nothing(&mut stage);
        let house = stage.open();
        let error = house.audit.prune().await.unwrap_err();
        assert!(matches!(error, ChainError::ForgedAnchor), "{error}");
        assert_eq!(error.fault().kind, FaultKind::Internal);
        assert!(house.journal.steps().is_empty(), "no unit of work was begun");
    }
}
