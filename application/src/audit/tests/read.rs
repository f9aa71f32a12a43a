use super::{after, ann, event};
use crate::Limit;
use crate::audit::AuditError;
use crate::fault::{Describe, FaultKind};
use crate::store::StoreError;
use crate::testing::cast::{admin_without, ann_with, anns, gone, stage, told};
use crate::testing::{Stage, samples};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, Event, EventCursor, EventFilter, EventKind, Order};
use mockall::predicate::eq;

fn two() -> Limit {
    Limit::new(2).unwrap()
}

/// The trail is asked for exactly this, and one event more than fits, and has these.
fn asked(stage: &mut Stage, filter: EventFilter, place: Option<EventCursor>, events: Vec<Event>) {
    stage
        .events
        .expect_page()
        .with(eq(filter), eq(Order::NewestFirst), eq(place), eq(3))
        .times(1)
        .return_once(|_, _, _, _| Ok(events));
}

fn by_ann() -> ActorRef {
    ActorRef::User(ann())
}

#[tokio::test]
async fn the_trail_is_read_as_it_was_asked_for_and_says_where_it_goes_on() {
    let events = [1, 2, 3].map(|number| event(number, by_ann()));
    let place = Some(after(&event(9, by_ann())));
    let filter = EventFilter {
        actor: Some(samples::user_id(2)),
        kind: Some(EventKind::RoleChanged),
        address: Some(samples::ADDRESS),
        from: Some(samples::NOW),
        ..EventFilter::default()
    };
    let mut stage = stage();
    asked(&mut stage, filter, place, events.to_vec());
    let house = stage.open();
    let actor = ann_with(Role::Moderator, [Scope::LogsRead]);
    let page = house.audit.page(&actor, &filter, place, two()).await.unwrap();
    assert_eq!(page.items, events[..2]);
    assert_eq!(page.next, Some(after(&events[1])));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn the_activity_of_a_user_is_what_was_done_to_them() {
    let mut stage = stage();
    stage.users.expect_account_of().with(eq(ann())).times(1).return_once(|_| Ok(Some(anns(Role::User))));
    let kind = Some(EventKind::LoggedIn);
    asked(&mut stage, EventFilter { subject: Some(ann()), kind, ..EventFilter::default() }, None, vec![]);
    let page = stage
        .open()
        .audit
        .activity_of(&samples::member(2, Role::Moderator), ann(), kind, None, two())
        .await
        .unwrap();
    assert_eq!((page.items, page.next), (vec![], None));
}

#[tokio::test]
async fn nobody_has_no_activity() {
    let mut stage = stage();
    stage.users.expect_account_of().times(1).return_once(|_| Ok(None));
    let actor = samples::member(2, Role::Moderator);
    let error = stage.open().audit.activity_of(&actor, ann(), None, None, two()).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Missing, "not-found"));
}

#[tokio::test]
async fn people_see_what_others_did_to_them_but_not_from_where() {
    let others = event(2, ActorRef::User(samples::user_id(2)));
    let seen = Event { address: None, request_id: None, ..others.clone() };
    let (own, strangers) = (event(1, by_ann()), event(3, ActorRef::Visitor));
    for (stored, shown) in [(own.clone(), own), (others, seen), (strangers.clone(), strangers)] {
        let mut stage = stage();
        let place = Some(after(&event(9, by_ann())));
        let kind = Some(EventKind::PersonalDataOpened);
        let filter = EventFilter { subject: Some(ann()), kind, ..EventFilter::default() };
        asked(&mut stage, filter, place, vec![stored]);
        let actor = ann_with(Role::User, [Scope::ProfileRead]);
        let page = stage.open().audit.own_activity(&actor, kind, place, two()).await.unwrap();
        assert_eq!(page.items, [shown]);
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let (narrow, all) = (admin_without(Scope::LogsRead), EventFilter::default());
    let lacking = |error: AuditError| (error.fault().kind, error.fault().scope);
    let logs = (FaultKind::Forbidden, Some(Scope::LogsRead));
    assert_eq!(lacking(house.audit.page(&narrow, &all, None, two()).await.unwrap_err()), logs);
    let activity = house.audit.activity_of(&narrow, ann(), None, None, two()).await;
    assert_eq!(lacking(activity.unwrap_err()), logs);
    let own = house.audit.own_activity(&admin_without(Scope::ProfileRead), None, None, two()).await;
    assert_eq!(lacking(own.unwrap_err()), (FaultKind::Forbidden, Some(Scope::ProfileRead)));
    let visitor = samples::visitor();
    for answer in [
        house.audit.page(&visitor, &all, None, two()).await,
        house.audit.activity_of(&visitor, ann(), None, None, two()).await,
        house.audit.own_activity(&visitor, None, None, two()).await,
    ] {
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "unauthenticated"));
    }
}

#[tokio::test]
async fn a_store_that_is_gone_is_no_empty_trail() {
    let mut stage = stage();
    stage.events.expect_page().times(1).return_once(|_, _, _, _| Err(gone()));
    let house = stage.open();
    let own = house.audit.own_activity(&samples::member(1, Role::User), None, None, two()).await;
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&own.unwrap_err()), (kind, "unavailable"));
}
