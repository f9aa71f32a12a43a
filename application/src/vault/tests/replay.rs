//! Who was erased does not come back with an older copy of a database.

use super::erase::erasure;
use crate::document::Document;
use crate::ledger::{Book, LedgerError};
use crate::sealing::{DocumentKind, Documents, MockDocuments};
use crate::store::{Erasure, StoreError};
use crate::testing::cast::{facts, gone, stage};
use crate::testing::{Stage, StagedWork, samples};
use domain::Timestamp;
use domain::audit::{ActorRef, EventKind};
use domain::ids::UserId;
use mockall::predicate::eq;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

/// What signs on every stage.
fn documents() -> MockDocuments {
    let mut documents = MockDocuments::new();
    documents.expect_sign().returning(samples::signature);
    documents
}

/// The line that says when that person was erased, signed as a document of that kind.
fn line_of(kind: DocumentKind, number: u8, at: Timestamp) -> String {
    let data = json!({"erased_at": at.as_micros(), "subject": samples::user_id(number).to_string()});
    Document::sign(&documents() as &dyn Documents, kind, &data).as_str().to_owned()
}

fn line(number: u8, at: Timestamp) -> String {
    line_of(DocumentKind::Erasure, number, at)
}

fn before(span: Duration) -> Timestamp {
    samples::NOW.minus(span)
}

/// Those who have an account; shared by every stage of a test.
type Accounts = Arc<Mutex<Vec<UserId>>>;

/// Those who were looked up, one time after the other.
type LookedUp = Arc<Mutex<Vec<Vec<UserId>>>>;

fn accounts(numbers: impl IntoIterator<Item = u8>) -> Accounts {
    Arc::new(Mutex::new(numbers.into_iter().map(samples::user_id).collect()))
}

/// The vault lists these, and those have an account.
fn knows(in_the_vault: Vec<Erasure>, accounts: &Accounts) -> (Stage, LookedUp) {
    let mut stage = stage();
    stage.signs();
    stage.keeper.expect_erased().times(1..).returning(move |after, limit| {
        assert_eq!(limit, 200);
        let is_before = |erasure: &&Erasure| after.is_some_and(|after| erasure.user_id <= after);
        Ok(in_the_vault.iter().skip_while(is_before).take(200).copied().collect())
    });
    let (looked_up, present) = (LookedUp::default(), accounts.clone());
    let kept = looked_up.clone();
    stage.keeper.expect_present().returning(move |people| {
        assert!(people.len() <= 200, "{}", people.len());
        if !people.is_empty() {
            kept.lock().unwrap().push(people.to_vec());
        }
        Ok(present.lock().unwrap().iter().filter(|id| people.contains(id)).copied().collect())
    });
    (stage, looked_up)
}

/// So many erasures, in the order of their identifiers.
fn listed(count: u8) -> Vec<Erasure> {
    let mut erasures: Vec<Erasure> = (0..count).map(erasure).collect();
    erasures.sort_by_key(|erasure| erasure.user_id);
    erasures
}

/// A unit of work that erases that person again.
fn erases(stage: &Stage, number: u8) -> StagedWork {
    let (mut work, id) = (stage.work(), samples::user_id(number));
    work.instance.expect_lock_administrators().times(1).return_once(|| Ok(()));
    work.personal_data.expect_remove().with(eq(id)).times(1).return_once(|_| Ok(()));
    work.users.expect_delete().with(eq(id)).times(1).return_once(|_| Ok(true));
    work.erasures.expect_record().with(eq(erasure(number))).times(1).return_once(|_| Ok(()));
    work
}

/// The same, after which that person has no account.
fn removes(stage: &Stage, number: u8, accounts: &Accounts) -> StagedWork {
    let (mut work, accounts) = (erases(stage, number), accounts.clone());
    work.keep_events();
    work.at_commit(move || {
        accounts.lock().unwrap().retain(|id| *id != samples::user_id(number));
        Ok(())
    });
    work
}

async fn replay(stage: Stage, lines: &[String]) -> Result<Vec<Erasure>, StoreError> {
    stage.open().vault.replay(lines.iter().map(String::as_str)).await
}

#[tokio::test]
async fn who_is_listed_and_has_an_account_is_erased_again_each_in_a_unit_of_work() {
    let (mut stage, looked_up) = knows(vec![erasure(3)], &accounts([1, 3, 7]));
    let (mut three, mut one) = (erases(&stage, 3), erases(&stage, 1));
    let (events, committed) =
        ([three.keep_events(), one.keep_events()], [three.committed(), one.committed()]);
    stage.begins([three, one]);
    let lines = [line(2, before(DAY)), line(1, before(DAY * 900))];
    assert_eq!(replay(stage, &lines).await.unwrap(), [erasure(3), erasure(1)]);
    assert!(committed.iter().all(crate::testing::Committed::happened));
    for (events, number) in events.iter().zip([3, 1]) {
        let [event] = &events.all()[..] else { panic!("one event") };
        assert_eq!((event.kind, event.actor), (EventKind::UserDeleted, ActorRef::System));
        assert_eq!(event.subject, Some(samples::user_id(number)));
        assert_eq!(event.detail, facts(&[("reason", "replayed")]));
    }
    let expected = [vec![samples::user_id(3)], vec![samples::user_id(2), samples::user_id(1)]];
    assert_eq!(*looked_up.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_line_that_was_not_signed_as_an_erasure_erases_nobody() {
    let (four, one) = (samples::user_id(4).to_string(), samples::user_id(1).to_string());
    let forged = [
        line(1, samples::NOW).replace("\"signature\":\"", "\"signature\":\"x"),
        line(1, samples::NOW).replace(&one, &four),
        line(1, samples::NOW).replace("\"subject\":", &format!("\"subject\":\"{four}\",\"subject\":")),
        line(1, samples::NOW).replacen('{', &format!("{{\"data\":{{\"subject\":\"{four}\"}},"), 1),
        line_of(DocumentKind::ErasureReceipt, 1, samples::NOW),
        "{\"data\":{}}".to_owned(),
        "no line".to_owned(),
        String::new(),
        line(2, samples::NOW),
    ];
    let accounts = accounts([1, 4]);
    assert!(replay(knows(Vec::new(), &accounts).0, &forged).await.unwrap().is_empty());
    assert_eq!(accounts.lock().unwrap().len(), 2);

    // Whoever puts such a line before the genuine one saves nobody.
    let (mut stage, _) = knows(Vec::new(), &accounts);
    let work = removes(&stage, 1, &accounts);
    stage.begins([work]);
    let both = [forged.as_slice(), &[line(1, samples::NOW)]].concat();
    assert_eq!(replay(stage, &both).await.unwrap(), [erasure(1)]);
}

#[tokio::test]
async fn a_replay_that_was_cut_off_in_the_middle_is_completed_by_the_next_one() {
    let accounts = accounts(1..=6);
    let lines: Vec<String> = (3..=6).map(|number| line(number, before(DAY * 30))).collect();
    let in_the_vault = |at| (1..=2).map(|number| Erasure { at, ..erasure(number) }).collect();
    let (mut stage, _) = knows(in_the_vault(before(DAY * 30)), &accounts);
    let mut works: Vec<StagedWork> = (1..=3).map(|number| removes(&stage, number, &accounts)).collect();
    let mut fourth = erases(&stage, 4);
    fourth.keep_events();
    fourth.refuse_commit(gone());
    works.push(fourth);
    stage.begins(works);
    assert!(matches!(replay(stage, &lines).await, Err(StoreError::Unavailable(_))));
    assert_eq!(accounts.lock().unwrap().len(), 3, "three are erased");

    // Those count as erased just now, and everything else that is listed is older.
    let (mut stage, _) = knows(in_the_vault(samples::NOW), &accounts);
    let rest = [4, 5, 6].map(|number| removes(&stage, number, &accounts));
    stage.begins(rest);
    assert_eq!(replay(stage, &lines).await.unwrap(), [4, 5, 6].map(erasure));
    assert!(accounts.lock().unwrap().is_empty());

    let (stage, _) = knows(in_the_vault(samples::NOW), &accounts);
    assert!(replay(stage, &lines).await.unwrap().is_empty());
}

#[tokio::test]
async fn however_long_ago_it_was_whoever_is_listed_is_looked_up() {
    let ages = [Duration::ZERO, DAY, DAY * 2, DAY * 10, DAY * 4000];
    let erased = |number| Erasure { at: before(ages[usize::from(number) - 1]), ..erasure(number) };
    let (stage, looked_up) = knows((1..=5).map(erased).collect(), &accounts([]));
    let lines: Vec<String> = (1..=5).map(|number| line(number, erased(number).at)).collect();
    assert!(replay(stage, &lines).await.unwrap().is_empty());
    let all: Vec<UserId> = (1..=5).map(samples::user_id).collect();
    assert_eq!(*looked_up.lock().unwrap(), [all.clone(), all]);
}

#[tokio::test]
async fn only_the_lines_of_those_who_are_there_are_held_against_their_signature() {
    let accounts = accounts([2]);
    let (mut stage, _) = knows(Vec::new(), &accounts);
    stage.documents = MockDocuments::new();
    let genuine = |kind, text: &[u8], signature: &str| signature == samples::signature(kind, text);
    stage.documents.expect_verify().times(1).returning(genuine);
    let work = removes(&stage, 2, &accounts);
    stage.begins([work]);
    let lines: Vec<String> = (0..=250).map(|number| line(number, samples::NOW)).collect();
    assert_eq!(replay(stage, &lines).await.unwrap(), [erasure(2)]);
}

#[tokio::test]
async fn where_nobody_is_listed_nobody_is_looked_up() {
    let (stage, looked_up) = knows(Vec::new(), &accounts([1]));
    assert!(replay(stage, &[]).await.unwrap().is_empty());
    assert!(looked_up.lock().unwrap().is_empty());
}

#[tokio::test]
async fn at_a_start_it_is_the_list_outside_of_the_databases_that_counts() {
    let accounts = accounts([1]);
    let (mut stage, _) = knows(Vec::new(), &accounts);
    stage
        .ledger
        .expect_lines()
        .with(eq(Book::Erasures))
        .times(1)
        .return_once(|_| Ok(vec![line(1, samples::NOW)]));
    let work = removes(&stage, 1, &accounts);
    stage.begins([work]);
    assert_eq!(stage.open().vault.replay_erasures().await.unwrap(), [erasure(1)]);
}

#[tokio::test]
async fn a_list_that_can_not_be_read_keeps_everybody_waiting() {
    let mut stage = stage();
    let broken = LedgerError { place: "erasures.ndjson".to_owned(), reason: "a bad sector".to_owned() };
    stage.ledger.expect_lines().times(1).return_once(|_| Err(broken));
    let answer = stage.open().vault.replay_erasures().await;
    assert!(matches!(answer, Err(StoreError::Unavailable(why)) if why.contains("a bad sector")));
}

#[tokio::test]
async fn who_could_not_be_erased_again_is_told() {
    let (mut stage, _) = knows(vec![erasure(1)], &accounts([1]));
    let mut work = erases(&stage, 1);
    work.keep_events();
    work.refuse_commit(gone());
    stage.begins([work]);
    assert!(matches!(replay(stage, &[]).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_long_list_is_looked_up_two_hundred_at_a_time() {
    let sizes = |looked_up: &LookedUp| looked_up.lock().unwrap().iter().map(Vec::len).collect::<Vec<_>>();
    for (count, expected) in [(200, vec![200]), (255, vec![200, 55])] {
        let (stage, looked_up) = knows(listed(count), &accounts([]));
        assert!(replay(stage, &[]).await.unwrap().is_empty());
        assert_eq!(sizes(&looked_up), expected, "of the vault");

        let (stage, looked_up) = knows(Vec::new(), &accounts([]));
        let lines: Vec<String> = (0..count).map(|number| line(number, samples::NOW)).collect();
        assert!(replay(stage, &lines).await.unwrap().is_empty());
        assert_eq!(sizes(&looked_up), expected, "of the list outside");
    }
}
