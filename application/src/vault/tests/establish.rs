use super::installation;
use crate::sealing::SealingError;
use crate::store::{Instance, StoreError, VaultError};
use crate::testing::cast::{gone, stage};
use crate::testing::{House, Stage, samples};
use crate::vault::EstablishError;
use mockall::predicate::eq;

/// The root key whose check has that number is at hand, and the installation is this one.
fn knows(check: u8, known: Option<Instance>) -> Stage {
    let mut stage = stage();
    stage.sealing.expect_key_check().return_const(samples::digest(check));
    stage.instance.expect_find().times(1).return_once(move || Ok(known));
    stage
}

/// The vault belongs to the installation, and the keyring is there and opens.
fn opens(stage: &mut Stage) {
    let (vault, keyring) = (stage.journal.clone(), stage.journal.clone());
    stage.keeper.expect_establish().with(eq(installation().id)).times(1).return_once(move |_| {
        vault.note("vault");
        Ok(())
    });
    stage.keyring.expect_keyring().times(1).return_once(move || {
        keyring.note("keyring");
        Ok(samples::keyring())
    });
    stage
        .sealing
        .expect_install()
        .withf(|entries| entries == samples::keyring())
        .times(1)
        .return_once(|_| Ok(()));
}

async fn refusal(stage: Stage) -> (EstablishError, House) {
    let house = stage.open();
    (house.vault.open().await.unwrap_err(), house)
}

#[tokio::test]
async fn the_first_start_decides_which_root_key_belongs_to_the_database() {
    let mut stage = knows(1, None);
    opens(&mut stage);
    let mut work = stage.work();
    work.instance
        .expect_establish()
        .withf(|fresh| {
            fresh.key_check == samples::digest(1)
                && fresh.created_at == samples::NOW
                && fresh.administered_at.is_none()
        })
        .times(1)
        .return_once(|fresh| Ok(Instance { id: installation().id, ..fresh.clone() }));
    let committed = work.committed();
    stage.begins([work]);
    let house = stage.open();
    let instance = house.vault.open().await.unwrap();
    assert_eq!(instance.key_check, samples::digest(1));
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "instance", "commit", "vault", "keyring"]);
}

#[tokio::test]
async fn of_two_that_start_first_at_once_both_get_the_same_installation() {
    let mut stage = knows(1, None);
    opens(&mut stage);
    let mut work = stage.work();
    work.instance.expect_establish().times(1).return_once(|_| Ok(installation()));
    stage.begins([work]);
    assert_eq!(stage.open().vault.open().await.unwrap(), installation());
}

#[tokio::test]
async fn of_two_that_start_first_with_different_keys_the_second_refuses() {
    let mut stage = knows(2, None);
    let mut work = stage.work();
    work.instance.expect_establish().times(1).return_once(|_| Ok(installation()));
    stage.begins([work]);
    assert!(matches!(refusal(stage).await.0, EstablishError::ForeignRootKey));
}

#[tokio::test]
async fn a_later_start_with_the_same_key_changes_nothing() {
    let mut stage = knows(1, Some(installation()));
    opens(&mut stage);
    let house = stage.open();
    assert_eq!(house.vault.open().await.unwrap(), installation());
    assert_eq!(house.journal.steps(), ["vault", "keyring"], "the vault first");
}

#[tokio::test]
async fn a_foreign_root_key_is_refused_and_touches_nothing() {
    let (error, house) = refusal(knows(2, Some(installation()))).await;
    assert!(matches!(error, EstablishError::ForeignRootKey));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_vault_that_does_not_belong_here_is_refused_before_the_keyring_is_looked_at() {
    for wrong in [VaultError::Foreign, VaultError::Lost, VaultError::Store(gone())] {
        let mut stage = knows(1, Some(installation()));
        let why = wrong.to_string();
        stage.keeper.expect_establish().times(1).return_once(|_| Err(wrong));
        let (error, house) = refusal(stage).await;
        assert_eq!(error.to_string(), why);
        assert!(matches!(error, EstablishError::Vault(_)));
        assert!(house.journal.steps().is_empty());
    }
}

#[tokio::test]
async fn a_keyring_that_does_not_open_is_refused() {
    let mut stage = knows(1, Some(installation()));
    stage.keeper.expect_establish().times(1).return_once(|_| Ok(()));
    stage.keyring.expect_keyring().times(1).return_once(|| Ok(samples::keyring()));
    stage.sealing.expect_install().times(1).return_once(|_| Err(SealingError::Incomplete("index")));
    let (error, _) = refusal(stage).await;
    assert!(matches!(error, EstablishError::Vault(VaultError::Sealing(SealingError::Incomplete("index")))));
}

#[tokio::test]
async fn a_store_that_is_gone_is_not_an_installation_that_was_never_made() {
    let mut stage = stage();
    stage.instance.expect_find().times(1).return_once(|| Err(gone()));
    let (error, _) = refusal(stage).await;
    assert!(matches!(error, EstablishError::Vault(VaultError::Store(StoreError::Unavailable(_)))));
}
