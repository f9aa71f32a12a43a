use super::{agreeable_trail, stage};
use application::hashing::Verdict;
use application::store::{Account, ExportTicket, LiveSession, PasswordLink, Saved, StoreError, UnitOfWork};
use application::testing::{Stage, StagedWork, samples};
use application::tokens::{
    AccessClaims, Issued, PresentedExportTicket, PresentedPasswordLink, PresentedRefresh, TokenFlaw,
};
use domain::access::{Role, Scopes};
use domain::ids::{NoticeId, SessionId, UserId};
use domain::notices::{Notice, NoticeKind};
use domain::sessions::{Channel, Family, Generation, Token};
use domain::users::Profile;
use std::time::Duration;

/// Makes `Bearer good` the token of Ann, with these scopes. Any other that begins with `old` is past its end.
pub fn knows_ann(stage: &mut Stage, role: Role, scopes: Scopes) {
    let claims = AccessClaims {
        user_id: samples::user_id(1),
        session_id: samples::session_id(1),
        generation: Generation::FIRST,
        scopes,
        role,
        issued_at: samples::NOW,
        expires_at: samples::NOW.plus(Duration::from_mins(10)),
    };
    stage.access_tokens.expect_verify().returning(move |token, _| match token {
        "good" => Ok(claims),
        "old" => Err(TokenFlaw::Expired(claims)),
        _ => Err(TokenFlaw::Unreadable),
    });
    stage.sessions.expect_find().returning(move |id| Ok(session(id, role)));
}

/// Ann is user 1 with session 1, Ben is user 2 with session 2.
fn session(id: SessionId, role: Role) -> Option<LiveSession> {
    let owner =
        [(1, role), (2, Role::User)].into_iter().find(|(number, _)| samples::session_id(*number) == id);
    owner.map(|(number, role)| samples::live_session(number, Channel::Api, role))
}

/// Ann is in a unit of work what she was when she asked.
pub fn stays(work: &mut StagedWork, role: Role) {
    work.sessions.expect_find().returning(move |id| Ok(session(id, role)));
}

fn account(id: UserId, role: Role) -> Option<Account> {
    let people = [(1, "annlee", role), (2, "benlee", Role::User)];
    let person = people.into_iter().find(|(number, ..)| samples::user_id(*number) == id);
    person.and_then(|(number, name, role)| samples::account(number, name, role))
}

fn profile(id: UserId, role: Role) -> Option<Profile> {
    let account = account(id, role)?;
    let ben = samples::user_id(2);
    samples::profile(if id == ben { 2 } else { 1 }, account.user.username.as_str(), role)
        .map(|profile| Profile { user: account.user, ..profile })
}

fn family() -> Family {
    Family::begun(
        samples::session_id(1),
        samples::digest(1),
        samples::digest(8),
        Role::User.scopes(),
        samples::NOW,
    )
}

/// A service in which everything that a user does succeeds, any number of times.
pub fn agreeable() -> Stage {
    agreeable_to(Role::User)
}

/// A service in which everything succeeds that Ann does with that role, any number of times.
pub fn agreeable_to(role: Role) -> Stage {
    agreeable_within(role, role.scopes())
}

/// The same with a token that was granted no more than this.
pub fn agreeable_within(role: Role, granted: Scopes) -> Stage {
    let mut stage = stage();
    let journal = stage.journal.clone();
    knows_ann(&mut stage, role, granted);
    let begun = move || -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(agreeable_work(StagedWork::new(&journal), role)))
    };
    stage.store.expect_begin().returning(begun.clone());
    stage.store.expect_begin_shared().returning(begun);
    stage.store.expect_exchange().returning(|_| Ok(()));
    stage.keeps_well();
    stage.hasher.expect_room().returning(|| Ok(()));
    stage.hasher.expect_hash().returning(|_| Ok(samples::hash()));
    stage.hasher.expect_verify().returning(|password, stored| {
        let matches = stored.is_some() && password.expose() == samples::PASSWORD;
        Ok(Verdict { matches, outdated: false })
    });
    let found = move |login: &str| account(samples::user_id(1), role).filter(|_| login == "annlee");
    stage.users.expect_account().returning(move |login| Ok(found(login.key())));
    stage.users.expect_account_of().returning(move |id| Ok(account(id, role)));
    stage.users.expect_profile().returning(move |id| Ok(profile(id, role)));
    stage.users.expect_own_profile().returning(move |id| Ok(profile(id, role)));
    stage
        .users
        .expect_page()
        .returning(move |_, _| Ok(profile(samples::user_id(2), role).into_iter().collect()));
    stage.users.expect_export_ticket().returning(|user_id| Ok(Some(export_ticket(user_id))));
    stage.users.expect_notices().returning(|user_id, _| {
        let (id, kind) = (NoticeId::new(samples::NOW, &[6; 10]), NoticeKind::RefreshTokenReused);
        Ok(vec![Notice { id, user_id, kind, at: samples::NOW }])
    });
    stage.users.expect_password_link().returning(|user_id| {
        let expires_at = samples::NOW.plus(Duration::from_hours(1));
        Ok(Some(PasswordLink { user_id, digest: samples::digest(3), expires_at }))
    });
    stage.attempts.expect_find().returning(|_| Ok(None));
    stage.sessions.expect_of().returning(|user, _, _| {
        let number = if user == samples::user_id(1) { 1 } else { 2 };
        Ok(vec![samples::begun_session(number, Channel::Api, Role::User)])
    });
    stage.sessions.expect_family().returning(|_| Ok(Some(family())));
    stage.sessions.expect_find_with_family().returning(move |id| Ok(session(id, role).zip(Some(family()))));
    stage.keeper.expect_tidy().returning(|| Ok(0));
    stage.signs();
    agreeable_trail(&mut stage);
    agreeable_keys(&mut stage);
    agreeable_tokens(&mut stage);
    stage
}

fn agreeable_keys(stage: &mut Stage) {
    stage.signing_keys.expect_all().returning(|| Ok(vec![samples::signing_key(1, samples::NOW)]));
    stage.access_tokens.expect_generate().returning(|_, _, from| Ok(samples::signing_key(2, from)));
    stage.access_tokens.expect_install().returning(|_| Ok(()));
    stage.access_tokens.expect_sign().returning(|_| Ok(Token::new("signed".to_owned())));
    stage.access_tokens.expect_jwks().returning(|| r#"{"keys":[]}"#.to_owned());
}

/// The one that a person may fetch their data with.
fn export_ticket(user_id: UserId) -> ExportTicket {
    let expires_at = samples::NOW.plus(Duration::from_hours(1));
    ExportTicket { user_id, digest: samples::digest(4), expires_at }
}

fn agreeable_tokens(stage: &mut Stage) {
    let issued =
        |text: &str, number| Issued { token: Token::new(text.to_owned()), digest: samples::digest(number) };
    stage.opaque_tokens.expect_attempt_key().return_const(samples::digest(7));
    stage.opaque_tokens.expect_client_key().return_const(samples::digest(8));
    stage.opaque_tokens.expect_refresh().returning(move |_, _, _| issued("opaque", 2));
    stage.opaque_tokens.expect_password_link().returning(move |_| issued("secret", 3));
    stage.opaque_tokens.expect_read_password_link().returning(|text| {
        let (user_id, digest) = (samples::user_id(2), samples::digest(3));
        (text == "secret").then_some(PresentedPasswordLink { user_id, digest })
    });
    stage.opaque_tokens.expect_export_ticket().returning(move |_| issued("ticket", 4));
    stage.opaque_tokens.expect_read_export_ticket().returning(|text| {
        // Each name is the ticket of somebody.
        let people = [("ticket", 1), ("bens", 2), ("used", 1)];
        let (_, number) = people.into_iter().find(|(name, _)| *name == text)?;
        let digest = samples::digest(if text == "used" { 5 } else { 4 });
        Some(PresentedExportTicket { user_id: samples::user_id(number), digest })
    });
    stage.opaque_tokens.expect_read_refresh().returning(|text| {
        let (session_id, generation) = (samples::session_id(1), Generation::FIRST);
        (text == "first").then(|| PresentedRefresh { session_id, generation, digest: samples::digest(1) })
    });
}

fn agreeable_work(mut work: StagedWork, role: Role) -> StagedWork {
    work.users.expect_find().returning(move |id| Ok(account(id, role)));
    work.users.expect_insert().returning(|_, _, _| Ok(Saved::Yes));
    work.users.expect_update().returning(|_, _| Ok(Saved::Yes));
    work.users.expect_set_password().returning(|_, _, _| Ok(()));
    work.users.expect_record_log_in().returning(|_, _| Ok(()));
    work.users.expect_delete().returning(|_| Ok(true));
    work.users.expect_has_administrator_besides().returning(|_| Ok(true));
    work.personal_data.expect_find().returning(move |id| Ok(profile(id, role).map(|found| found.personal)));
    work.personal_data.expect_put().returning(|_, _| Ok(()));
    work.personal_data.expect_remove().returning(|_| Ok(()));
    work.password_links.expect_put().returning(|_| Ok(()));
    work.password_links.expect_take().returning(|_, _| Ok(true));
    work.password_links.expect_remove().returning(|_| Ok(true));
    work.export_tickets.expect_put().returning(|_| Ok(()));
    work.export_tickets.expect_take().returning(|user_id, digest| {
        Ok(Some(export_ticket(user_id)).filter(|ticket| ticket.digest == *digest))
    });
    work.erasures.expect_record().returning(|_| Ok(()));
    work.notices.expect_dismiss().returning(|_, _| Ok(1));
    stays(&mut work, role);
    work.sessions.expect_insert().returning(|_| Ok(()));
    work.sessions.expect_record_use().returning(|_, _| Ok(()));
    work.sessions.expect_end().returning(|_| Ok(true));
    work.sessions.expect_end_all_of().returning(|_, _| Ok(1));
    work.refresh_tokens.expect_find().returning(|_| Ok(Some(family())));
    work.refresh_tokens.expect_insert().returning(|_| Ok(()));
    work.refresh_tokens.expect_rotate().returning(|_, _| Ok(()));
    work.attempts.expect_find().returning(|_| Ok(None));
    work.attempts.expect_put().returning(|_, _, _| Ok(()));
    work.attempts.expect_clear_of().returning(|_| Ok(true));
    work.signing_keys.expect_lock().returning(|| Ok(()));
    work.signing_keys.expect_all().returning(|| Ok(vec![samples::signing_key(1, samples::NOW)]));
    work.signing_keys.expect_insert().returning(|_| Ok(()));
    work.signing_keys.expect_remove().returning(|_| Ok(true));
    work.instance.expect_lock_administrators().returning(|| Ok(()));
    work.instance.expect_settle_administration().returning(|_| Ok(false));
    work.keep_events();
    work
}
