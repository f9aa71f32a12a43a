mod authenticate;
mod authenticate_cookie;
mod log_in;
mod log_in_races;
mod log_in_web;
mod log_out;
mod refresh;
mod refresh_family;
mod refresh_refused;
mod sweep;

use crate::store::Account;
use crate::testing::cast::finds;
use crate::testing::{Stage, StagedWork, samples};
use crate::tokens::{Issued, PresentedRefresh};
use domain::sessions::{Family, Generation, Token, TokenDigest};
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
        .withf(|_, generation| *generation == Generation::FIRST)
        .times(1)
        .return_once(|_, _| issued("refresh-1", samples::digest(5)));
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

/// The family of session 1 at that generation, whose digest is that of the same number.
fn family(generation: u8) -> Family {
    Family {
        session_id: samples::session_id(1),
        generation: Generation::from_number(generation.into()),
        digest: samples::digest(generation),
        issued_at: samples::NOW,
    }
}
