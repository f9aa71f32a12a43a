mod count;
mod first_administrator;
mod overview;
mod unlock;

use crate::store::Instance;
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
