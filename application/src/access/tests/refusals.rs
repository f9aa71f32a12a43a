use super::{OPERATION, forged, from, narrow};
use crate::access::{AccessService, Refused};
use crate::actor::Evidence;
use crate::store::StoreError;
use crate::testing::cast::{assert_event, detail, gone, stage};
use crate::testing::{Events, House, Stage, Tally, samples};
use domain::access::{Credential, Reason, Scope, SessionState};
use domain::audit::{ActorRef, Event, EventKind};
use domain::users::Status;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// As many kinds of refusal as are told apart between two writings.
const MOST: u32 = 1_000;

/// A stage on which refusals are written down once.
fn writing() -> (Stage, Events) {
    let mut stage = stage();
    let mut work = stage.work();
    let events = work.keep_events();
    stage.begins([work]);
    (stage, events)
}

async fn written(house: &House, events: &Events) -> Vec<Event> {
    house.access.write_refusals().await.unwrap();
    assert_eq!(house.journal.steps().last(), Some(&"commit"));
    events.all()
}

fn count(event: &Event) -> u64 {
    let count = detail(event).into_iter().find(|(name, _)| *name == "count");
    count.map_or(1, |(_, count)| count.parse().unwrap())
}

#[tokio::test]
async fn a_refusal_of_somebody_who_was_logged_in_names_them_and_their_session() {
    let (stage, events) = writing();
    let house = stage.open();
    house.access.refused(&samples::origin(), OPERATION, &narrow(Scope::UserRead));
    let events = written(&house, &events).await;
    let [event] = &events[..] else { panic!("one event") };
    let (ann, session) = (samples::user_id(1), samples::session_id(1).to_string());
    let detail = [
        ("reason", "scope-not-in-role"),
        ("operation", OPERATION),
        ("scope", "user:read"),
        ("session", session.as_str()),
    ];
    assert_event(event, EventKind::AccessRefused, ActorRef::User(ann), Some(ann), &detail);
}

#[tokio::test]
async fn somebody_who_was_not_let_in_is_a_visitor_also_where_it_is_known_whose_token_they_brought() {
    let expired = Evidence {
        credential: Credential::Expired,
        user_id: Some(samples::user_id(1)),
        session_id: Some(samples::session_id(1)),
        ..Evidence::default()
    };
    let over = Evidence {
        credential: Credential::Sound,
        session: Some(SessionState::Over),
        status: Some(Status::Active),
        ..expired
    };
    for (evidence, reason, subject) in [
        (expired, Reason::ExpiredCredential, Some(samples::user_id(1))),
        (over, Reason::SessionOver, Some(samples::user_id(1))),
        (forged().evidence, Reason::UnreadableCredential, None),
    ] {
        let (stage, events) = writing();
        let house = stage.open();
        house.access.refused(&samples::origin(), OPERATION, &Refused { evidence, needed: None, reason });
        let event = &written(&house, &events).await[0];
        assert_eq!((event.actor, event.subject), (ActorRef::Visitor, subject));
        assert_eq!(detail(event)[0], ("reason", reason.code()));
    }
}

#[tokio::test]
async fn the_same_refusals_are_written_as_one_with_the_first_ones_time_and_their_number() {
    let (stage, events) = writing();
    let house = stage.open();
    for _ in 0..3 {
        house.access.refused(&samples::origin(), OPERATION, &narrow(Scope::UserRead));
        house.clock.advance(Duration::from_millis(100));
    }
    let events = written(&house, &events).await;
    let [event] = &events[..] else { panic!("one event") };
    assert_eq!((event.at, count(event)), (samples::NOW, 3));
    assert_eq!(event.request_id, samples::origin().request_id);
}

#[tokio::test]
async fn refusals_that_differ_in_operation_person_address_reason_or_scope_are_told_apart() {
    let (stage, events) = writing();
    let house = stage.open();
    let refused = narrow(Scope::UserRead);
    let other_person = Evidence { user_id: Some(samples::user_id(2)), ..refused.evidence };
    let other_session = Evidence { session_id: Some(samples::session_id(2)), ..refused.evidence };
    for refused in [
        refused,
        narrow(Scope::UserWrite),
        Refused { reason: Reason::ScopeNotInToken, ..refused },
        Refused { evidence: other_person, ..refused },
        Refused { evidence: other_session, ..refused },
    ] {
        house.access.refused(&samples::origin(), OPERATION, &refused);
    }
    house.access.refused(&from(1), OPERATION, &refused);
    house.access.refused(&samples::origin(), "GET /api/v1/users", &refused);
    assert_eq!(written(&house, &events).await.len(), 7);
}

#[tokio::test]
async fn beyond_a_thousand_kinds_refusals_are_counted_by_their_reason_alone() {
    let (stage, events) = writing();
    let house = stage.open();
    for number in 0..MOST + 50 {
        house.access.refused(&from(number), OPERATION, &forged());
    }
    house.access.refused(&from(0), OPERATION, &forged());
    let events = written(&house, &events).await;
    assert_eq!(u32::try_from(events.len()).unwrap(), MOST + 1);
    assert_eq!(events.iter().map(count).sum::<u64>(), u64::from(MOST) + 51, "none is lost");
    let beyond = events.iter().find(|event| event.address.is_none()).unwrap();
    assert_eq!((beyond.actor, beyond.subject, count(beyond)), (ActorRef::Visitor, None, 50));
    assert_eq!(detail(beyond)[1], ("operation", "various"));
    let first = events.iter().find(|event| event.address == from(0).address).unwrap();
    assert_eq!(count(first), 2, "what is told apart already goes on being so");
}

#[tokio::test]
async fn what_could_not_be_written_is_kept_and_joined_with_what_came_in_the_meantime() {
    let mut stage = stage();
    let mut first = stage.work();
    first.keep_events();
    first.refuse_commit(gone());
    let mut second = stage.work();
    let events = second.keep_events();
    stage.begins([first, second]);
    let house = stage.open();
    house.access.refused(&samples::origin(), OPERATION, &narrow(Scope::UserRead));
    assert!(matches!(house.access.write_refusals().await, Err(StoreError::Unavailable(_))));
    house.clock.advance(Duration::from_secs(1));
    house.access.refused(&samples::origin(), OPERATION, &narrow(Scope::UserRead));
    house.access.refused(&samples::origin(), OPERATION, &forged());
    let events = written(&house, &events).await;
    let mut seen: Vec<_> = events.iter().map(|event| (event.at, count(event))).collect();
    seen.sort();
    assert_eq!(seen, [(samples::NOW, 2), (samples::NOW.plus(Duration::from_secs(1)), 1)]);
}

#[tokio::test]
async fn what_is_given_back_does_not_grow_beyond_the_bound_and_none_of_it_is_forgotten() {
    let mut stage = stage();
    let open: Arc<OnceLock<Arc<AccessService>>> = Arc::default();
    let access = open.clone();
    stage.store.expect_begin().times(1).return_once(move || {
        // While the writing fails, as many others are refused.
        for number in MOST..2 * MOST {
            access.get().unwrap().refused(&from(number), OPERATION, &forged());
        }
        Err(gone())
    });
    let mut work = stage.work();
    let events = work.keep_events();
    stage.begins([work]);
    let house = stage.open();
    assert!(open.set(house.access.clone()).is_ok());
    for number in 0..MOST {
        house.access.refused(&from(number), OPERATION, &forged());
    }
    assert!(house.access.write_refusals().await.is_err());
    let events = written(&house, &events).await;
    assert_eq!(u32::try_from(events.len()).unwrap(), MOST + 1);
    assert_eq!(events.iter().map(count).sum::<u64>(), 2 * u64::from(MOST));
}

#[tokio::test]
async fn where_nothing_was_refused_nothing_is_begun() {
    let house = stage().open();
    house.access.write_refusals().await.unwrap();
    assert!(house.journal.steps().is_empty());

    let (stage, events) = writing();
    let house = stage.open();
    house.access.refused(&samples::origin(), OPERATION, &forged());
    written(&house, &events).await;
    assert!(house.access.write_refusals().await.is_ok(), "a note is written once");
}

#[tokio::test]
async fn every_refusal_is_counted_by_its_reason_however_they_are_joined() {
    let (house, tally) = (stage().open(), Tally::default());
    let _taken = tally.take();
    for _ in 0..2 {
        house.access.refused(&samples::origin(), OPERATION, &narrow(Scope::UserRead));
    }
    house.access.refused(&samples::origin(), OPERATION, &forged());
    let by = |reason: Reason| format!("reason={}", reason.code());
    let expected = [(by(Reason::ScopeNotInRole), 2.0), (by(Reason::UnreadableCredential), 1.0)];
    assert_eq!(tally.of("xtrem_refusals_total"), expected);
}
