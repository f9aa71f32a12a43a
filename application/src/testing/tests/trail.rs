//! Which use case tells what in the audit trail.

use super::agreeable;
use crate::testing::cast::{DIFFERS, MATCHES, OUTDATED, password};
use crate::testing::{House, samples};
use crate::users::{PasswordChange, PasswordChangeDraft};
use domain::access::Role;
use domain::audit::EventKind;
use domain::sessions::LogIn;
use domain::users::{Change, LoginName, ProfileDraft, ProfilePatch, SignUp};
use std::collections::{BTreeMap, BTreeSet};

/// The use cases that tell of each kind. A new kind does not compile until it stands here.
const fn tellers(kind: EventKind) -> &'static [&'static str] {
    match kind {
        EventKind::UserSignedUp => &["sign_up"],
        EventKind::UserCreated => &["create"],
        EventKind::FirstAdministratorCreated => &["create_first_administrator"],
        EventKind::LoggedIn | EventKind::LogInFailed | EventKind::PasswordRehashed => {
            &["log_in", "log_in_web"]
        }
        EventKind::LoggedOut => &["log_out"],
        EventKind::SessionRefreshed | EventKind::RefreshTokenReused => &["refresh"],
        EventKind::ProfileEdited => &["edit_profile"],
        EventKind::PasswordChanged => &["change_password"],
        EventKind::PasswordCheckFailed => &["change_password", "close"],
        EventKind::AttemptsCleared => &["unlock"],
        EventKind::UserDeleted => &["close"],
        EventKind::RoleChanged => &["set_role"],
        EventKind::SigningKeyCreated => &["open_keys"],
    }
}

/// Who told what, by the name of the event.
#[derive(Default)]
struct Told(BTreeMap<&'static str, BTreeSet<&'static str>>);

impl Told {
    /// Plays a use case with a right password, with one whose hash is outdated, and with a wrong one.
    async fn by(&mut self, use_case: &'static str, play: impl AsyncFn(&House)) {
        for verdict in [MATCHES, OUTDATED, DIFFERS] {
            let (house, trail) = agreeable::house(verdict);
            play(&house).await;
            for kind in trail.kinds() {
                self.0.entry(kind.name()).or_default().insert(use_case);
            }
        }
    }
}

fn sign_up() -> SignUp {
    samples::sign_up("bobby", "bobby@example.com").unwrap()
}

fn log_in() -> LogIn {
    samples::log_in("annlee").unwrap()
}

fn change() -> PasswordChange {
    let (current_password, new_password) = (Some(samples::PASSWORD), Some(samples::OTHER_PASSWORD));
    PasswordChange::parse(PasswordChangeDraft { current_password, new_password }).unwrap()
}

fn patch() -> ProfilePatch {
    ProfilePatch::parse(ProfileDraft { bio: Change::Set("Sails."), ..ProfileDraft::default() }).unwrap()
}

async fn users(told: &mut Told) {
    let (ann, boss, visitor) =
        (samples::member(1, Role::User), samples::member(2, Role::Admin), samples::visitor());
    told.by("sign_up", async |house| drop(house.users.sign_up(&visitor, sign_up()).await)).await;
    told.by("create", async |house| drop(house.users.create(&boss, sign_up(), Role::Admin).await)).await;
    let role = Role::Moderator;
    told.by("set_role", async |house| drop(house.users.set_role(&boss, samples::user_id(1), role).await))
        .await;
    told.by("own_profile", async |house| drop(house.users.own_profile(&ann).await)).await;
    told.by("edit_profile", async |house| drop(house.users.edit_profile(&ann, patch()).await)).await;
    told.by("change_password", async |house| drop(house.users.change_password(&ann, change()).await)).await;
    told.by("close", async |house| drop(house.users.close(&ann, &password(samples::PASSWORD)).await)).await;
}

async fn sessions(told: &mut Told) {
    let (ann, visitor) = (samples::member(1, Role::User), samples::visitor());
    told.by("log_in", async |house| drop(house.sessions.log_in(&visitor, log_in(), None).await)).await;
    told.by("log_in_web", async |house| drop(house.sessions.log_in_web(&visitor, log_in(), None).await))
        .await;
    told.by("refresh", async |house| {
        for presented in ["2", "3", "4", "no token"] {
            drop(house.sessions.refresh(&visitor, presented, None).await);
        }
    })
    .await;
    told.by("renew_cookie", async |house| drop(house.sessions.renew_cookie(&ann).await)).await;
    told.by("log_out", async |house| drop(house.sessions.log_out(&ann).await)).await;
    told.by("sweep", async |house| drop(house.sessions.sweep().await)).await;
}

async fn installation(told: &mut Told) {
    let (boss, visitor) = (samples::member(2, Role::Admin), samples::visitor());
    let login = LoginName::parse("annlee");
    told.by("establish", async |house| drop(house.admin.establish(samples::digest(1)).await)).await;
    told.by("create_first_administrator", async |house| {
        drop(house.admin.create_first_administrator(&visitor, "secret", sign_up()).await);
    })
    .await;
    told.by("unlock", async |house| drop(house.admin.unlock(&boss, &login).await)).await;
    told.by("open_keys", async |house| drop(house.keys.open().await)).await;
}

#[tokio::test]
async fn every_kind_of_event_is_told_by_exactly_the_use_cases_it_names() {
    let mut told = Told::default();
    users(&mut told).await;
    sessions(&mut told).await;
    installation(&mut told).await;
    for kind in EventKind::ALL {
        let by: Vec<&str> = told.0.remove(kind.name()).unwrap_or_default().into_iter().collect();
        assert_eq!(by, tellers(*kind), "{}", kind.name());
    }
}
