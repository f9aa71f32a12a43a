//! Who plays, and what is expected of the ports around them.

use application::hashing::Verdict;
use application::store::{ExportTicket, Instance, PasswordLink, Saved};
use application::testing::{Stage, StagedWork, samples};
use application::tokens::{Issued, PresentedCookie, PresentedExportTicket, PresentedPasswordLink};
use domain::Timestamp;
use domain::access::Role;
use domain::audit::{ActorRef, Event, EventKind, Sequence};
use domain::ids::{EventId, InstanceId, NoticeId, UserId};
use domain::notices::{Notice, NoticeKind};
use domain::sessions::{BegunSession, Channel, DeviceName, Token, TokenDigest};
use domain::users::{Bio, FullName, Location, Profile};
use std::time::Duration;

/// The cookie of Ann's session.
pub(super) const COOKIE: &str = "anns-cookie";
/// The secret of the link that creates the first administrator, and of the one that sets Ann's password.
pub(super) const LINK: &str = "setup-Secret_1";
/// The secret of the ticket by which Ann fetches everything that is held about her.
pub(super) const TICKET: &str = "ticket-of-Ann_1";
/// What would run if it were not text.
pub(super) const HOSTILE: &str = "\"><svg onload=alert(1)>{{7*7}}";

/// Ann is user 1; her session is session 1.
pub(super) fn ann() -> Profile {
    samples::profile(1, "ann.lee", Role::User).unwrap()
}

/// A stage on which nobody is logged in.
pub(super) fn empty() -> Stage {
    let mut stage = Stage::new().unwrap();
    stage.opaque_tokens.expect_read_cookie().returning(|text| {
        let presented = PresentedCookie { session_id: samples::session_id(1), digest: samples::digest(1) };
        (text == COOKIE).then_some(presented)
    });
    stage.opaque_tokens.expect_attempt_key().returning(|_| samples::digest(9));
    stage.opaque_tokens.expect_is_setup_link().returning(|text| text == LINK);
    stage.opaque_tokens.expect_read_password_link().returning(|text| {
        let presented = PresentedPasswordLink { user_id: samples::user_id(1), digest: samples::digest(5) };
        (text == LINK).then_some(presented)
    });
    stage.users.expect_password_link().returning(|user_id| {
        let expires_at = samples::NOW.plus(Duration::from_hours(1));
        Ok(Some(PasswordLink { user_id, digest: samples::digest(5), expires_at }))
    });
    stage.users.expect_export_ticket().returning(|user_id| Ok(Some(ticket(user_id, &samples::digest(6)))));
    stage
        .opaque_tokens
        .expect_export_ticket()
        .returning(|_| Issued { token: Token::new(TICKET.to_owned()), digest: samples::digest(6) });
    stage.opaque_tokens.expect_read_export_ticket().returning(|text| {
        let presented = PresentedExportTicket { user_id: samples::user_id(1), digest: samples::digest(6) };
        (text == TICKET).then_some(presented)
    });
    stage.keeper.expect_tidy().returning(|| Ok(0));
    stage.signs();
    stage.opaque_tokens.expect_setup_link().returning(|| Token::new(LINK.to_owned()));
    stage.instance.expect_find().returning(|| Ok(Some(instance(false))));
    stage
}

/// A stage on which Ann is logged in by [`COOKIE`], on this device and no other, and nothing has happened.
pub(super) fn with(profile: Profile) -> Stage {
    let mut stage = member(profile);
    stage.users.expect_notices().returning(|_, _| Ok(Vec::new()));
    stage.sessions.expect_of().returning(|_, _, _| Ok(vec![device(1, None)]));
    stage.events.expect_page().returning(|_, _, _, _| Ok(Vec::new()));
    stage
}

/// A stage on which Ann is logged in and there is something to see on every page, all of it hostile.
pub(super) fn busy(profile: Profile) -> Stage {
    let mut stage = member(profile);
    stage.users.expect_notices().returning(|_, _| Ok(vec![notice(1), notice(2)]));
    stage.sessions.expect_of().returning(|_, _, limit| {
        let numbers = 1..=u8::try_from(limit).unwrap();
        Ok(numbers.map(|number| device(number, Some(HOSTILE))).collect())
    });
    stage.events.expect_page().returning(|filter, _, _, limit| {
        let kind = filter.kind.unwrap_or(EventKind::RoleChanged);
        let detail = [("reason", HOSTILE), ("role", HOSTILE), ("operation", HOSTILE)];
        let numbers = 1..=u8::try_from(limit).unwrap();
        Ok(numbers.map(|number| event(number, kind, &detail)).collect())
    });
    stage
}

/// A stage on which Ann is logged in by [`COOKIE`], and nothing is known of her devices and of what happened.
pub(super) fn member(profile: Profile) -> Stage {
    let mut stage = empty();
    let role = profile.user.role;
    stage.sessions.expect_find().returning(move |_| Ok(Some(samples::live_session(1, Channel::Web, role))));
    let own = profile.clone();
    stage.users.expect_own_profile().returning(move |_| Ok(Some(own.clone())));
    stage.users.expect_profile().returning(move |_| Ok(Some(profile.clone())));
    stage
}

/// Ann's session of that number on a device of that name.
pub(super) fn device(number: u8, name: Option<&str>) -> BegunSession {
    let mut begun = samples::begun_session(number, Channel::Web, Role::User);
    begun.session.user_id = samples::user_id(1);
    begun.device.name = name.and_then(|name| DeviceName::parse(name).ok());
    begun
}

/// Something that Ann has to be told, that many minutes after the beginning.
pub(super) fn notice(number: u8) -> Notice {
    Notice {
        id: NoticeId::new(samples::NOW, &[number; 10]),
        user_id: samples::user_id(1),
        kind: NoticeKind::RefreshTokenReused,
        at: minutes(number),
    }
}

/// Something that an administrator did to Ann, that many minutes after the beginning. What they wrote tells of her.
pub(super) fn event(number: u8, kind: EventKind, detail: &[(&'static str, &str)]) -> Event {
    let told = |private: bool| {
        let told = detail.iter().filter(|(name, _)| (*name == "reason") == private);
        told.map(|(name, value)| ((*name).into(), (*value).to_owned())).collect()
    };
    Event {
        id: EventId::new(samples::NOW, &[number; 10]),
        sequence: Some(Sequence::new(number.into())),
        kind,
        actor: ActorRef::User(samples::user_id(9)),
        subject: Some(samples::user_id(1)),
        at: minutes(number),
        address: Some(samples::ADDRESS),
        request_id: None,
        detail: told(false),
        private: told(true),
    }
}

fn minutes(number: u8) -> Timestamp {
    samples::NOW.plus(Duration::from_mins(number.into()))
}

pub(super) fn instance(settled: bool) -> Instance {
    Instance {
        id: InstanceId::new(samples::NOW, &[1; 10]),
        key_check: samples::digest(1),
        created_at: samples::NOW,
        administered_at: settled.then_some(samples::NOW),
    }
}

/// Ann with something hostile wherever she may write freely.
pub(super) fn hostile() -> Profile {
    let mut profile = ann();
    profile.personal.full_name = FullName::parse(HOSTILE).ok();
    profile.personal.bio = Bio::parse(HOSTILE).ok();
    profile.personal.location = Location::parse(HOSTILE).ok();
    profile
}

/// The next password that is looked at is right, or wrong.
pub(super) fn password(stage: &mut Stage, right: bool) {
    stage.users.expect_account().returning(|_| Ok(samples::account(1, "ann.lee", Role::User)));
    stage.users.expect_account_of().returning(|_| Ok(samples::account(1, "ann.lee", Role::User)));
    stage.attempts.expect_find().returning(|_| Ok(None));
    stage.hasher.expect_verify().returning(move |_, _| Ok(Verdict { matches: right, outdated: false }));
    stage.hasher.expect_hash().returning(|_| Ok(samples::hash()));
}

/// A unit of work that takes whatever it is given.
pub(super) fn work(stage: &Stage) -> StagedWork {
    let mut work = stage.work();
    takes_all(&mut work);
    work
}

/// A ticket that works for another minute.
fn ticket(user_id: UserId, digest: &TokenDigest) -> ExportTicket {
    ExportTicket { user_id, digest: *digest, expires_at: samples::NOW.plus(Duration::from_mins(1)) }
}

/// Lets a unit of work take whatever it is given, and whatever else it was told to expect before.
pub(super) fn takes_all(work: &mut StagedWork) {
    work.keep_events();
    work.users.expect_find().returning(|_| Ok(samples::account(1, "ann.lee", Role::User)));
    work.users.expect_insert().returning(|_, _, _| Ok(Saved::Yes));
    work.users.expect_update().returning(|_, _| Ok(Saved::Yes));
    work.users.expect_set_password().returning(|_, _, _| Ok(()));
    work.users.expect_record_log_in().returning(|_, _| Ok(()));
    work.users.expect_delete().returning(|_| Ok(true));
    work.personal_data.expect_find().returning(|_| Ok(Some(ann().personal)));
    work.personal_data.expect_put().returning(|_, _| Ok(()));
    work.personal_data.expect_remove().returning(|_| Ok(()));
    work.sessions.expect_find().returning(|_| Ok(Some(samples::live_session(1, Channel::Web, Role::User))));
    work.sessions.expect_insert().returning(|_| Ok(()));
    work.sessions.expect_end().returning(|_| Ok(true));
    work.sessions.expect_end_all_of().returning(|_, _| Ok(2));
    work.sessions.expect_replace_cookie().returning(|_, _| Ok(()));
    work.password_links.expect_take().returning(|_, _| Ok(true));
    work.password_links.expect_remove().returning(|_| Ok(true));
    work.export_tickets.expect_put().returning(|_| Ok(()));
    work.export_tickets.expect_take().returning(|user_id, digest| Ok(Some(ticket(user_id, digest))));
    work.erasures.expect_record().returning(|_| Ok(()));
    work.notices.expect_dismiss().returning(|_, _| Ok(1));
    work.attempts.expect_find().returning(|_| Ok(None));
    work.attempts.expect_clear_of().returning(|_| Ok(false));
    work.instance.expect_lock_administrators().returning(|| Ok(()));
    work.instance.expect_settle_administration().returning(|_| Ok(true));
}

/// What a log-in or a renewal hands out.
pub(super) fn issues(stage: &mut Stage, cookie: &'static str) {
    stage
        .opaque_tokens
        .expect_cookie()
        .returning(move |_| Issued { token: Token::new(cookie.to_owned()), digest: samples::digest(2) });
    stage.opaque_tokens.expect_device_mark().returning(|_, _| Token::new("mark-of-ann".to_owned()));
}
