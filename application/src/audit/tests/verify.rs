//! The database checks itself.

use super::world::{chained, flaw, head, trail};
use crate::audit::line::hexadecimal;
use crate::audit::{Report, VerifyError};
use crate::document::Document;
use crate::sealing::DocumentKind;
use crate::store::Proven;
use crate::testing::{House, Stage, samples};
use domain::audit::{Anchor, Flaw, Head, Link, Sequence, Trouble};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Heads, signed as a house signs what it publishes.
fn signed(house: &House, kind: DocumentKind, head: &Head) -> String {
    let link = hexadecimal(head.link.as_bytes());
    let data = json!({"at": "2025-06-15T15:06:40Z", "link": link, "sequence": head.sequence.number()});
    Document::sign(house.documents.as_ref(), kind, &data).as_str().to_owned()
}

/// The signature of an anchor.
pub(super) fn signature(anchor: &Anchor) -> String {
    signed(&super::world::verifier(), DocumentKind::AuditAnchor, anchor)
}

/// What stands in the place of the beginning, signed.
pub(super) fn anchored(stage: &mut Stage, anchor: Anchor) {
    let signature = signature(&anchor);
    stage.chain.expect_anchor().returning(move || Ok(Some((anchor, signature.clone()))));
}

/// What the house says of its own chain, and how far it said that it was.
async fn report(stage: Stage, heads: &[Head]) -> (Report, Vec<u64>) {
    let progress = Arc::new(Mutex::new(Vec::new()));
    let told = progress.clone();
    let report =
        stage.open().audit.verify(heads, move |so_far| told.lock().unwrap().push(so_far)).await.unwrap();
    let progress = progress.lock().unwrap().clone();
    (report, progress)
}

/// How many events hold, or where they first do not, where nothing was removed.
async fn outcome(trail: Vec<Proven>, heads: &[Head]) -> Result<u64, Flaw> {
    let (mut stage, _) = chained(trail);
    stage.chain.expect_anchor().returning(|| Ok(None));
    report(stage, heads).await.0.outcome.map(|verdict| verdict.checked)
}

/// As a database has it: no event says itself what it follows from.
fn stored(length: u8) -> Vec<Proven> {
    let mut trail = trail(length);
    for proven in &mut trail {
        proven.entry.previous = None;
    }
    trail
}

#[tokio::test]
async fn a_chain_that_nobody_touched_holds_and_is_held_against_every_head() {
    let trail = stored(12);
    let heads = [head(&trail[2]), head(&trail[11])];
    let (mut stage, _) = chained(trail.clone());
    stage.chain.expect_anchor().returning(|| Ok(None));
    let (report, progress) = report(stage, &heads).await;
    let verdict = report.outcome.unwrap();
    assert_eq!((verdict.checked, verdict.last), (12, Sequence::new(12)));
    assert_eq!((verdict.link, report.anchor, report.heads), (trail[11].entry.link, None, 2));
    assert_eq!(progress, [12]);
    assert_eq!(outcome(Vec::new(), &[]).await, Ok(0));
}

#[tokio::test]
async fn a_long_chain_is_read_in_stretches() {
    let mut trail = stored(250);
    let mut previous = trail[249].entry.link;
    for number in 251..=501 {
        let mut proven = trail[249].clone();
        proven.entry.sequence = Sequence::new(number);
        proven.entry.link = samples::link(&proven.entry.record.canonical(proven.entry.sequence, &previous));
        previous = proven.entry.link;
        trail.push(proven);
    }
    let (mut stage, _) = chained(trail);
    stage.chain.expect_anchor().returning(|| Ok(None));
    let (report, progress) = report(stage, &[]).await;
    assert_eq!(report.outcome.unwrap().checked, 501);
    assert_eq!(progress, [500, 501]);
}

#[tokio::test]
async fn what_was_changed_deleted_or_contradicts_itself_is_found_at_its_number() {
    let mut changed = stored(12);
    changed[6].entry.record.detail.push(' ');
    assert_eq!(outcome(changed, &[]).await, Err(flaw(7, Trouble::Altered)));
    let mut deleted = stored(12);
    deleted.remove(6);
    assert_eq!(outcome(deleted, &[]).await, Err(flaw(7, Trouble::Missing)));
    let mut contradicted = stored(12);
    contradicted[6].event = None;
    contradicted[6].entry.is_contradicted = true;
    assert_eq!(outcome(contradicted, &[]).await, Err(flaw(7, Trouble::Altered)));
}

#[tokio::test]
async fn the_last_events_are_missed_where_the_store_or_a_head_knows_of_them() {
    let trail = stored(12);
    let heads = [head(&trail[11])];
    assert_eq!(outcome(trail[..8].to_vec(), &[]).await, Ok(8), "nobody knows of them");
    assert_eq!(outcome(trail[..8].to_vec(), &heads).await, Err(flaw(9, Trouble::Missing)));

    for (end, expected) in [
        (heads[0], flaw(9, Trouble::Missing)),
        (Head { link: Link::new([9; 32]), ..head(&trail[7]) }, flaw(8, Trouble::Rewritten)),
    ] {
        let mut stage = crate::testing::cast::stage();
        stage.digests();
        let found = trail[..8].to_vec();
        stage.chain.expect_anchor().returning(|| Ok(None));
        stage.chain.expect_entries().returning(move |after, _| {
            Ok(found.iter().filter(|proven| proven.entry.sequence > after).cloned().collect())
        });
        stage.chain.expect_end().returning(move || Ok(Some((end.sequence, end.link))));
        assert_eq!(report(stage, &[]).await.0.outcome, Err(expected));
    }
}

#[tokio::test]
async fn what_follows_a_signed_anchor_holds() {
    let trail = stored(12);
    let anchor = head(&trail[4]);
    let heads = [head(&trail[2]), head(&trail[11])];
    for (found, expected) in [(&trail[5..], Ok(7)), (&trail[6..], Err(flaw(6, Trouble::Missing)))] {
        let (mut stage, _) = chained(found.to_vec());
        anchored(&mut stage, anchor);
        let (report, _) = report(stage, &heads).await;
        assert_eq!(report.anchor, Some(Sequence::new(5)));
        assert_eq!(report.outcome.map(|verdict| verdict.checked), expected);
    }
}

#[tokio::test]
async fn where_the_beginning_is_removed_while_it_is_followed_it_is_followed_again() {
    let trail = stored(12);
    let anchor = head(&trail[4]);
    let signature = signature(&anchor);
    let (mut stage, _) = chained(trail[5..].to_vec());
    let mut anchors = [None, Some((anchor, signature.clone())), Some((anchor, signature))].into_iter();
    stage.chain.expect_anchor().times(2..).returning(move || Ok(anchors.next().unwrap()));
    let (report, _) = report(stage, &[]).await;
    assert_eq!(report.anchor, Some(Sequence::new(5)));
    assert_eq!(report.outcome.map(|verdict| verdict.checked), Ok(7));
}

/// Anchors after the fifth event or the sixth, each with a signature that is not its own.
pub(super) fn forged_anchors(trail: &[Proven]) -> Vec<(Anchor, String)> {
    let (told, other) = (head(&trail[4]), head(&trail[5]));
    let house = super::world::verifier();
    let genuine = signed(&house, DocumentKind::AuditAnchor, &told);
    vec![
        (other, genuine.clone()),
        (Anchor { link: Link::new([1; 32]), ..told }, genuine.clone()),
        (told, signed(&house, DocumentKind::AuditHead, &told)),
        (told, genuine.replace("\"sequence\":5", "\"sequence\":6")),
        (told, genuine.replacen('{', "{\"data\":{},", 1)),
        (told, String::new()),
    ]
}

#[tokio::test]
async fn an_anchor_that_was_not_signed_as_one_is_forged() {
    let trail = stored(12);
    for (anchor, signature) in forged_anchors(&trail) {
        let (mut stage, _) = chained(trail[5..].to_vec());
        stage.chain.expect_anchor().returning(move || Ok(Some((anchor, signature.clone()))));
        let answer = stage.open().audit.verify(&[], |_| ()).await;
        assert!(matches!(answer, Err(VerifyError::ForgedAnchor)), "{answer:?}");
    }
}

#[tokio::test]
async fn heads_are_read_back_only_as_they_were_signed() {
    let house = super::world::verifier();
    let heads: Vec<Head> = trail(3).iter().map(head).collect();
    let lines: Vec<String> = heads.iter().map(|head| signed(&house, DocumentKind::AuditHead, head)).collect();
    let read = house.audit.heads(lines.iter().map(String::as_str)).unwrap();
    let known = |heads: &[Head]| heads.iter().map(|head| (head.sequence, head.link)).collect::<Vec<_>>();
    assert_eq!(known(&read), known(&heads));
    assert!(house.audit.heads(std::iter::empty()).unwrap().is_empty());
    for forged in [
        lines[1].replace("\"sequence\":2", "\"sequence\":3"),
        lines[1].replace("\"sequence\":2", "\"sequence\":3,\"sequence\":2"),
        signed(&house, DocumentKind::AuditAnchor, &heads[1]),
        "{}".to_owned(),
    ] {
        let lines = [lines[0].as_str(), &forged, &lines[2]];
        let answer = house.audit.heads(lines.into_iter());
        assert!(matches!(answer, Err(VerifyError::ForgedHead(2))), "{forged}");
    }
}

#[tokio::test]
async fn what_a_crash_has_left_of_a_head_is_passed_over_and_the_lines_after_it_count_on() {
    let house = super::world::verifier();
    let heads: Vec<Head> = trail(2).iter().map(head).collect();
    let [one, two] = [0, 1].map(|place: usize| signed(&house, DocumentKind::AuditHead, &heads[place]));
    let read = house.audit.heads([one.as_str(), &two[..40], &two].into_iter()).unwrap();
    assert_eq!(read.iter().map(|head| head.sequence).collect::<Vec<_>>(), [1, 2].map(Sequence::new));
    let forged = two.replace("\"sequence\":2", "\"sequence\":3");
    let answer = house.audit.heads([&one[..40], "", &forged].into_iter());
    assert!(matches!(answer, Err(VerifyError::ForgedHead(3))));
}
