use super::installs;
use crate::sealing::{MockRootChange, SealingError};
use crate::store::{StoreError, VaultError, Wrapped};
use crate::testing::cast::{gone, stage};
use crate::testing::{Stage, StagedWork, samples};
use crate::vault::RotateError;
use domain::audit::{ActorRef, EventKind};
use domain::vault::{KeyName, KeyringEntry};
use mockall::predicate::eq;
use std::sync::{Arc, Mutex};

/// The keyring while its wrapping key is being replaced.
fn two_wrapping_keys() -> Vec<KeyringEntry> {
    let mut entries = samples::keyring();
    entries.insert(1, samples::keyring_entry(KeyName::Wrapping, 2));
    entries
}

/// A unit of work that has the turn of whoever changes the keyring.
fn in_turn(stage: &Stage) -> StagedWork {
    let mut work = stage.work();
    let journal = stage.journal.clone();
    work.keyring.expect_lock().times(1).return_once(move || {
        journal.note("turn");
        Ok(())
    });
    work
}

#[tokio::test]
async fn it_begins_with_one_more_wrapping_key_which_is_used_only_once_it_is_stored() {
    let mut stage = stage();
    let fresh = samples::keyring_entry(KeyName::Wrapping, 2);
    let drawn = fresh.clone();
    stage
        .sealing
        .expect_entry()
        .with(eq(KeyName::Wrapping), eq(2), eq(samples::NOW))
        .times(1)
        .return_once(|_, _, _| drawn);
    installs(&mut stage, two_wrapping_keys());
    let mut work = in_turn(&stage);
    let mut found = [samples::keyring(), two_wrapping_keys()].into_iter();
    work.keyring.expect_all().times(2).returning(move || Ok(found.next().unwrap()));
    work.keyring.expect_insert().with(eq(fresh)).times(1).return_once(|_| Ok(()));
    let committed = work.committed();
    stage.begins([work]);
    let house = stage.open();
    assert_eq!(house.vault.begin_rotation().await.unwrap(), 2);
    assert!(committed.happened());
    let steps = house.journal.steps();
    assert_eq!(steps[..3], ["begin", "keyring", "turn"]);
    assert_eq!(steps[steps.len() - 2..], ["commit", "install"]);
}

#[tokio::test]
async fn what_was_begun_is_gone_on_with_and_draws_no_further_key() {
    let mut stage = stage();
    installs(&mut stage, two_wrapping_keys());
    let mut work = in_turn(&stage);
    work.keyring.expect_all().times(1).return_once(|| Ok(two_wrapping_keys()));
    stage.begins([work]);
    assert_eq!(stage.open().vault.begin_rotation().await.unwrap(), 2);
}

#[tokio::test]
async fn a_wrapping_key_that_was_not_stored_is_not_used() {
    let mut stage = stage();
    stage.sealing.expect_entry().times(1).return_once(|name, id, _| samples::keyring_entry(name, id));
    let mut work = in_turn(&stage);
    work.keyring.expect_all().times(2).returning(|| Ok(samples::keyring()));
    work.keyring.expect_insert().times(1).return_once(|_| Ok(()));
    work.refuse_commit(gone());
    stage.begins([work]);
    let answer = stage.open().vault.begin_rotation().await;
    assert!(matches!(answer, Err(RotateError::Vault(VaultError::Store(StoreError::Unavailable(_))))));
}

#[tokio::test]
async fn the_keys_of_people_are_sealed_anew_two_hundred_at_a_time_until_none_is_left() {
    let mut stage = stage();
    for number in [1, 2] {
        stage
            .sealing
            .expect_rewrap()
            .with(eq(samples::user_id(number)), eq(samples::wrapped(1)))
            .times(1)
            .return_once(|_, _| Ok(samples::wrapped(2)));
    }
    let (mut some, mut none) = (stage.work(), stage.work());
    let others = [1, 2].map(|number| (samples::user_id(number), samples::wrapped(1))).to_vec();
    some.keyring.expect_wrapped_otherwise().with(eq(2), eq(200)).times(1).return_once(|_, _| Ok(others));
    for number in [1, 2] {
        some.keyring
            .expect_rewrap()
            .with(eq(samples::user_id(number)), eq(samples::wrapped(2)))
            .times(1)
            .return_once(|_, _| Ok(()));
    }
    none.keyring.expect_wrapped_otherwise().times(1).return_once(|_, _| Ok(Vec::new()));
    let committed = some.committed();
    stage.begins([some, none]);
    stage.keyring.expect_wrapped().with(eq(2)).times(1).return_once(|_| Ok(Wrapped { all: 9, otherwise: 7 }));
    let house = stage.open();
    assert_eq!(house.vault.rewrap_some(2).await.unwrap(), 2);
    assert!(committed.happened());
    assert_eq!(house.vault.rewrap_some(2).await.unwrap(), 0);
    assert_eq!(house.vault.rewrapped(2).await.unwrap(), Wrapped { all: 9, otherwise: 7 });
}

#[tokio::test]
async fn a_key_of_somebody_that_does_not_open_stops_it_and_nothing_of_the_batch_is_stored() {
    let mut stage = stage();
    stage.sealing.expect_rewrap().times(1).return_once(|_, _| Err(SealingError::Broken));
    let mut work = stage.work();
    work.keyring
        .expect_wrapped_otherwise()
        .times(1)
        .return_once(|_, _| Ok(vec![(samples::user_id(1), samples::wrapped(1))]));
    let committed = work.committed();
    stage.begins([work]);
    let answer = stage.open().vault.rewrap_some(2).await;
    assert!(matches!(answer, Err(RotateError::Vault(VaultError::Sealing(SealingError::Broken)))));
    assert!(!committed.happened());
}

/// The new root key, whose check is [`samples::digest`] 2: what it has sealed says so.
fn change() -> MockRootChange {
    let mut change = MockRootChange::new();
    change.expect_key_check().return_const(samples::digest(2));
    change.expect_reseal().returning(|entry| Ok(resealed(entry)));
    change
}

fn resealed(entry: &KeyringEntry) -> KeyringEntry {
    KeyringEntry { sealed: [entry.sealed.as_slice(), b" anew"].concat(), ..entry.clone() }
}

#[tokio::test]
async fn it_ends_with_everything_but_the_old_wrapping_key_sealed_anew_in_one_commit() {
    let mut stage = stage();
    let mut work = in_turn(&stage);
    work.keyring.expect_all().times(1).return_once(|| Ok(two_wrapping_keys()));
    work.keyring.expect_remove_wrapping().with(eq(1)).times(1).return_once(|_| Ok(()));
    let stored = Arc::new(Mutex::new(Vec::new()));
    let kept = stored.clone();
    work.keyring.expect_reseal().returning(move |entry| {
        kept.lock().unwrap().push(entry.clone());
        Ok(())
    });
    work.instance.expect_replace_key_check().with(eq(samples::digest(2))).times(1).return_once(|_| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let house = stage.open();
    house.vault.finish_rotation(&change(), 2).await.unwrap();
    assert!(committed.happened());
    let expected: Vec<KeyringEntry> = two_wrapping_keys()
        .iter()
        .filter(|entry| (entry.name, entry.id) != (KeyName::Wrapping, 1))
        .map(resealed)
        .collect();
    assert_eq!(*stored.lock().unwrap(), expected);
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_eq!((event.kind, event.actor, event.subject), (EventKind::RootKeyRotated, ActorRef::System, None));
    let steps = house.journal.steps();
    assert_eq!(steps[..3], ["begin", "keyring", "turn"]);
    assert_eq!(steps.iter().filter(|step| ["begin", "commit"].contains(step)).count(), 2, "one unit of work");
}

#[tokio::test]
async fn while_somebody_is_still_under_the_old_wrapping_key_it_does_not_end() {
    let mut stage = stage();
    let mut work = in_turn(&stage);
    work.keyring.expect_all().times(1).return_once(|| Ok(two_wrapping_keys()));
    work.keyring.expect_remove_wrapping().times(1).return_once(|_| Err(StoreError::Conflict));
    let committed = work.committed();
    stage.begins([work]);
    let error = stage.open().vault.finish_rotation(&change(), 2).await.unwrap_err();
    assert!(matches!(error, RotateError::NotFinished), "{error}");
    assert!(!committed.happened());
}

#[tokio::test]
async fn of_two_who_replace_the_root_key_at_once_the_second_is_told_so_and_changes_nothing() {
    let mut stage = stage();
    let mut work = in_turn(&stage);
    work.keyring.expect_all().times(1).return_once(|| Ok(samples::keyring()));
    let committed = work.committed();
    stage.begins([work]);
    let mut change = MockRootChange::new();
    change.expect_reseal().times(1).return_once(|_| Err(SealingError::ForeignRoot));
    let answer = stage.open().vault.finish_rotation(&change, 1).await;
    let Err(RotateError::Overtaken) = answer else { panic!("{answer:?}") };
    assert!(!committed.happened());
}
