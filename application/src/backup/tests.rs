mod manifest;
mod restore;
mod schedule;
mod take;

use super::*;
use crate::sealing::{MockDocuments, MockSealing};
use crate::store::Instance;
use crate::testing::{FixedClock, samples};
use crate::{Ids, testing::CountedEntropy};
use domain::audit::{Head, Link, Sequence};
use domain::ids::InstanceId;
use std::sync::Arc;

fn nobody() -> Watcher {
    Arc::new(Unwatched)
}

fn ids() -> Ids {
    Ids::new(Arc::new(FixedClock::at(samples::NOW)), Arc::new(CountedEntropy::default()))
}

/// The installation whose root key has the check 1.
fn installation() -> Instance {
    Instance {
        id: InstanceId::new(samples::NOW, &[3; 10]),
        key_check: samples::digest(1),
        created_at: samples::NOW,
        administered_at: None,
    }
}

fn documents() -> MockDocuments {
    let mut documents = MockDocuments::new();
    documents.expect_sign().returning(samples::signature);
    documents.expect_verify().returning(|kind, text, signature| signature == samples::signature(kind, text));
    documents
}

/// A root key with that check, under which every keyring opens.
fn sealing(check: u8) -> MockSealing {
    let mut sealing = MockSealing::new();
    sealing.expect_key_check().return_const(samples::digest(check));
    sealing.expect_install().returning(|_| Ok(()));
    sealing
}

fn half(keeper: Keeper, seconds: i64) -> HalfFacts {
    HalfFacts {
        keeper,
        migrations: 16,
        copied_at: domain::Timestamp::from_micros(samples::NOW.as_micros() + seconds * 1_000_000),
        file: FileFacts { size: 1000, digest: [7; 32] },
    }
}

/// A backup that was begun at [`samples::NOW`] after no event.
fn sample() -> Manifest {
    Manifest {
        instance: installation().id,
        begun_at: samples::NOW,
        key_check: samples::digest(1),
        keyring: samples::keyring(),
        head: Head { sequence: Sequence::NONE, link: Link::NONE, at: samples::NOW },
        recipient: None,
        main: half(Keeper::Sqlite, 1),
        vault: half(Keeper::Sqlite, 2),
    }
}
