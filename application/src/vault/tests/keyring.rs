//! The keyring is made once.

use super::{installation, installs, keyrings};
use crate::sealing::SealingError;
use crate::store::VaultError;
use crate::testing::cast::{gone, stage};
use crate::testing::{Stage, StagedWork, samples};
use crate::vault::EstablishError;
use domain::keys::SigningKey;
use domain::vault::KeyringEntry;
use mockall::predicate::eq;

/// A stage on which everything belongs together, up to the keyring.
fn established() -> Stage {
    let mut stage = stage();
    stage.sealing.expect_key_check().return_const(samples::digest(1));
    stage.instance.expect_find().times(1).return_once(|| Ok(Some(installation())));
    let journal = stage.journal.clone();
    stage.keeper.expect_establish().times(1).return_once(move |_| {
        journal.note("vault");
        Ok(())
    });
    stage
}

/// A unit of work that finds this keyring once it has its turn.
fn looks(stage: &Stage, found: Vec<KeyringEntry>) -> StagedWork {
    let mut work = stage.work();
    let (turn, read) = (stage.journal.clone(), stage.journal.clone());
    work.keyring.expect_lock().times(1).return_once(move || {
        turn.note("turn");
        Ok(())
    });
    work.keyring.expect_all().times(1).return_once(move || {
        read.note("looked");
        Ok(found)
    });
    work
}

/// It makes the keyring of an installation that has signed with these keys.
fn makes(stage: &mut Stage, work: &mut StagedWork, signed_with: Vec<SigningKey>, is_new: bool) {
    work.signing_keys.expect_all().times(1).return_once(move || Ok(signed_with));
    stage
        .sealing
        .expect_first_keyring()
        .with(eq(is_new), eq(samples::NOW))
        .times(1)
        .return_once(|_, _| samples::keyring());
    for entry in samples::keyring() {
        work.keyring.expect_insert().with(eq(entry)).times(1).return_once(|_| Ok(()));
    }
}

#[tokio::test]
async fn a_keyring_is_made_in_its_turn_after_the_vault_was_found_to_be_the_right_one() {
    let mut stage = established();
    let mut work = looks(&stage, Vec::new());
    makes(&mut stage, &mut work, Vec::new(), true);
    let committed = work.committed();
    keyrings(&mut stage, [Vec::new(), samples::keyring()]);
    installs(&mut stage, samples::keyring());
    stage.begins([work]);
    let house = stage.open();
    house.vault.open().await.unwrap();
    assert!(committed.happened());
    let steps = house.journal.steps();
    assert_eq!(steps[..7], ["vault", "keyring read", "begin", "keyring", "turn", "keyring", "looked"]);
    assert_eq!(steps[steps.len() - 3..], ["commit", "keyring read", "install"]);
}

#[tokio::test]
async fn of_many_that_make_it_at_once_the_later_ones_take_what_is_there() {
    let mut stage = established();
    let work = looks(&stage, samples::keyring());
    let committed = work.committed();
    keyrings(&mut stage, [Vec::new(), samples::keyring()]);
    installs(&mut stage, samples::keyring());
    stage.begins([work]);
    stage.open().vault.open().await.unwrap();
    assert!(!committed.happened(), "nothing was drawn");
}

#[tokio::test]
async fn an_installation_that_has_signed_before_keeps_its_key_for_tokens() {
    let mut stage = established();
    let mut work = looks(&stage, Vec::new());
    makes(&mut stage, &mut work, vec![samples::signing_key(1, samples::NOW)], false);
    keyrings(&mut stage, [Vec::new(), samples::keyring()]);
    installs(&mut stage, samples::keyring());
    stage.begins([work]);
    stage.open().vault.open().await.unwrap();
}

#[tokio::test]
async fn a_keyring_that_could_not_be_stored_is_not_taken_into_use() {
    let mut stage = established();
    let mut work = looks(&stage, Vec::new());
    makes(&mut stage, &mut work, Vec::new(), true);
    work.refuse_commit(gone());
    keyrings(&mut stage, [Vec::new()]);
    stage.begins([work]);
    let answer = stage.open().vault.open().await;
    assert!(matches!(answer, Err(EstablishError::Vault(VaultError::Store(_)))));
}

#[tokio::test]
async fn a_keyring_under_another_root_key_is_refused() {
    let mut stage = established();
    keyrings(&mut stage, [samples::keyring()]);
    stage.sealing.expect_install().times(1).return_once(|_| Err(SealingError::ForeignRoot));
    let answer = stage.open().vault.open().await;
    let foreign = VaultError::Sealing(SealingError::ForeignRoot).to_string();
    assert_eq!(answer.unwrap_err().to_string(), foreign);
}
