//! Which use case tells what in the audit trail.

use super::agreeable::{self, Backups, Trail};
use crate::Limit;
use crate::access::Refused;
use crate::actor::{Actor, Evidence, Identity, Member};
use crate::backup::{Schedule, Unwatched, Watcher};
use crate::sealing::MockRootChange;
use crate::store::Account;
use crate::testing::cast::{DIFFERS, MATCHES, OUTDATED, anns, password, reason, suspended};
use crate::testing::{House, samples};
use crate::users::{PasswordChange, PasswordChangeDraft, RoleChange, SuspensionOrder};
use domain::access::{Reason, Role};
use domain::audit::{EventFilter, EventKind};
use domain::sessions::LogIn;
use domain::users::{
    Change, LoginName, ProfileDraft, ProfilePatch, RoleEnd, SignUp, Suspension, User, UserQuery,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

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
        EventKind::ProfileEdited => &["edit", "edit_profile"],
        EventKind::PasswordChanged => &["change_password"],
        EventKind::PasswordCheckFailed => {
            &["change_password", "close", "prepare_export", "set_role", "suspend"]
        }
        EventKind::AttemptsCleared => &["unlock"],
        EventKind::UserDeleted => &["close", "delete", "replay_erasures", "restore_backup"],
        EventKind::RoleChanged => &["set_role", "settle"],
        EventKind::UserSuspended => &["suspend"],
        EventKind::UserReinstated => &["reinstate", "settle"],
        EventKind::SessionEnded => &["end_of", "end_own", "revoke"],
        EventKind::SessionsEnded => &["end_all_of", "end_others"],
        EventKind::PasswordLinkCreated => &["create", "issue_password_link"],
        EventKind::PasswordSet => &["set_password"],
        EventKind::PersonalDataOpened => &["open_personal_data"],
        EventKind::AccessRefused => &["write_refusals"],
        EventKind::AuditExported => &["export"],
        // Whoever rotates or revokes keys does what the schedule asks for at the same time.
        EventKind::SigningKeyCreated | EventKind::SigningKeyRemoved => {
            &["open_keys", "revoke_keys", "rotate_keys"]
        }
        EventKind::SigningKeyAdvanced => &["rotate_keys"],
        EventKind::SigningKeyRevoked => &["revoke_keys"],
        EventKind::RootKeyRotated => &["finish_rotation"],
        EventKind::PersonalDataExported => &["export_of", "export_own"],
        EventKind::AuditPruned => &["prune"],
        EventKind::BackupTaken => &["keep_up_backups", "take_backup"],
        EventKind::BackupRestored => &["restore_backup"],
    }
}

/// Who told what, by the name of the event.
#[derive(Default)]
struct Told(BTreeMap<&'static str, BTreeSet<&'static str>>);

impl Told {
    /// Plays a use case with a right password, with one whose hash is outdated, and with a wrong one; each with an
    /// account in order, with a suspended one, and with one that has lost by itself what it had for a time.
    async fn by(&mut self, use_case: &'static str, play: impl AsyncFn(&House)) {
        for account in [anns(Role::User), suspended(anns(Role::User)), over()] {
            for (verdict, waits) in [(MATCHES, false), (OUTDATED, true), (DIFFERS, false)] {
                let (house, trail) = agreeable::house(&account, verdict, waits);
                play(&house).await;
                self.note(use_case, &trail);
            }
        }
    }

    /// The same with backups, for which no account and no password matters.
    async fn by_backups(&mut self, use_case: &'static str, play: impl AsyncFn(&Backups)) {
        let (backups, trail) = agreeable::backups(&anns(Role::User));
        play(&backups).await;
        self.note(use_case, &trail);
    }

    fn note(&mut self, use_case: &'static str, trail: &Trail) {
        for kind in trail.kinds() {
            self.0.entry(kind.name()).or_default().insert(use_case);
        }
    }
}

fn over() -> Account {
    let Account { user, password_hash } = suspended(anns(Role::Admin));
    let role_end = Some(RoleEnd { at: samples::NOW, then: Role::User });
    let ended = |suspension| Suspension { until: Some(samples::NOW), ..suspension };
    let suspension = user.suspension.map(ended);
    Account { user: User { role_end, suspension, ..user }, password_hash }
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

async fn own_account(told: &mut Told) {
    let (ann, visitor) = (samples::member(1, Role::User), samples::visitor());
    told.by("sign_up", async |house| drop(house.users.sign_up(&visitor, sign_up()).await)).await;
    told.by("own_profile", async |house| drop(house.users.own_profile(&ann).await)).await;
    told.by("edit_profile", async |house| drop(house.users.edit_profile(&ann, patch()).await)).await;
    told.by("change_password", async |house| drop(house.users.change_password(&ann, change()).await)).await;
    told.by("close", async |house| drop(house.users.close(&ann, &password(samples::PASSWORD)).await)).await;
    told.by("prepare_export", async |house| {
        drop(house.users.prepare_export(&ann, &password(samples::PASSWORD)).await);
    })
    .await;
    told.by("export_own", async |house| drop(house.users.export_own(&ann, "ticket").await)).await;
    told.by("notices", async |house| drop(house.users.notices(&ann).await)).await;
    told.by("dismiss_notices", async |house| {
        drop(house.users.dismiss_notices(&ann, samples::NOW).await);
    })
    .await;
    told.by("set_password", async |house| {
        let new = password(samples::OTHER_PASSWORD);
        drop(house.users.set_password(&visitor, "link", new).await);
    })
    .await;
}

async fn accounts_of_others(told: &mut Told) {
    let (boss, id) = (samples::member(2, Role::Admin), samples::user_id(1));
    // In a session of hers in which she is an administrator.
    let session_id = samples::session_id(3);
    let ann = Member { user_id: id, session_id, ..boss.member().unwrap() };
    let ann = Actor { identity: Identity::Member(ann), ..boss.clone() };
    let own = || Some(password(samples::PASSWORD));
    told.by("create", async |house| {
        for with_password in [true, false] {
            let form = samples::enrolment("bobby", Role::Admin, with_password).unwrap();
            drop(house.users.create(&boss, form).await);
        }
    })
    .await;
    told.by("find", async |house| drop(house.users.find(&boss, &LoginName::parse("annlee")).await)).await;
    told.by("view", async |house| drop(house.users.view(&boss, id).await)).await;
    told.by("page", async |house| {
        drop(house.users.page(&boss, &UserQuery::default(), Limit::default()).await);
    })
    .await;
    told.by("edit", async |house| drop(house.users.edit(&boss, id, patch()).await)).await;
    told.by("set_role", async |house| {
        drop(house.users.set_role(&boss, id, RoleChange::to(Role::Moderator)).await);
        let down = RoleChange { password: own(), ..RoleChange::to(Role::User) };
        drop(house.users.set_role(&ann, id, down).await);
    })
    .await;
    told.by("suspend", async |house| {
        for actor in [&boss, &ann] {
            let order = SuspensionOrder { reason: reason("Sends spam."), until: None, password: own() };
            drop(house.users.suspend(actor, id, order).await);
        }
    })
    .await;
    told.by("reinstate", async |house| drop(house.users.reinstate(&boss, id).await)).await;
    told.by("settle", async |house| drop(house.users.settle().await)).await;
    told.by("delete", async |house| drop(house.users.delete(&boss, id).await)).await;
    told.by("export_of", async |house| drop(house.users.export_of(&Actor::system(), id).await)).await;
    told.by("open_personal_data", async |house| {
        drop(house.users.open_personal_data(&boss, id, &reason("They asked for help.")).await);
    })
    .await;
    told.by("issue_password_link", async |house| drop(house.users.issue_password_link(&boss, id).await))
        .await;
}

async fn sessions(told: &mut Told) {
    let (ann, visitor) = (samples::member(1, Role::User), samples::visitor());
    told.by("log_in", async |house| drop(house.sessions.log_in(&visitor, log_in(), None).await)).await;
    told.by("log_in_web", async |house| drop(house.sessions.log_in_web(&visitor, log_in(), None).await))
        .await;
    told.by("refresh", async |house| {
        for presented in ["1", "2", "3", "4", "no token"] {
            drop(house.sessions.refresh(&visitor, presented, None).await);
        }
    })
    .await;
    told.by("revoke", async |house| {
        for presented in ["3", "4", "no token"] {
            drop(house.sessions.revoke(&visitor, presented).await);
        }
    })
    .await;
    told.by("renew_cookie", async |house| drop(house.sessions.renew_cookie(&ann).await)).await;
    told.by("log_out", async |house| drop(house.sessions.log_out(&ann).await)).await;
    told.by("own", async |house| drop(house.sessions.own(&ann, None, Limit::default()).await)).await;
    told.by("end_own", async |house| drop(house.sessions.end_own(&ann, samples::session_id(1)).await)).await;
    told.by("end_others", async |house| drop(house.sessions.end_others(&ann).await)).await;
    told.by("sweep", async |house| drop(house.sessions.sweep().await)).await;
}

async fn sessions_of_others(told: &mut Told) {
    let (boss, id) = (samples::member(2, Role::Admin), samples::user_id(1));
    told.by("of", async |house| drop(house.sessions.of(&boss, id, None, Limit::default()).await)).await;
    told.by("end_of", async |house| drop(house.sessions.end_of(&boss, id, samples::session_id(1)).await))
        .await;
    told.by("end_all_of", async |house| drop(house.sessions.end_all_of(&boss, id).await)).await;
    told.by("introspect", async |house| drop(house.sessions.introspect(&boss, "3").await)).await;
}

async fn installation(told: &mut Told) {
    let (boss, visitor) = (samples::member(2, Role::Admin), samples::visitor());
    let login = LoginName::parse("annlee");
    told.by("create_first_administrator", async |house| {
        drop(house.admin.create_first_administrator(&visitor, "secret", sign_up()).await);
    })
    .await;
    told.by("unlock", async |house| drop(house.admin.unlock(&boss, &login).await)).await;
    told.by("overview", async |house| drop(house.admin.overview(&boss).await)).await;
    told.by("count_hours", async |house| drop(house.admin.count_hours().await)).await;
    told.by("open_keys", async |house| drop(house.keys.open().await)).await;
    told.by("rotate_keys", async |house| drop(house.keys.rotate(&boss).await)).await;
    told.by("revoke_keys", async |house| drop(house.keys.revoke(&boss).await)).await;
}

async fn vault(told: &mut Told) {
    told.by("open_vault", async |house| drop(house.vault.open().await)).await;
    told.by("seal_some", async |house| drop(house.vault.seal_some().await)).await;
    told.by("unsealed", async |house| drop(house.vault.unsealed().await)).await;
    told.by("reload_keyring", async |house| drop(house.vault.reload_keyring().await)).await;
    told.by("tidy", async |house| drop(house.vault.tidy().await)).await;
    told.by("replay_erasures", async |house| drop(house.vault.replay_erasures().await)).await;
    told.by("begin_rotation", async |house| drop(house.vault.begin_rotation().await)).await;
    told.by("rewrapped", async |house| drop(house.vault.rewrapped(2).await)).await;
    told.by("rewrap_some", async |house| drop(house.vault.rewrap_some(2).await)).await;
    told.by("finish_rotation", async |house| {
        let mut change = MockRootChange::new();
        change.expect_reseal().returning(|entry| Ok(entry.clone()));
        change.expect_key_check().return_const(samples::digest(2));
        drop(house.vault.finish_rotation(&change, 2).await);
    })
    .await;
}

async fn watching(told: &mut Told) {
    let (ann, boss) = (samples::member(1, Role::User), samples::member(2, Role::Admin));
    let all = EventFilter::default();
    told.by("events", async |house| drop(house.audit.page(&boss, &all, None, Limit::default()).await)).await;
    told.by("activity", async |house| {
        drop(house.audit.activity_of(&boss, samples::user_id(1), None, None, Limit::default()).await);
        drop(house.audit.own_activity(&ann, None, None, Limit::default()).await);
    })
    .await;
    told.by("export", async |house| {
        if let Ok(export) = house.audit.export(&boss, all).await {
            drop(house.audit.export_lines(export).await);
        }
    })
    .await;
    told.by("seal", async |house| drop(house.audit.seal().await)).await;
    told.by("publish_head", async |house| drop(house.audit.publish_head().await)).await;
    told.by("verify", async |house| drop(house.audit.verify(&[], |_| ()).await)).await;
    told.by("verify_export", async |house| {
        drop(house.audit.verify_export(std::iter::empty(), &[], true).await);
    })
    .await;
    told.by("prune", async |house| drop(house.audit.prune().await)).await;
    told.by("write_refusals", async |house| {
        let refused = Refused { evidence: Evidence::default(), needed: None, reason: Reason::NoCredential };
        house.access.refused(&samples::origin(), "GET /api/v1/me", &refused);
        drop(house.access.write_refusals().await);
    })
    .await;
}

async fn backups(told: &mut Told) {
    let (place, nobody): (&Path, Watcher) = (Path::new("/copies/one"), Arc::new(Unwatched));
    told.by_backups("take_backup", async |backups| drop(backups.backup.take(place, &nobody).await)).await;
    told.by_backups("keep_up_backups", async |backups| {
        let schedule = Schedule { folder: "/copies".into(), every: Duration::from_hours(24), keep: 7 };
        drop(backups.backup.keep_up(&schedule, &nobody).await);
    })
    .await;
    told.by_backups("verify_backup", async |backups| drop(backups.restore.verify(place, &[], &nobody).await))
        .await;
    told.by_backups("restore_backup", async |backups| {
        drop(backups.restore.restore(place, &[], &nobody).await);
    })
    .await;
}

#[tokio::test]
async fn every_kind_of_event_is_told_by_exactly_the_use_cases_it_names() {
    let mut told = Told::default();
    own_account(&mut told).await;
    accounts_of_others(&mut told).await;
    sessions(&mut told).await;
    sessions_of_others(&mut told).await;
    installation(&mut told).await;
    vault(&mut told).await;
    watching(&mut told).await;
    backups(&mut told).await;
    for kind in EventKind::ALL {
        let by: Vec<&str> = told.0.remove(kind.name()).unwrap_or_default().into_iter().collect();
        assert_eq!(by, tellers(*kind), "{}", kind.name());
    }
}
