//! Who plays in the tests of this crate, and what is usually expected of the ports around them.

use super::{Events, Stage, StagedWork, samples};
use crate::actor::{Actor, Member};
use crate::fault::{Describe, FaultKind};
use crate::hashing::Verdict;
use crate::store::{Account, LiveSession, StoreError};
use domain::access::{Role, Scope, Scopes};
use domain::audit::{ActorRef, Event, EventKind, Facts};
use domain::ids::{SessionId, UserId};
use domain::sessions::{Attempts, Channel, Session, TokenDigest};
use domain::users::{Justification, Password, PasswordHash, Profile, Standing, Status, Suspension, User};
use mockall::predicate::eq;

/// The key under which the attempts of every test are counted.
pub(crate) const KEY: TokenDigest = samples::digest(7);
pub(crate) const MATCHES: Verdict = Verdict { matches: true, outdated: false };
pub(crate) const OUTDATED: Verdict = Verdict { matches: true, outdated: true };
pub(crate) const DIFFERS: Verdict = Verdict { matches: false, outdated: false };

/// A stage on which clients are told apart by [`client_key`] and nothing else is expected.
pub(crate) fn stage() -> Stage {
    let mut stage = Stage::new().unwrap();
    stage.opaque_tokens.expect_client_key().returning(client_key);
    stage
}

/// What a client is known by on every stage: the same for the same description.
pub(crate) fn client_key(description: &str) -> TokenDigest {
    let mut bytes = [0u8; 32];
    for (position, byte) in description.bytes().enumerate() {
        let place = &mut bytes[position % 32];
        *place = place.wrapping_mul(31).wrapping_add(byte);
    }
    TokenDigest::new(bytes)
}

/// What [`samples::origin`] is known by.
pub(crate) fn client() -> TokenDigest {
    client_key(&format!("{}\n{}", samples::ADDRESS, samples::USER_AGENT))
}

/// Ann is user 1.
pub(crate) fn ann(role: Role) -> Profile {
    samples::profile(1, "annlee", role).unwrap()
}

/// Ann's account and its password.
pub(crate) fn anns(role: Role) -> Account {
    samples::account(1, "annlee", role).unwrap()
}

pub(crate) fn reason(text: &str) -> Justification {
    Justification::parse(text).unwrap()
}

/// The session, after its owner's account was closed until further notice.
pub(crate) fn closed(live: LiveSession) -> LiveSession {
    LiveSession { standing: Standing { status: Status::Suspended, ..live.standing }, ..live }
}

/// The account, closed since the beginning.
pub(crate) fn suspended(account: Account) -> Account {
    let suspension = Suspension { reason: reason("Sends spam."), since: samples::NOW, until: None };
    Account { user: User { suspension: Some(suspension), ..account.user }, ..account }
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

/// The session by which somebody acts still stands, and they are still what they were, when it comes to it.
pub(crate) fn acts(work: &mut StagedWork, actor: &Actor) {
    let Ok(Member { user_id, session_id, channel, role, role_end, .. }) = actor.member() else { return };
    let LiveSession { session, standing } = samples::live_session(1, channel, role);
    let session = Session { id: session_id, user_id, ..session };
    acts_as(work, Some(LiveSession { session, standing: Standing { role_end, ..standing } }), session_id);
}

/// This is what has become of that session when it comes to it.
pub(crate) fn acts_as(work: &mut StagedWork, live: Option<LiveSession>, id: SessionId) {
    work.sessions.expect_find().with(eq(id)).times(1).return_once(|_| Ok(live));
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
    assert_private_event(event, kind, actor, subject, detail, &[]);
}

/// The same of an event that says something of a person beside.
pub(crate) fn assert_private_event(
    event: &Event,
    kind: EventKind,
    actor: ActorRef,
    subject: Option<UserId>,
    detail: &[(&'static str, &str)],
    private: &[(&'static str, &str)],
) {
    let origin = samples::origin();
    let expected = Event {
        id: event.id,
        sequence: None,
        kind,
        actor,
        subject,
        at: samples::NOW,
        address: origin.address,
        request_id: origin.request_id,
        detail: facts(detail),
        private: facts(private),
    };
    assert_eq!(*event, expected);
}

/// Facts by their names.
pub(crate) fn facts(told: &[(&'static str, &str)]) -> Facts {
    told.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect()
}

/// The facts that an event tells beside what happened to whom.
pub(crate) fn detail(event: &Event) -> Vec<(&str, &str)> {
    event.detail.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect()
}

/// What the outside learns of a failure.
pub(crate) fn told(error: &impl Describe) -> (FaultKind, &'static str) {
    let fault = error.fault();
    (fault.kind, fault.code)
}
