use super::{family, live, looks_again, presents};
use crate::store::StoreError;
use crate::testing::cast::{assert_event, gone, stage};
use crate::testing::{Events, House, Stage, StagedWork, samples};
use crate::tokens::{AccessClaims, TokenFlaw};
use domain::access::Role;
use domain::audit::{ActorRef, EventKind};
use domain::sessions::Generation;
use mockall::predicate::eq;
use std::time::Duration;

/// An access token of Ann's session is handed back.
fn access_token(stage: &mut Stage, verified: Result<(), TokenFlaw>) {
    let claims = AccessClaims {
        user_id: samples::user_id(1),
        session_id: samples::session_id(1),
        generation: Generation::FIRST,
        scopes: Role::User.scopes(),
        role: Role::User,
        issued_at: samples::NOW,
        expires_at: samples::NOW.plus(Duration::from_mins(10)),
    };
    stage.opaque_tokens.expect_read_refresh().times(1).return_once(|_| None);
    stage.access_tokens.expect_verify().times(1).return_once(move |_, _| verified.map(|()| claims));
}

fn ends(work: &mut StagedWork) -> Events {
    work.sessions.expect_end().with(eq(samples::session_id(1))).times(1).return_once(|_| Ok(true));
    work.keep_events()
}

async fn revoke(stage: Stage) -> (Result<(), StoreError>, House) {
    let house = stage.open();
    (house.sessions.revoke(&samples::visitor(), "refresh").await, house)
}

#[tokio::test]
async fn a_refresh_token_that_is_handed_back_ends_its_session_also_an_older_one() {
    for generation in [3, 2, 1] {
        let mut stage = stage();
        presents(&mut stage, generation, generation);
        let mut work = looks_again(&stage, live(Role::User), family(3));
        let (events, committed) = (ends(&mut work), work.committed());
        stage.begins([work]);
        let (answer, house) = revoke(stage).await;
        assert!(answer.is_ok() && committed.happened());
        let steps = ["begin", "sessions", "refresh_tokens", "sessions", "audit", "commit"];
        assert_eq!(house.journal.steps(), steps);
        let [event] = &events.all()[..] else { panic!("one event") };
        let session = samples::session_id(1).to_string();
        let detail = [("session", session.as_str()), ("channel", "api")];
        let subject = Some(samples::user_id(1));
        assert_event(event, EventKind::SessionEnded, ActorRef::Visitor, subject, &detail);
    }
}

#[tokio::test]
async fn an_access_token_that_is_handed_back_ends_its_session() {
    let mut stage = stage();
    access_token(&mut stage, Ok(()));
    let mut work = stage.work();
    work.sessions.expect_find().times(1).return_once(|_| Ok(Some(live(Role::User))));
    let (events, committed) = (ends(&mut work), work.committed());
    stage.begins([work]);
    let (answer, _) = revoke(stage).await;
    assert!(answer.is_ok() && committed.happened());
    assert_eq!(events.kinds(), [EventKind::SessionEnded]);
}

#[tokio::test]
async fn a_token_that_was_never_issued_or_whose_session_is_gone_ends_nothing_and_is_no_error() {
    for (generation, digest) in [(3, 8), (4, 4)] {
        let mut stage = stage();
        presents(&mut stage, generation, digest);
        let work = looks_again(&stage, live(Role::User), family(3));
        let committed = work.committed();
        stage.begins([work]);
        assert!(revoke(stage).await.0.is_ok());
        assert!(!committed.happened());
    }
    for without_family in [false, true] {
        let mut stage = stage();
        presents(&mut stage, 3, 3);
        let mut work = stage.work();
        let found = without_family.then(|| live(Role::User));
        work.sessions.expect_find().times(1).return_once(|_| Ok(found));
        work.refresh_tokens.expect_find().times(usize::from(without_family)).returning(|_| Ok(None));
        let committed = work.committed();
        stage.begins([work]);
        assert!(revoke(stage).await.0.is_ok());
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn a_text_that_is_no_token_of_ours_asks_nothing_of_the_store() {
    let mut stage = stage();
    access_token(&mut stage, Err(TokenFlaw::Unreadable));
    let (answer, house) = revoke(stage).await;
    assert!(answer.is_ok());
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn an_end_that_could_not_be_committed_is_not_told_as_done() {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    let mut work = looks_again(&stage, live(Role::User), family(3));
    ends(&mut work);
    work.refuse_commit(gone());
    stage.begins([work]);
    assert!(matches!(revoke(stage).await.0, Err(StoreError::Unavailable(_))));
}
