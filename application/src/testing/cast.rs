//! Who plays in the tests of this crate, and what is usually expected of the ports around them.

use super::{Events, Stage, StagedWork, samples};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::hashing::Verdict;
use crate::store::{Account, StoreError};
use domain::access::{Role, Scope, Scopes};
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::UserId;
use domain::sessions::{Attempts, Channel, TokenDigest};
use domain::users::{Password, PasswordHash, Profile, Status, User};
use mockall::predicate::eq;

/// The key under which the attempts of every test are counted.
pub(crate) const KEY: TokenDigest = samples::digest(7);
pub(crate) const MATCHES: Verdict = Verdict { matches: true, outdated: false };
pub(crate) const OUTDATED: Verdict = Verdict { matches: true, outdated: true };
pub(crate) const DIFFERS: Verdict = Verdict { matches: false, outdated: false };

pub(crate) fn stage() -> Stage {
    Stage::new().unwrap()
}

/// Ann is user 1.
pub(crate) fn ann(role: Role) -> Profile {
    samples::profile(1, "annlee", role).unwrap()
}

/// Ann's account and its password.
pub(crate) fn anns(role: Role) -> Account {
    samples::account(1, "annlee", role).unwrap()
}

pub(crate) fn suspended(account: Account) -> Account {
    Account { user: User { status: Status::Suspended, ..account.user }, ..account }
}

pub(crate) fn password(text: &str) -> Password {
    samples::password(text).unwrap()
}

pub(crate) fn other_hash() -> PasswordHash {
    PasswordHash::new("$renewed".to_owned())
}

pub(crate) fn gone() -> StoreError {
    StoreError::Unavailable("gone".to_owned())
}

/// Ann with a token that reaches no further than this.
pub(crate) fn ann_with(role: Role, scopes: impl IntoIterator<Item = Scope>) -> Actor {
    samples::member_by(1, Channel::Api, role, scopes.into_iter().collect())
}

/// Ann as an administrator with everything but this.
pub(crate) fn admin_without(scope: Scope) -> Actor {
    let scopes: Scopes = Role::Admin.scopes().iter().filter(|other| *other != scope).collect();
    samples::member_by(1, Channel::Api, Role::Admin, scopes)
}

pub(crate) const fn failures(count: u32) -> Attempts {
    Attempts { failures: count, last_failed_at: samples::NOW }
}

/// A password is looked at: counted under that text, held against that stored one, with that verdict.
pub(crate) fn checks(
    stage: &mut Stage,
    counted_under: &str,
    stored: Option<PasswordHash>,
    before: Option<Attempts>,
    verdict: Verdict,
) {
    keyed(stage, counted_under);
    stage.attempts.expect_find().with(eq(KEY)).times(1).return_once(move |_| Ok(before));
    stage
        .hasher
        .expect_verify()
        .withf(move |password, against| password.expose() == samples::PASSWORD && *against == stored)
        .times(1)
        .return_once(move |_, _| Ok(verdict));
}

pub(crate) fn keyed(stage: &mut Stage, counted_under: &str) {
    let counted_under = counted_under.to_owned();
    stage.opaque_tokens.expect_attempt_key().withf(move |name| name == counted_under).return_const(KEY);
}

/// A password is hashed, once.
pub(crate) fn hashes(stage: &mut Stage, text: &'static str, hash: PasswordHash) {
    stage
        .hasher
        .expect_hash()
        .withf(move |password| password.expose() == text)
        .times(1)
        .return_once(move |_| Ok(hash));
}

/// A unit of work that writes a failed attempt down, on top of `before`.
pub(crate) fn failure_work(
    stage: &Stage,
    owner: Option<UserId>,
    before: Option<Attempts>,
) -> (StagedWork, Events) {
    let mut work = stage.work();
    work.attempts.expect_find().with(eq(KEY)).times(1).return_once(move |_| Ok(before));
    work.attempts
        .expect_put()
        .with(eq(KEY), eq(owner), eq(Attempts::failed(before, samples::NOW)))
        .times(1)
        .return_once(|_, _, _| Ok(()));
    let events = work.keep_events();
    (work, events)
}

/// The account of Ann is found by the unit of work.
pub(crate) fn finds(work: &mut StagedWork, account: Option<Account>) {
    work.users.expect_find().with(eq(samples::user_id(1))).times(1).return_once(move |_| Ok(account));
}

/// Everything an event says except its own name; it comes from [`samples::origin`] and happened at the start.
pub(crate) fn assert_event(
    event: &Event,
    kind: EventKind,
    actor: ActorRef,
    subject: Option<UserId>,
    detail: &[(&'static str, &str)],
) {
    let origin = samples::origin();
    let expected = Event {
        id: event.id,
        kind,
        actor,
        subject,
        at: samples::NOW,
        address: origin.address,
        request_id: origin.request_id,
        detail: detail.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
    };
    assert_eq!(*event, expected);
}

/// What the outside learns of a failure.
pub(crate) fn told(error: &impl Describe) -> (FaultKind, &'static str) {
    let fault = error.fault();
    (fault.kind, fault.code)
}
