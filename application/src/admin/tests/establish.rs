use super::installation;
use crate::admin::EstablishError;
use crate::store::{Instance, StoreError};
use crate::testing::cast::{gone, stage};
use crate::testing::{Stage, samples};

fn knows(known: Option<Instance>) -> Stage {
    let mut stage = stage();
    stage.instance.expect_find().times(1).return_once(move || Ok(known));
    stage
}

#[tokio::test]
async fn the_first_start_decides_which_root_key_belongs_to_the_database() {
    let mut stage = knows(None);
    let mut work = stage.work();
    work.instance
        .expect_establish()
        .withf(|fresh| {
            fresh.key_check == samples::digest(1)
                && fresh.created_at == samples::NOW
                && fresh.administered_at.is_none()
        })
        .times(1)
        .return_once(|fresh| Ok(fresh.clone()));
    let committed = work.committed();
    stage.begins([work]);
    let house = stage.open();
    let instance = house.admin.establish(samples::digest(1)).await.unwrap();
    assert_eq!(instance.key_check, samples::digest(1));
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "instance", "commit"]);
}

#[tokio::test]
async fn of_two_that_start_first_at_once_both_get_the_same_installation() {
    let mut stage = knows(None);
    let mut work = stage.work();
    work.instance.expect_establish().times(1).return_once(|_| Ok(installation(false)));
    stage.begins([work]);
    assert_eq!(stage.open().admin.establish(samples::digest(1)).await.unwrap(), installation(false));
}

#[tokio::test]
async fn of_two_that_start_first_with_different_keys_the_second_refuses() {
    let mut stage = knows(None);
    let mut work = stage.work();
    work.instance.expect_establish().times(1).return_once(|_| Ok(installation(false)));
    stage.begins([work]);
    let answer = stage.open().admin.establish(samples::digest(2)).await;
    assert!(matches!(answer, Err(EstablishError::ForeignRootKey)));
}

#[tokio::test]
async fn a_later_start_with_the_same_key_changes_nothing() {
    let house = knows(Some(installation(true))).open();
    assert_eq!(house.admin.establish(samples::digest(1)).await.unwrap(), installation(true));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_foreign_root_key_is_refused_and_touches_nothing() {
    let house = knows(Some(installation(true))).open();
    let answer = house.admin.establish(samples::digest(2)).await;
    assert!(matches!(answer, Err(EstablishError::ForeignRootKey)));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_store_that_is_gone_is_not_an_installation_that_was_never_made() {
    let mut stage = stage();
    stage.instance.expect_find().times(1).return_once(|| Err(gone()));
    let answer = stage.open().admin.establish(samples::digest(1)).await;
    assert!(matches!(answer, Err(EstablishError::Store(StoreError::Unavailable(_)))));
}
