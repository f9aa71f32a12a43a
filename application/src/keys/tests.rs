mod administration;
mod schedule;

use crate::testing::{Stage, StagedWork, samples};
use domain::Timestamp;
use domain::keys::{Algorithm, SigningKey};
use mockall::predicate::eq;
use std::time::Duration;

/// A key that has signed for so many days.
fn days_old(number: u8, days: u64) -> SigningKey {
    samples::signing_key(number, samples::NOW.minus(Duration::from_hours(24 * days)))
}

/// The key that a stage makes.
fn fresh(active_from: Timestamp) -> SigningKey {
    samples::signing_key(9, active_from)
}

/// Somebody looks at the stored keys and sees these.
fn stored(stage: &mut Stage, keys: &[SigningKey]) {
    let keys = keys.to_vec();
    stage.signing_keys.expect_all().times(1).return_once(move || Ok(keys));
}

/// These keys, and all of them, are taken into use.
fn installs(stage: &mut Stage, keys: &[SigningKey]) {
    let keys = keys.to_vec();
    stage
        .access_tokens
        .expect_install()
        .withf(move |installed| *installed == keys)
        .times(1)
        .return_once(|_| Ok(()));
}

/// A key is made that signs from that moment on.
fn generates(stage: &mut Stage, active_from: Timestamp) {
    let journal = stage.journal.clone();
    stage
        .access_tokens
        .expect_generate()
        .with(eq(Algorithm::EdDsa), eq(samples::NOW), eq(active_from))
        .times(1)
        .return_once(move |_, _, _| {
            journal.note("generate");
            Ok(fresh(active_from))
        });
}

/// A unit of work that has the turn of those who change keys and finds these.
fn turn(stage: &Stage, keys: &[SigningKey]) -> StagedWork {
    let mut work = stage.work();
    let keys = keys.to_vec();
    work.signing_keys.expect_lock().times(1).return_once(|| Ok(()));
    work.signing_keys.expect_all().times(1).return_once(move || Ok(keys));
    work
}

fn inserts(work: &mut StagedWork, active_from: Timestamp) {
    work.signing_keys.expect_insert().with(eq(fresh(active_from))).times(1).return_once(|_| Ok(()));
}

fn removes(work: &mut StagedWork, kid: &'static str) {
    work.signing_keys.expect_remove().withf(move |removed| removed == kid).times(1).return_once(|_| Ok(true));
}
