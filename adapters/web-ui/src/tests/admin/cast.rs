//! Who plays on the pages of administrators, and what there is to see.

use super::super::people::{self, HOSTILE, empty, event};
use application::store::{Account, HourlyCount, Saved, UserCount};
use application::testing::{Stage, StagedWork, samples};
use application::tokens::Issued;
use domain::Timestamp;
use domain::access::Role;
use domain::audit::{ActorRef, EventKind};
use domain::ids::{SessionId, UserId};
use domain::sessions::{BegunSession, Channel, Token};
use domain::users::{Bio, FullName, Justification, Locale, Location, Profile, Status, Suspension, Website};
use std::time::Duration;

/// The secret of the link by which Bob sets his password.
pub(super) const SECRET: &str = "link-of-Bob_1";

/// Whoever is logged in: user 1 with that role.
pub(super) fn chief(role: Role) -> Profile {
    samples::profile(1, "root.chief", role).unwrap()
}

/// User 2, about whom there is something to know.
pub(super) fn bob() -> Profile {
    let mut profile = samples::profile(2, "bob.ray", Role::User).unwrap();
    profile.personal.full_name = FullName::parse("Robert Ray").ok();
    profile.personal.website = Website::parse("https://bob.example/").ok();
    profile
}

/// Bob's page.
pub(super) fn page() -> String {
    format!("/admin/users/{}", samples::user_id(2))
}

/// A page that belongs to Bob's.
pub(super) fn sub(name: &str) -> String {
    format!("{}/{name}", page())
}

/// Bob, suspended, and with something hostile wherever somebody may write freely.
pub(super) fn hostile_bob() -> Profile {
    let mut profile = bob();
    profile.personal.full_name = FullName::parse(HOSTILE).ok();
    profile.personal.bio = Bio::parse(HOSTILE).ok();
    profile.personal.location = Location::parse(HOSTILE).ok();
    let reason = Justification::parse(HOSTILE).unwrap();
    profile.user.suspension = Some(Suspension { reason, since: samples::NOW, until: None });
    profile
}

/// The account of a profile.
pub(super) fn account(profile: &Profile) -> Account {
    Account { user: profile.user.clone(), password_hash: Some(samples::hash()) }
}

/// A stage on which user 1 is logged in with that role, and there is Bob; user 9 is gone.
pub(super) fn stage(role: Role) -> Stage {
    stage_with(chief(role), bob())
}

pub(super) fn stage_with(own: Profile, other: Profile) -> Stage {
    let mut stage = empty();
    let role = own.user.role;
    stage.sessions.expect_find().returning(move |_| Ok(Some(samples::live_session(1, Channel::Web, role))));
    let known = [own, other];
    let find = move |id: UserId| known.iter().find(|profile| profile.user.id == id).cloned();
    let (account_of, own) = (find.clone(), find.clone());
    stage.users.expect_profile().returning(move |id| Ok(find(id)));
    stage.users.expect_own_profile().returning(move |id| Ok(own(id)));
    stage.users.expect_account_of().returning(move |id| Ok(account_of(id).as_ref().map(account)));
    stage
}

/// Lists on which there is nothing.
pub(super) fn quiet(stage: &mut Stage) {
    stage.events.expect_page().returning(|_, _, _, _| Ok(Vec::new()));
    stage.sessions.expect_of().returning(|_, _, _| Ok(Vec::new()));
}

/// A stage on which there is something to see on every page, and more of it than fits, as hostile as can be.
pub(super) fn full(role: Role, locale: Locale) -> Stage {
    let mut own = chief(role);
    own.user.preferences.locale = locale;
    let mut stage = stage_with(own, hostile_bob());
    stage.users.expect_account().returning(|_| Ok(None));
    stage.users.expect_page().returning(|_, limit| Ok(people_named(limit)));
    stage.sessions.expect_of().returning(|user, _, limit| Ok(devices(user, limit)));
    stage.events.expect_page().returning(|filter, _, _, limit| {
        let kind = filter.kind.unwrap_or(EventKind::AccessRefused);
        let detail = [("reason", HOSTILE), ("role", HOSTILE), ("operation", HOSTILE), ("kid", HOSTILE)];
        Ok((0..u8::try_from(limit).unwrap()).map(|number| event(number, kind, &detail)).collect())
    });
    counted(&mut stage);
    let next = samples::NOW.plus(Duration::from_hours(1));
    stage
        .signing_keys
        .expect_all()
        .returning(move || Ok(vec![samples::signing_key(1, samples::NOW), samples::signing_key(2, next)]));
    stage
}

fn people_named(limit: u32) -> Vec<Profile> {
    let named =
        |number: u32| samples::profile(u8::try_from(number).unwrap(), &format!("user{number}"), Role::User);
    (0..limit).filter_map(named).collect()
}

fn devices(user_id: UserId, limit: u32) -> Vec<BegunSession> {
    let device = |number: u32| {
        let mut begun = people::device(u8::try_from(number).unwrap(), Some(HOSTILE));
        begun.session.user_id = user_id;
        begun
    };
    (0..limit).map(device).collect()
}

/// The day, so many days before today, at noon.
pub(super) fn days_ago(days: u32) -> Timestamp {
    const DAY: Duration = Duration::from_hours(24);
    samples::NOW.floor(DAY).plus(DAY / 2).minus(DAY * days)
}

/// Figures: 7 users, 2 of them suspended, and an administrator; today 3 log-ins, two days ago 4 sign-ups and 10
/// failures.
pub(super) fn counted(stage: &mut Stage) {
    let count = |role, status, count| UserCount { role, status, count };
    stage.statistics.expect_users().returning(move || {
        Ok(vec![
            count(Role::User, Status::Active, 5),
            count(Role::User, Status::Suspended, 2),
            count(Role::Admin, Status::Active, 1),
        ])
    });
    let hour = Duration::from_hours(1);
    stage.statistics.expect_latest_hour().returning(move || Ok(Some(samples::NOW.floor(hour))));
    stage.statistics.expect_hours().returning(|_| {
        let hourly = |days, kind, count| HourlyCount { hour: days_ago(days), kind, count };
        Ok(vec![
            hourly(2, EventKind::UserSignedUp, 3),
            hourly(2, EventKind::UserCreated, 1),
            hourly(2, EventKind::LogInFailed, 10),
            hourly(0, EventKind::LoggedIn, 3),
        ])
    });
    stage.statistics.expect_count().returning(|_, _, _| Ok(0));
    stage.keeps_well();
}

/// User 1 is in a unit of work the administrator that they were when they asked. Session 2 is Bob's.
pub(super) fn acts(work: &mut StagedWork) {
    let sessions = [(1, Role::Admin), (2, Role::User)];
    let find =
        move |id: SessionId| sessions.into_iter().find(|(number, _)| samples::session_id(*number) == id);
    work.sessions.expect_find().returning(move |id| {
        Ok(find(id).map(|(number, role)| samples::live_session(number, Channel::Web, role)))
    });
}

/// A unit of work that holds that person's account and takes whatever becomes of it.
pub(super) fn holds(stage: &Stage, profile: &Profile) -> StagedWork {
    let mut work = stage.work();
    let (account, personal) = (account(profile), profile.personal.clone());
    work.users.expect_find().returning(move |_| Ok(Some(account.clone())));
    work.personal_data.expect_find().returning(move |_| Ok(Some(personal.clone())));
    work.personal_data.expect_put().returning(|_, _| Ok(()));
    work.personal_data.expect_remove().returning(|_| Ok(()));
    work.users.expect_insert().returning(|_, _, _| Ok(Saved::Yes));
    work.users.expect_has_administrator_besides().returning(|_| Ok(true));
    acts(&mut work);
    work.sessions.expect_end_all_of().returning(|_, _| Ok(2));
    work.instance.expect_lock_administrators().returning(|| Ok(()));
    work.password_links.expect_put().returning(|_| Ok(()));
    work.password_links.expect_remove().returning(|_| Ok(true));
    work.erasures.expect_record().returning(|_| Ok(()));
    work
}

/// Links to set a password are made.
pub(super) fn links(stage: &mut Stage) {
    stage
        .opaque_tokens
        .expect_password_link()
        .returning(|_| Issued { token: Token::new(SECRET.to_owned()), digest: samples::digest(7) });
}

/// Something that Bob did himself.
pub(super) fn by_bob(number: u8, kind: EventKind) -> domain::audit::Event {
    let bob = samples::user_id(2);
    domain::audit::Event { actor: ActorRef::User(bob), subject: Some(bob), ..event(number, kind, &[]) }
}

/// Every page that can be looked at.
pub(super) fn shown() -> Vec<String> {
    let mut pages: Vec<String> =
        ["/admin", "/admin/users", "/admin/users/new", "/admin/audit", "/admin/keys", "/admin/keys/revoke"]
            .map(str::to_owned)
            .into();
    pages.push(page());
    pages.extend(["activity", "edit", "role", "suspend", "delete"].map(sub));
    pages.push(format!("/admin/users/{}/role", samples::user_id(1)));
    pages.push(format!("/admin/users/{}/suspend", samples::user_id(1)));
    pages
}

/// Every page with a form in which something can be wrong.
pub(super) fn forms() -> Vec<String> {
    let mut pages = vec!["/admin/users/new".to_owned(), "/admin/keys/revoke".to_owned(), page()];
    pages.extend(["edit", "role", "suspend", "delete"].map(sub));
    pages
}

/// Every form that is a button and nothing more, and the page it stands on.
pub(super) fn buttons() -> Vec<(String, String)> {
    let of_bob = ["reinstate", "password-link", "end-session", "end-sessions"];
    let mut buttons: Vec<_> = of_bob.map(|name| (sub(name), page())).into();
    buttons.push(("/admin/keys/rotate".to_owned(), "/admin/keys".to_owned()));
    buttons
}
