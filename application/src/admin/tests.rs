mod count;
mod first_administrator;
mod overview;
mod unlock;

use crate::store::Instance;
use crate::testing::cast::{gone, stage};
use crate::testing::samples;
use domain::ids::InstanceId;

/// The installation with the key check [`samples::digest`] 1, with or without a first administrator.
fn installation(administered: bool) -> Instance {
    Instance {
        id: InstanceId::new(samples::NOW, &[3; 10]),
        key_check: samples::digest(1),
        created_at: samples::NOW,
        administered_at: administered.then_some(samples::NOW),
    }
}

#[tokio::test]
async fn readiness_is_what_the_store_says_it_is() {
    let mut well = stage();
    well.store.expect_ready().times(1).return_once(|| Ok(()));
    assert!(well.open().admin.ready().await.is_ok());
    let mut ill = stage();
    ill.store.expect_ready().times(1).return_once(|| Err(gone()));
    assert!(ill.open().admin.ready().await.is_err());
}
