use super::{days_old, fresh, generates, inserts, installs, removes, stored, turn};
use crate::keys::OpenKeysError;
use crate::store::StoreError;
use crate::testing::cast::{detail, gone, stage};
use crate::testing::samples;
use crate::tokens::KeyError;
use domain::audit::{ActorRef, EventKind};
use std::time::Duration;

#[tokio::test]
async fn stored_keys_are_taken_into_use_as_they_are_with_one_read() {
    let mut stage = stage();
    let keys = [days_old(1, 5)];
    stored(&mut stage, &keys);
    installs(&mut stage, &keys);
    let house = stage.open();
    house.keys.open().await.unwrap();
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn keys_are_taken_into_use_again_only_when_they_have_changed() {
    let mut stage = stage();
    let later = samples::NOW.plus(Duration::from_hours(1));
    let (one, two) = (vec![days_old(1, 5)], vec![days_old(1, 5), samples::signing_key(2, later)]);
    for keys in [&one, &one, &two, &two] {
        stored(&mut stage, keys);
    }
    installs(&mut stage, &one);
    installs(&mut stage, &two);
    let house = stage.open();
    for _ in 0..4 {
        house.keys.open().await.unwrap();
    }
}

#[tokio::test]
async fn where_no_key_signs_one_is_made_that_signs_at_once_and_is_told_in_the_trail() {
    let mut stage = stage();
    stored(&mut stage, &[]);
    generates(&mut stage, samples::NOW);
    let mut work = turn(&stage, &[]);
    inserts(&mut work, samples::NOW);
    let (events, committed) = (work.keep_events(), work.committed());
    stored(&mut stage, &[fresh(samples::NOW)]);
    installs(&mut stage, &[fresh(samples::NOW)]);
    stage.begins([work]);
    let house = stage.open();
    house.keys.open().await.unwrap();
    assert!(committed.happened());
    let steps = ["generate", "begin", "signing_keys", "signing_keys", "signing_keys", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps, "the key is made with no turn in hand");
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_eq!((event.kind, event.actor), (EventKind::SigningKeyCreated, ActorRef::System));
    assert_eq!((event.subject, event.address, event.request_id), (None, None, None));
    assert_eq!(detail(event), [("kid", "key-9")]);
}

#[tokio::test]
async fn the_next_key_is_made_as_long_before_its_time_as_it_is_published() {
    let mut stage = stage();
    let current = days_old(1, 89);
    let from = current.active_from.plus(samples::SCHEDULE.rotation);
    assert_eq!(from, samples::NOW.plus(samples::SCHEDULE.publication));
    stored(&mut stage, std::slice::from_ref(&current));
    generates(&mut stage, from);
    let mut work = turn(&stage, std::slice::from_ref(&current));
    inserts(&mut work, from);
    work.keep_events();
    let both = [current, fresh(from)];
    stored(&mut stage, &both);
    installs(&mut stage, &both);
    stage.begins([work]);
    stage.open().keys.open().await.unwrap();
}

#[tokio::test]
async fn a_replica_that_looks_at_the_same_time_makes_no_second_key() {
    let mut stage = stage();
    stored(&mut stage, &[]);
    generates(&mut stage, samples::NOW);
    let theirs = [samples::signing_key(3, samples::NOW)];
    let mut work = turn(&stage, &theirs);
    let events = work.keep_events();
    stored(&mut stage, &theirs);
    installs(&mut stage, &theirs);
    stage.begins([work]);
    stage.open().keys.open().await.unwrap();
    assert!(events.all().is_empty());
}

#[tokio::test]
async fn a_key_goes_when_the_last_token_that_it_signed_is_over_and_not_before() {
    let verification = samples::SCHEDULE.verification;
    let old = days_old(1, 50);
    for (since, goes) in
        [(verification, true), (verification.saturating_sub(Duration::from_micros(1)), false)]
    {
        let mut stage = stage();
        let current = samples::signing_key(2, samples::NOW.minus(since));
        let both = [old.clone(), current.clone()];
        stored(&mut stage, &both);
        if goes {
            let mut work = turn(&stage, &both);
            removes(&mut work, "key-1");
            let (events, committed) = (work.keep_events(), work.committed());
            stored(&mut stage, std::slice::from_ref(&current));
            installs(&mut stage, &[current]);
            stage.begins([work]);
            stage.open().keys.open().await.unwrap();
            assert!(committed.happened());
            assert_eq!(events.kinds(), [EventKind::SigningKeyRemoved]);
            assert_eq!(detail(&events.all()[0]), [("kid", "key-1")]);
        } else {
            installs(&mut stage, &both);
            stage.open().keys.open().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_key_that_another_replica_removed_at_the_same_time_is_not_told_twice() {
    let mut stage = stage();
    let (old, current) = (days_old(1, 50), days_old(2, 3));
    stored(&mut stage, &[old, current.clone()]);
    let mut work = turn(&stage, std::slice::from_ref(&current));
    let events = work.keep_events();
    stored(&mut stage, std::slice::from_ref(&current));
    installs(&mut stage, &[current]);
    stage.begins([work]);
    stage.open().keys.open().await.unwrap();
    assert!(events.all().is_empty());
}

#[tokio::test]
async fn a_key_that_does_not_open_under_this_root_key_stops_the_start_and_is_tried_again() {
    let mut stage = stage();
    let keys = [days_old(1, 5)];
    stored(&mut stage, &keys);
    stage.access_tokens.expect_install().times(1).return_once(|_| Err(KeyError::Sealed));
    stored(&mut stage, &keys);
    installs(&mut stage, &keys);
    let house = stage.open();
    assert!(matches!(house.keys.open().await, Err(OpenKeysError::Key(KeyError::Sealed))));
    assert!(house.keys.open().await.is_ok(), "what failed is not taken for done");
}

#[tokio::test]
async fn a_key_that_could_not_be_stored_is_not_used() {
    let mut stage = stage();
    stored(&mut stage, &[]);
    generates(&mut stage, samples::NOW);
    let mut work = turn(&stage, &[]);
    inserts(&mut work, samples::NOW);
    work.keep_events();
    work.refuse_commit(gone());
    stage.begins([work]);
    let answer = stage.open().keys.open().await;
    assert!(matches!(answer, Err(OpenKeysError::Store(StoreError::Unavailable(_)))));
}

#[tokio::test]
async fn a_store_that_is_gone_makes_no_key() {
    let mut stage = stage();
    stage.signing_keys.expect_all().times(1).return_once(|| Err(gone()));
    let answer = stage.open().keys.open().await;
    assert!(matches!(answer, Err(OpenKeysError::Store(StoreError::Unavailable(_)))));
}

#[test]
fn the_public_keys_are_told_as_the_signer_tells_them() {
    let mut stage = stage();
    stage.access_tokens.expect_jwks().times(1).return_once(|| "{\"keys\":[]}".to_owned());
    assert_eq!(stage.open().keys.jwks(), "{\"keys\":[]}");
}

#[tokio::test]
async fn since_when_a_key_signs_and_until_when_can_be_asked() {
    let mut stage = stage();
    let (retired, current) = (days_old(1, 100), days_old(2, 5));
    let waiting = samples::signing_key(3, samples::NOW.plus(Duration::from_hours(1)));
    let since = current.active_from;
    stage.installed = vec![retired, current, waiting.clone()];
    let house = stage.open();
    let rotation = samples::SCHEDULE.rotation;
    assert_eq!(house.keys.signer_since(samples::NOW), Some((since, since.plus(rotation))));
    let then = waiting.active_from;
    assert_eq!(house.keys.signer_since(then), Some((then, then.plus(rotation))));
    assert_eq!(house.keys.signer_since(since.minus(rotation * 2)), None);
}
