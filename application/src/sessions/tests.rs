mod authenticate;
mod authenticate_cookie;
mod counted_log_ins;
mod counted_refreshes;
mod end;
mod evidence;
mod introspect;
mod list;
mod log_in;
mod log_in_races;
mod log_in_web;
mod log_out;
mod refresh;
mod refresh_family;
mod refresh_grace;
mod refresh_refused;
mod revoke;
mod sweep;
mod uses;

use crate::actor::Actor;
use crate::store::{Account, LiveSession};
use crate::testing::cast::{client, finds};
use crate::testing::{Stage, StagedWork, samples};
use crate::tokens::{Issued, PresentedRefresh};
use domain::access::Role;
use domain::notices::NoticeKind;
use domain::sessions::{Channel, Family, Generation, Token, TokenDigest};
use mockall::predicate::eq;

fn issued(text: &str, digest: TokenDigest) -> Issued {
    Issued { token: Token::new(text.to_owned()), digest }
}

/// Somebody names an account at a log-in, by a text with that key.
fn names(stage: &mut Stage, key: &'static str, account: Option<Account>) {
    stage.users.expect_account().withf(move |login| login.key() == key).times(1).return_once(|_| Ok(account));
}

/// A log-in over the API issues the first refresh token and signs an access token.
fn signs(stage: &mut Stage) {
    stage
        .opaque_tokens
        .expect_refresh()
        .withf(|_, generation, before| *generation == Generation::FIRST && before.is_none())
        .times(1)
        .return_once(|_, _, _| issued("refresh-1", samples::digest(5)));
    stage.access_tokens.expect_sign().times(1).return_once(|_| Ok(Token::new("access".to_owned())));
}

/// A unit of work that finds Ann's account and stores a session of hers with its family.
fn opens(stage: &Stage, account: Account) -> StagedWork {
    let mut work = stage.work();
    finds(&mut work, Some(account));
    work.sessions.expect_insert().times(1).return_once(|_| Ok(()));
    work.refresh_tokens.expect_insert().times(1).return_once(|_| Ok(()));
    work.users
        .expect_record_log_in()
        .with(eq(samples::user_id(1)), eq(samples::NOW))
        .times(1)
        .return_once(|_, _| Ok(()));
    work.attempts.expect_clear_of().with(eq(samples::user_id(1))).times(1).return_once(|_| Ok(true));
    work
}

/// A refresh token of session 1 with that generation and digest came back.
fn presents(stage: &mut Stage, generation: u8, digest: u8) {
    let presented = PresentedRefresh {
        session_id: samples::session_id(1),
        generation: Generation::from_number(generation.into()),
        digest: samples::digest(digest),
    };
    stage
        .opaque_tokens
        .expect_read_refresh()
        .withf(|text| text == "refresh")
        .times(1)
        .return_once(move |_| Some(presented));
}

/// The administrator who looks after the sessions of others is user 2.
fn boss() -> Actor {
    samples::member(2, Role::Admin)
}

/// Ann has that account when somebody wants to touch her sessions.
fn reaches(stage: &mut Stage, account: Option<Account>) {
    stage.users.expect_account_of().with(eq(samples::user_id(1))).times(1).return_once(|_| Ok(account));
}

/// Ann's session over the API, as it is found when its refresh token comes.
fn live(role: Role) -> LiveSession {
    samples::live_session(1, Channel::Api, role)
}

/// This session of Ann's is found with this family; a unit of work in which something comes of it.
fn refreshing(stage: &mut Stage, live: LiveSession, family: Family) -> StagedWork {
    let found = (live, family);
    stage
        .sessions
        .expect_find_with_family()
        .with(eq(samples::session_id(1)))
        .times(1)
        .return_once(|_| Ok(Some(found)));
    stage.work()
}

/// A unit of work that finds this session of Ann's with this family, after somebody else was first.
fn looks_again(stage: &Stage, live: LiveSession, family: Family) -> StagedWork {
    let mut work = stage.work();
    let id = samples::session_id(1);
    work.sessions.expect_find().with(eq(id)).times(1).return_once(|_| Ok(Some(live)));
    work.refresh_tokens.expect_find().with(eq(id)).times(1).return_once(move |_| Ok(Some(family)));
    work
}

/// The session ends because its token came a second time, and its owner is told.
fn ends_reused(work: &mut StagedWork) {
    let user = samples::user_id(1);
    work.sessions.expect_end().with(eq(samples::session_id(1))).times(1).return_once(|_| Ok(true));
    work.notices
        .expect_insert()
        .withf(move |notice| (notice.user_id, notice.kind) == (user, NoticeKind::RefreshTokenReused))
        .times(1)
        .return_once(|_| Ok(()));
}

/// The family of session 1 at that generation: the digest of each token is that of its generation's number, and the
/// client is that of [`samples::origin`].
fn family(generation: u8) -> Family {
    Family {
        session_id: samples::session_id(1),
        generation: Generation::from_number(generation.into()),
        digest: samples::digest(generation),
        predecessor: (generation > 1).then(|| samples::digest(generation - 1)),
        client: client(),
        scopes: Role::User.scopes(),
        issued_at: samples::NOW,
    }
}
