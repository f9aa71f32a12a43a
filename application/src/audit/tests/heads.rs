//! The end of the chain is told outside of the database, and watched.

use crate::audit::ChainError;
use crate::document::Document;
use crate::ledger::{Book, LedgerError};
use crate::sealing::DocumentKind;
use crate::testing::cast::stage;
use crate::testing::{Stage, alarms};
use domain::audit::{Link, Sequence};
use serde_json::json;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// The chain ends like this, one after the other.
fn ends(stage: &mut Stage, ends: impl IntoIterator<Item = Option<(Sequence, Link)>>) {
    let ends: VecDeque<_> = ends.into_iter().collect();
    let count = ends.len();
    let ends = Mutex::new(ends);
    stage.chain.expect_end().times(count).returning(move || Ok(ends.lock().unwrap().pop_front().flatten()));
}

#[tokio::test]
async fn a_head_is_signed_and_written_down_once() {
    let mut stage = stage();
    stage.signs();
    let (first, second) = ((Sequence::new(3), Link::new([0xab; 32])), (Sequence::new(4), Link::new([1; 32])));
    ends(&mut stage, [None, Some(first), Some(first), Some(second)]);
    let written = Arc::new(Mutex::new(Vec::new()));
    let kept = written.clone();
    stage.ledger.expect_append().times(2).returning(move |book, lines| {
        kept.lock().unwrap().push((book, lines.to_vec()));
        Ok(())
    });
    let house = stage.open();
    for _ in 0..4 {
        house.audit.publish_head().await.unwrap();
    }
    let written = written.lock().unwrap().clone();
    let [(Book::Heads, one), (Book::Heads, two)] = &written[..] else { panic!("two heads: {written:?}") };
    let read = |line: &str| Document::read(house.documents.as_ref(), DocumentKind::AuditHead, line).unwrap();
    assert_eq!((one.len(), two.len()), (1, 1));
    assert_eq!(read(&one[0]), json!({"at": "2025-06-15T15:06:40Z", "link": "ab".repeat(32), "sequence": 3}));
    let heads = house.audit.heads([one[0].as_str(), two[0].as_str()].into_iter()).unwrap();
    assert_eq!(heads.iter().map(|head| (head.sequence, head.link)).collect::<Vec<_>>(), [first, second]);
}

#[tokio::test]
async fn a_head_that_could_not_be_written_down_is_told_and_tried_again() {
    let mut stage = stage();
    stage.signs();
    let end = Some((Sequence::new(3), Link::NONE));
    ends(&mut stage, [end, end, end]);
    let full = || LedgerError { place: "audit-heads.ndjson".to_owned(), reason: "no space left".to_owned() };
    let mut answers = [Err(full()), Ok(())].into_iter();
    stage.ledger.expect_append().times(2).returning(move |_, _| answers.next().unwrap());
    let house = stage.open();
    let error = house.audit.publish_head().await.unwrap_err();
    assert!(matches!(error, ChainError::Ledger(_)), "{error}");
    assert!(error.to_string().contains("audit-heads.ndjson: no space left"), "{error}");
    house.audit.publish_head().await.unwrap();
    house.audit.publish_head().await.unwrap();
}

#[tokio::test]
async fn a_chain_that_was_wound_back_is_told() {
    let end = |number, link| Some((Sequence::new(number), Link::new([link; 32])));
    for (found, is_told) in [
        ([end(3, 1), end(2, 2)], true),
        ([end(3, 1), end(3, 2)], true),
        ([end(3, 1), end(3, 1)], false),
        ([end(3, 1), end(4, 2)], false),
        ([None, end(3, 1)], false),
    ] {
        let mut stage = stage();
        stage.signs();
        ends(&mut stage, found);
        stage.ledger.expect_append().returning(|_, _| Ok(()));
        let house = stage.open();
        alarms::listen();
        house.audit.publish_head().await.unwrap();
        assert!(alarms::heard().is_empty(), "{found:?}");
        house.audit.publish_head().await.unwrap();
        let heard = alarms::heard();
        assert_eq!(heard.len(), usize::from(is_told), "{heard:?}");
        assert!(
            heard.iter().all(|alarm| alarm.contains("wound back") && alarm.contains("seen=3")),
            "{heard:?}"
        );
    }
}
