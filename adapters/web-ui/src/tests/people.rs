//! Who plays, and what is expected of the ports around them.

use application::hashing::Verdict;
use application::store::{Instance, Saved};
use application::testing::{Stage, StagedWork, samples};
use application::tokens::{Issued, PresentedCookie};
use domain::access::Role;
use domain::ids::InstanceId;
use domain::sessions::{Channel, Token};
use domain::users::{Bio, FullName, Location, Profile};

/// The cookie of Ann's session.
pub(super) const COOKIE: &str = "anns-cookie";
/// The secret of the link that creates the first administrator.
pub(super) const LINK: &str = "setup-Secret_1";
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
    stage.opaque_tokens.expect_setup_link().returning(|| Token::new(LINK.to_owned()));
    stage.instance.expect_find().returning(|| Ok(Some(instance(false))));
    stage
}

/// A stage on which Ann is logged in by [`COOKIE`].
pub(super) fn with(profile: Profile) -> Stage {
    let mut stage = empty();
    let role = profile.user.role;
    stage.sessions.expect_find().returning(move |_| Ok(Some(samples::live_session(1, Channel::Web, role))));
    stage.users.expect_profile().returning(move |_| Ok(Some(profile.clone())));
    stage
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
    work.attempts.expect_find().returning(|_| Ok(None));
    work.attempts.expect_clear_of().returning(|_| Ok(false));
    work.instance.expect_lock_administrators().returning(|| Ok(()));
    work.instance.expect_settle_administration().returning(|_| Ok(true));
    work
}

/// What a log-in or a renewal hands out.
pub(super) fn issues(stage: &mut Stage, cookie: &'static str) {
    stage
        .opaque_tokens
        .expect_cookie()
        .returning(move |_| Issued { token: Token::new(cookie.to_owned()), digest: samples::digest(2) });
    stage.opaque_tokens.expect_device_mark().returning(|_, _| Token::new("mark-of-ann".to_owned()));
}
