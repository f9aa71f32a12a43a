mod erase;
mod establish;
mod keyring;
mod replay;
mod rotate;

use crate::store::{Instance, VaultError};
use crate::testing::cast::{gone, stage};
use crate::testing::{Stage, samples};
use domain::ids::InstanceId;
use domain::vault::KeyringEntry;
use mockall::predicate::eq;
use std::collections::VecDeque;
use std::sync::Mutex;

/// The installation with the key check [`samples::digest`] 1.
fn installation() -> Instance {
    Instance {
        id: InstanceId::new(samples::NOW, &[3; 10]),
        key_check: samples::digest(1),
        created_at: samples::NOW,
        administered_at: Some(samples::NOW),
    }
}

/// The keyring that is found, one after the other.
fn keyrings(stage: &mut Stage, found: impl IntoIterator<Item = Vec<KeyringEntry>>) {
    let found: VecDeque<_> = found.into_iter().collect();
    let (count, journal) = (found.len(), stage.journal.clone());
    let found = Mutex::new(found);
    stage.keyring.expect_keyring().times(count).returning(move || {
        journal.note("keyring read");
        Ok(found.lock().unwrap().pop_front().unwrap_or_default())
    });
}

/// That keyring is taken into use.
fn installs(stage: &mut Stage, entries: Vec<KeyringEntry>) {
    let journal = stage.journal.clone();
    stage.sealing.expect_install().with(eq(entries)).times(1).returning(move |_| {
        journal.note("install");
        Ok(())
    });
}

#[tokio::test]
async fn what_is_left_in_clear_is_sealed_two_hundred_at_a_time() {
    let mut stage = stage();
    let mut sealed = [Ok(200), Ok(0), Err(gone())].into_iter();
    stage.keeper.expect_seal_some().with(eq(200)).times(3).returning(move |_| sealed.next().unwrap());
    let house = stage.open();
    assert_eq!(house.vault.seal_some().await.unwrap(), 200);
    assert_eq!(house.vault.seal_some().await.unwrap(), 0);
    assert!(house.vault.seal_some().await.is_err());
}

#[tokio::test]
async fn what_another_process_has_changed_in_the_keyring_is_taken_in() {
    let mut stage = stage();
    keyrings(&mut stage, [samples::keyring()]);
    installs(&mut stage, samples::keyring());
    let house = stage.open();
    house.vault.reload_keyring().await.unwrap();
    assert_eq!(house.journal.steps(), ["keyring read", "install"]);

    let mut ill = crate::testing::cast::stage();
    ill.keyring.expect_keyring().times(1).return_once(|| Err(gone()));
    assert!(matches!(ill.open().vault.reload_keyring().await, Err(VaultError::Store(_))));
}
