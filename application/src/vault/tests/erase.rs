//! Who was erased is listed outside of the databases.

use crate::document::Document;
use crate::ledger::{Book, LedgerError};
use crate::sealing::DocumentKind;
use crate::store::{Erasure, StoreError};
use crate::testing::cast::{gone, stage};
use crate::testing::{Stage, samples};
use mockall::predicate::eq;
use serde_json::json;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub(super) fn erasure(number: u8) -> Erasure {
    Erasure { user_id: samples::user_id(number), at: samples::NOW }
}

/// It is tidied up between the databases, and these wait to be listed, one batch after the other.
fn unlisted(batches: impl IntoIterator<Item = Vec<Erasure>>) -> Stage {
    let mut stage = stage();
    stage.signs();
    let (tidied, batches) = (stage.journal.clone(), batches.into_iter().collect::<VecDeque<_>>());
    stage.keeper.expect_tidy().times(1).return_once(move || {
        tidied.note("tidy");
        Ok(1)
    });
    let count = batches.len();
    let batches = Mutex::new(batches);
    stage
        .keeper
        .expect_unlisted()
        .with(eq(200))
        .times(count)
        .returning(move |_| Ok(batches.lock().unwrap().pop_front().unwrap_or_default()));
    stage
}

#[tokio::test]
async fn who_was_erased_counts_as_listed_once_the_line_is_written_and_not_before() {
    let mut stage = unlisted([vec![erasure(1), erasure(2)], vec![erasure(3)], Vec::new()]);
    let (appended, listed) = (stage.journal.clone(), stage.journal.clone());
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = lines.clone();
    stage.ledger.expect_append().times(2).returning(move |book, lines| {
        assert_eq!(book, Book::Erasures);
        appended.note("append");
        kept.lock().unwrap().extend_from_slice(lines);
        Ok(())
    });
    for batch in [vec![erasure(1), erasure(2)], vec![erasure(3)]] {
        let listed = listed.clone();
        stage.keeper.expect_listed().with(eq(batch)).times(1).return_once(move |_| {
            listed.note("listed");
            Ok(())
        });
    }
    let house = stage.open();
    house.vault.tidy().await.unwrap();
    assert_eq!(house.journal.steps(), ["tidy", "append", "listed", "append", "listed"]);
    let lines = lines.lock().unwrap().clone();
    assert_eq!(lines.len(), 3);
    for (line, number) in lines.iter().zip(1..) {
        let told = Document::read(house.documents.as_ref(), DocumentKind::Erasure, line).unwrap();
        let subject = samples::user_id(number).to_string();
        assert_eq!(told, json!({"erased_at": 1_750_000_000_000_000_i64, "subject": subject}));
    }
}

#[tokio::test]
async fn who_could_not_be_listed_stays_unlisted_and_that_is_told() {
    let mut stage = unlisted([vec![erasure(1)]]);
    let full = LedgerError { place: "erasures.ndjson".to_owned(), reason: "no space left".to_owned() };
    stage.ledger.expect_append().times(1).return_once(|_, _| Err(full));
    let error = stage.open().vault.tidy().await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Unavailable(why) if why == "erasures.ndjson: no space left"),
        "{error}"
    );
}

#[tokio::test]
async fn where_nobody_was_erased_nothing_is_written() {
    unlisted([Vec::new()]).open().vault.tidy().await.unwrap();
}

#[tokio::test]
async fn what_can_not_be_tidied_up_is_told_and_nothing_is_listed() {
    let mut stage = stage();
    stage.keeper.expect_tidy().times(1).return_once(|| Err(gone()));
    assert!(matches!(stage.open().vault.tidy().await, Err(StoreError::Unavailable(_))));
}
