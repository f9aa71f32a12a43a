//! Editing the profile of somebody else.

use super::{boss, holds};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::store::{Saved, StoreError};
use crate::testing::cast::{acts, admin_without, anns, assert_event, finds, stage, told};
use crate::testing::{House, Stage, samples};
use crate::users::{ManageError, UserRecord};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::users::{Change, ProfileDraft, ProfilePatch};

fn patch() -> ProfilePatch {
    let draft = ProfileDraft { bio: Change::Set("Sails."), ..ProfileDraft::default() };
    ProfilePatch::parse(draft).unwrap()
}

async fn edit(stage: Stage, patch: ProfilePatch) -> (Result<UserRecord, ManageError>, House) {
    let house = stage.open();
    (house.users.edit(&boss(), samples::user_id(1), patch).await, house)
}

#[tokio::test]
async fn an_edit_names_its_fields_and_who_did_it_and_shows_the_person_masked() {
    let mut stage = stage();
    let mut work = holds(&stage, &boss(), anns(Role::User));
    work.users.expect_update().withf(|_, email| email.is_none()).times(1).return_once(|_, _| Ok(Saved::Yes));
    work.personal_data
        .expect_put()
        .withf(|_, personal| personal.bio.as_ref().is_some_and(|bio| bio.as_str() == "Sails."))
        .times(1)
        .return_once(|_, _| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = edit(stage, patch()).await;
    let person = answer.unwrap().person;
    assert!(person.masked && person.bio.is_some_and(|bio| bio != "Sails."));
    assert!(committed.happened());
    let steps = ["begin", "sessions", "users", "personal_data", "users", "personal_data", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let (boss, ann) = (ActorRef::User(samples::user_id(2)), Some(samples::user_id(1)));
    assert_event(event, EventKind::ProfileEdited, boss, ann, &[("fields", "bio")]);
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_as_it_is_told_to_the_owner() {
    for (saved, code) in [
        (Ok(Saved::UsernameTaken), "username-taken"),
        (Ok(Saved::EmailTaken), "email-taken"),
        (Err(StoreError::Conflict), "conflict"),
    ] {
        let mut stage = stage();
        let mut work = holds(&stage, &boss(), anns(Role::User));
        work.users.expect_update().times(1).return_once(move |_, _| saved);
        let committed = work.committed();
        stage.begins([work]);
        let (answer, _) = edit(stage, patch()).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, code));
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn an_edit_that_changes_nothing_leaves_no_trace() {
    let mut stage = stage();
    let work = holds(&stage, &boss(), anns(Role::User));
    let committed = work.committed();
    stage.begins([work]);
    let patch = ProfilePatch::parse(ProfileDraft::default()).unwrap();
    assert!(edit(stage, patch).await.0.is_ok());
    assert!(!committed.happened());
}

#[tokio::test]
async fn whoever_is_not_there_is_missing() {
    let mut stage = stage();
    let mut work = stage.work();
    acts(&mut work, &boss());
    finds(&mut work, None);
    stage.begins([work]);
    let (answer, _) = edit(stage, patch()).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
}

#[tokio::test]
async fn administrators_are_edited_only_by_those_who_may_change_roles() {
    let narrow = admin_without(Scope::AdminWrite);
    let mut stage = stage();
    let mut work = stage.work();
    acts(&mut work, &narrow);
    finds(&mut work, Some(anns(Role::Admin)));
    stage.begins([work]);
    let house = stage.open();
    let answer = house.users.edit(&narrow, samples::user_id(1), patch()).await;
    let fault = answer.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::AdminWrite)));
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let id = samples::user_id(3);
    let narrow: [(Actor, _, _); 2] = [
        (admin_without(Scope::UserWrite), FaultKind::Forbidden, Some(Scope::UserWrite)),
        (samples::visitor(), FaultKind::Unauthenticated, None),
    ];
    for (actor, kind, scope) in narrow {
        let fault = house.users.edit(&actor, id, patch()).await.unwrap_err().fault();
        assert_eq!((fault.kind, fault.scope), (kind, scope));
    }
    assert!(house.journal.steps().is_empty());
}
