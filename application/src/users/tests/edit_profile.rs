use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::store::{Account, Saved, StoreError};
use crate::testing::cast::{admin_without, ann, ann_with, anns, assert_event, detail, finds, stage, told};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::users::EditProfileError;
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::users::{Change, Profile, ProfileDraft, ProfilePatch};
use mockall::predicate::eq;
use std::time::Duration;

fn patch(draft: ProfileDraft<'_>) -> ProfilePatch {
    ProfilePatch::parse(draft).unwrap()
}

fn later() -> Timestamp {
    samples::NOW.plus(Duration::from_hours(1))
}

/// Ann as the unit of work finds her.
fn reads(stage: &Stage) -> StagedWork {
    let mut work = stage.work();
    finds(&mut work, Some(anns(Role::User)));
    work.personal_data
        .expect_find()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Ok(Some(ann(Role::User).personal)));
    work
}

async fn edit(stage: Stage, draft: ProfileDraft<'_>) -> (Result<Profile, EditProfileError>, House) {
    let house = stage.open();
    let actor = ann_with(Role::User, [Scope::ProfileWrite]);
    (house.users.edit_profile(&actor, patch(draft)).await, house)
}

#[tokio::test]
async fn an_edit_of_the_person_is_stored_and_names_its_fields_but_never_their_values() {
    let mut stage = stage();
    let mut work = reads(&stage);
    work.users
        .expect_update()
        .withf(|user, email| {
            user.version == 1 && email.is_some_and(|email| email.as_str() == "lee@example.com")
        })
        .times(1)
        .return_once(|_, _| Ok(Saved::Yes));
    work.personal_data
        .expect_put()
        .withf(|id, personal| {
            *id == samples::user_id(1)
                && personal.email.as_str() == "lee@example.com"
                && personal.full_name.as_ref().is_some_and(|name| name.as_str() == "Ann Lee")
        })
        .times(1)
        .return_once(|_, _| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let draft = ProfileDraft {
        email: Change::Set("lee@example.com"),
        full_name: Change::Set("Ann Lee"),
        ..ProfileDraft::default()
    };
    let (answer, house) = edit(stage, draft).await;
    assert_eq!(answer.unwrap().personal.email.as_str(), "lee@example.com");
    assert!(committed.happened());
    let steps = ["begin", "users", "personal_data", "users", "personal_data", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let id = samples::user_id(1);
    let detail = [("fields", "email full_name")];
    assert_event(event, EventKind::ProfileEdited, ActorRef::User(id), Some(id), &detail);
}

#[tokio::test]
async fn an_edit_of_preferences_leaves_the_personal_data_alone() {
    let mut stage = stage();
    stage.clock.set(later());
    let mut work = reads(&stage);
    work.users
        .expect_update()
        .withf(|user, email| {
            user.preferences.theme.name() == "dark" && user.updated_at == later() && email.is_none()
        })
        .times(1)
        .return_once(|_, _| Ok(Saved::Yes));
    let events = work.keep_events();
    stage.begins([work]);
    let draft = ProfileDraft { theme: Change::Set("dark"), ..ProfileDraft::default() };
    let (answer, house) = edit(stage, draft).await;
    assert_eq!(answer.unwrap().user.updated_at, later());
    let steps = ["begin", "users", "personal_data", "users", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    assert_eq!(detail(&events.all()[0]), [("fields", "theme")]);
}

#[tokio::test]
async fn an_edit_that_changes_nothing_leaves_no_trace() {
    for draft in [
        ProfileDraft::default(),
        ProfileDraft { username: Change::Set("annlee"), bio: Change::Clear, ..ProfileDraft::default() },
    ] {
        let mut stage = stage();
        stage.clock.set(later());
        let work = reads(&stage);
        let committed = work.committed();
        stage.begins([work]);
        let (answer, house) = edit(stage, draft).await;
        assert_eq!(answer.unwrap(), ann(Role::User));
        assert!(!committed.happened());
        assert_eq!(house.journal.steps(), ["begin", "users", "personal_data"]);
    }
}

#[tokio::test]
async fn a_taken_name_or_address_leaves_everything_as_it_was() {
    for (saved, code) in [(Saved::UsernameTaken, "username-taken"), (Saved::EmailTaken, "email-taken")] {
        let mut stage = stage();
        let mut work = reads(&stage);
        work.users.expect_update().times(1).return_once(move |_, _| Ok(saved));
        let committed = work.committed();
        stage.begins([work]);
        let draft = ProfileDraft { username: Change::Set("bobby"), ..ProfileDraft::default() };
        let (answer, _) = edit(stage, draft).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, code));
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn an_edit_from_an_older_version_is_a_conflict() {
    let mut stage = stage();
    let mut work = reads(&stage);
    work.users.expect_update().times(1).return_once(|_, _| Err(StoreError::Conflict));
    let committed = work.committed();
    stage.begins([work]);
    let draft = ProfileDraft { username: Change::Set("bobby"), ..ProfileDraft::default() };
    let (answer, _) = edit(stage, draft).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, "conflict"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn whoever_was_deleted_a_moment_ago_is_not_logged_in_any_more() {
    for account in [None, Some(anns(Role::User))] {
        let mut stage = stage();
        let mut work = stage.work();
        let person_gone = account.is_some();
        finds(&mut work, account as Option<Account>);
        work.personal_data.expect_find().times(usize::from(person_gone)).returning(|_| Ok(None));
        stage.begins([work]);
        let (answer, _) = edit(stage, ProfileDraft::default()).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "unauthenticated"));
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let edit = || patch(ProfileDraft { theme: Change::Set("dark"), ..ProfileDraft::default() });
    let narrow = admin_without(Scope::ProfileWrite);
    let fault = house.users.edit_profile(&narrow, edit()).await.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::ProfileWrite)));
    for actor in [samples::visitor(), Actor::system()] {
        let error = house.users.edit_profile(&actor, edit()).await.unwrap_err();
        assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
    }
    assert!(house.journal.steps().is_empty());
}
