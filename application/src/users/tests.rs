mod change_password;
mod close;
mod create;
mod delete;
mod edit;
mod edit_profile;
mod export;
mod export_content;
mod export_turn;
mod find;
mod manage;
mod notices;
mod open_data;
mod password_check;
mod password_link;
mod set_own_role;
mod set_password;
mod set_role;
mod settle;
mod sign_up;
mod suspend;

use crate::actor::{Actor, Identity, Member};
use crate::document::Document;
use crate::hashing::Verdict;
use crate::sealing::DocumentKind;
use crate::store::{Account, Erasure, Saved, StoreError};
use crate::testing::cast::{acts, ann, anns, checks, finds};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::vault::Receipt;
use domain::Timestamp;
use domain::access::Role;
use domain::users::{RoleEnd, User};
use mockall::predicate::eq;

/// The administrator who keeps accounts is user 2; the account that they keep is Ann's.
fn boss() -> Actor {
    samples::member(2, Role::Admin)
}

/// The same, as administrator until that moment only.
fn boss_until(at: Timestamp) -> Actor {
    let Identity::Member(member) = boss().identity else { panic!("a member") };
    let role_end = Some(RoleEnd { at, then: Role::Moderator });
    Actor { identity: Identity::Member(Member { role_end, ..member }), origin: samples::origin() }
}

/// Ann's account with that role until then, and a plain user's from then on.
fn raised(role: Role, at: Timestamp) -> Account {
    let account = anns(role);
    let role_end = Some(RoleEnd { at, then: Role::User });
    Account { user: User { role_end, ..account.user }, ..account }
}

/// A unit of work in which this actor finds Ann's account like this, and the person behind it.
fn holds(stage: &Stage, actor: &Actor, account: Account) -> StagedWork {
    let mut work = stage.work();
    acts(&mut work, actor);
    finds(&mut work, Some(account));
    work.personal_data
        .expect_find()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Ok(Some(ann(Role::User).personal)));
    work
}

/// It erases Ann, and notes that it did.
fn erases(work: &mut StagedWork) {
    let id = samples::user_id(1);
    work.personal_data.expect_remove().with(eq(id)).times(1).return_once(|_| Ok(()));
    work.users.expect_delete().with(eq(id)).times(1).return_once(|_| Ok(true));
    let erasure = Erasure { user_id: id, at: samples::NOW };
    work.erasures.expect_record().with(eq(erasure)).times(1).return_once(|_| Ok(()));
}

/// It can't erase Ann, because somebody else is at something of hers.
fn meets_a_conflict(work: &mut StagedWork) {
    work.personal_data.expect_remove().times(1).return_once(|_| Ok(()));
    work.users.expect_delete().times(1).return_once(|_| Err(StoreError::Conflict));
}

/// What is left of somebody is removed once that is committed, or can't be; and what is handed out is signed.
fn tidies(stage: &mut Stage, outcome: Result<u64, StoreError>) {
    let journal = stage.journal.clone();
    stage.keeper.expect_tidy().times(1).return_once(move || {
        journal.note("tidy");
        outcome
    });
    stage.signs();
}

/// What the receipt of Ann's erasure says; it must be signed as one.
fn acknowledged(house: &House, receipt: &Receipt) -> serde_json::Value {
    Document::read(house.documents.as_ref(), DocumentKind::ErasureReceipt, receipt.as_str()).unwrap()
}

/// What it has to say.
fn acknowledgement() -> serde_json::Value {
    serde_json::json!({
        "erased": ["account", "data key", "personal data", "sessions", "password"],
        "erased_at": "2025-06-15T15:06:40Z",
        "kept": ["events, by identifier only"],
        "subject": samples::user_id(1).to_string(),
    })
}

/// It takes the turn of those who change who is administrator.
fn takes_turn(work: &mut StagedWork) {
    work.instance.expect_lock_administrators().times(1).return_once(|| Ok(()));
}

/// An old link to set Ann's password stops working.
fn drops_link(work: &mut StagedWork) {
    work.password_links.expect_remove().with(eq(samples::user_id(1))).times(1).return_once(|_| Ok(true));
}

/// It asks whether somebody administers the installation beside Ann.
fn spares(work: &mut StagedWork, another: bool) {
    work.users
        .expect_has_administrator_besides()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(move |_| Ok(another));
}

/// It stores Ann's account from the version that it found, as that says.
fn updates(work: &mut StagedWork, right: impl Fn(&User) -> bool + Send + 'static) {
    work.users
        .expect_update()
        .withf(move |user, email| {
            (user.id, user.version) == (samples::user_id(1), 1) && email.is_none() && right(user)
        })
        .times(1)
        .return_once(|_, _| Ok(Saved::Yes));
}

/// Ann is asked for her password again.
fn asks_ann_again(stage: &mut Stage, verdict: Verdict) {
    stage
        .users
        .expect_account_of()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Ok(Some(anns(Role::Admin))));
    checks(stage, &format!("member:{}", samples::user_id(1)), Some(samples::hash()), None, verdict);
}
