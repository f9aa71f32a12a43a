use crate::keys::OpenKeysError;
use crate::store::StoreError;
use crate::testing::cast::{gone, stage};
use crate::testing::{Stage, StagedWork, samples};
use crate::tokens::KeyError;
use domain::audit::{ActorRef, EventKind};
use domain::keys::{Algorithm, KeyState, SealedKey, SigningKey};
use mockall::predicate::eq;

fn key(kid: &str, state: KeyState) -> SigningKey {
    SigningKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::EdDsa,
        public_key: vec![1; 32],
        sealed_private_key: SealedKey(vec![2; 60]),
        state,
        created_at: samples::NOW,
    }
}

/// A unit of work that only reads these keys.
fn reads(stage: &Stage, keys: &[SigningKey]) -> StagedWork {
    let mut work = stage.work();
    let keys = keys.to_vec();
    work.signing_keys.expect_all().times(1).return_once(move || Ok(keys));
    work
}

fn installs(stage: &mut Stage, keys: &[SigningKey]) {
    let keys = keys.to_vec();
    stage
        .access_tokens
        .expect_install()
        .withf(move |installed| *installed == keys)
        .times(1)
        .return_once(|_| Ok(()));
}

fn generates(stage: &mut Stage) {
    let made = key("fresh", KeyState::Current);
    stage.access_tokens.expect_generate().with(eq(samples::NOW)).times(1).return_once(move |_| Ok(made));
}

fn inserts(stage: &Stage, first: bool) -> StagedWork {
    let mut work = stage.work();
    work.signing_keys
        .expect_insert()
        .withf(|key| key.kid == "fresh")
        .times(1)
        .return_once(move |_| Ok(first));
    work
}

#[tokio::test]
async fn stored_keys_are_taken_into_use_as_they_are() {
    let mut stage = stage();
    let keys = [key("now", KeyState::Current), key("before", KeyState::Retired)];
    installs(&mut stage, &keys);
    let work = reads(&stage, &keys);
    let committed = work.committed();
    stage.begins([work]);
    stage.open().keys.open().await.unwrap();
    assert!(!committed.happened());
}

#[tokio::test]
async fn where_no_key_signs_one_is_made_and_told_in_the_trail() {
    let retired = key("before", KeyState::Retired);
    for before in [vec![], vec![retired]] {
        let mut stage = stage();
        generates(&mut stage);
        let first = reads(&stage, &before);
        let mut work = inserts(&stage, true);
        let (events, committed) = (work.keep_events(), work.committed());
        let after = [vec![key("fresh", KeyState::Current)], before].concat();
        let last = reads(&stage, &after);
        installs(&mut stage, &after);
        stage.begins([first, work, last]);
        let house = stage.open();
        house.keys.open().await.unwrap();
        assert!(committed.happened());
        let steps =
            ["begin", "signing_keys", "begin", "signing_keys", "audit", "commit", "begin", "signing_keys"];
        assert_eq!(house.journal.steps(), steps);
        let [event] = &events.all()[..] else { panic!("one event") };
        assert_eq!((event.kind, event.actor), (EventKind::SigningKeyCreated, ActorRef::System));
        assert_eq!((event.subject, event.address, event.request_id), (None, None, None));
        assert_eq!(event.detail, [("kid", "fresh".to_owned())]);
    }
}

#[tokio::test]
async fn whoever_loses_the_race_for_the_first_key_uses_the_one_that_won() {
    let mut stage = stage();
    generates(&mut stage);
    let winner = [key("theirs", KeyState::Current)];
    installs(&mut stage, &winner);
    let work = inserts(&stage, false);
    let committed = work.committed();
    let works = [reads(&stage, &[]), work, reads(&stage, &winner)];
    stage.begins(works);
    let house = stage.open();
    house.keys.open().await.unwrap();
    assert!(!committed.happened());
    assert!(!house.journal.steps().contains(&"audit"));
}

#[tokio::test]
async fn a_key_that_does_not_open_under_this_root_key_stops_the_start() {
    let mut stage = stage();
    let keys = [key("now", KeyState::Current)];
    stage.access_tokens.expect_install().times(1).return_once(|_| Err(KeyError::Sealed));
    let work = reads(&stage, &keys);
    stage.begins([work]);
    let answer = stage.open().keys.open().await;
    assert!(matches!(answer, Err(OpenKeysError::Key(KeyError::Sealed))));
}

#[tokio::test]
async fn a_store_that_is_gone_makes_no_key() {
    let mut stage = stage();
    stage.store.expect_begin().times(1).return_once(|| Err(gone()));
    let answer = stage.open().keys.open().await;
    assert!(matches!(answer, Err(OpenKeysError::Store(StoreError::Unavailable(_)))));
}

#[test]
fn the_public_keys_are_told_as_the_signer_tells_them() {
    let mut stage = stage();
    stage.access_tokens.expect_jwks().times(1).return_once(|| "{\"keys\":[]}".to_owned());
    assert_eq!(stage.open().keys.jwks(), "{\"keys\":[]}");
}
