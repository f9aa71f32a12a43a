use super::{after, ann, event};
use crate::Limit;
use crate::fault::{Describe, FaultKind};
use crate::testing::cast::{admin_without, ann_with, assert_event, gone, stage};
use crate::testing::{Events, Stage, samples};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventFilter, EventKind, Order};
use mockall::predicate::eq;
use std::time::Duration;

fn granting() -> (Stage, Events) {
    let mut stage = stage();
    let mut work = stage.work();
    let events = work.keep_events();
    stage.begins([work]);
    (stage, events)
}

#[tokio::test]
async fn an_export_is_written_down_with_what_it_was_asked_for_before_anything_is_read() {
    let (stage, events) = granting();
    let house = stage.open();
    let filter = EventFilter {
        actor: Some(samples::user_id(2)),
        subject: Some(ann()),
        kind: Some(EventKind::LoggedIn),
        address: None,
        from: Some(samples::NOW.minus(Duration::from_secs(9))),
        until: Some(samples::NOW),
    };
    house.audit.export(&ann_with(Role::Moderator, [Scope::LogsRead]), filter).await.unwrap();
    assert_eq!(house.journal.steps(), ["begin", "audit", "commit"]);
    let [told] = &events.all()[..] else { panic!("one event") };
    let (boss, ann) = (samples::user_id(2).to_string(), ann().to_string());
    let (from, until) = ("1749999991000000", "1750000000000000");
    let detail = [
        ("actor", boss.as_str()),
        ("subject", ann.as_str()),
        ("kind", "logged_in"),
        ("from", from),
        ("until", until),
    ];
    assert_event(told, EventKind::AuditExported, ActorRef::User(samples::user_id(1)), None, &detail);
}

#[tokio::test]
async fn an_export_comes_to_its_end_though_the_trail_goes_on() {
    let earlier = samples::NOW.minus(Duration::from_secs(1));
    let later = samples::NOW.plus(Duration::from_hours(1));
    for (asked, until) in [(None, samples::NOW), (Some(later), samples::NOW), (Some(earlier), earlier)] {
        let (mut stage, _) = granting();
        let filter = EventFilter { until: Some(until), ..EventFilter::default() };
        let place = after(&event(4, ActorRef::Visitor));
        stage
            .events
            .expect_page()
            .with(eq(filter), eq(Order::OldestFirst), eq(Some(place)), eq(Limit::MAXIMUM + 1))
            .times(1)
            .return_once(|_, _, _, _| Ok(vec![event(5, ActorRef::Visitor)]));
        let house = stage.open();
        let asked = EventFilter { until: asked, ..EventFilter::default() };
        let export = house.audit.export(&samples::member(2, Role::Admin), asked).await.unwrap();
        house.clock.advance(Duration::from_mins(5));
        let page = house.audit.export_page(&export, Some(place)).await.unwrap();
        assert_eq!((page.items.len(), page.next), (1, None));
    }
}

#[tokio::test]
async fn an_export_that_could_not_be_written_down_is_not_given() {
    for at_commit in [false, true] {
        let mut stage = stage();
        let mut work = stage.work();
        if at_commit {
            work.keep_events();
            work.refuse_commit(gone());
        } else {
            work.audit.expect_record().times(1).return_once(|_| Err(gone()));
        }
        stage.begins([work]);
        let answer =
            stage.open().audit.export(&samples::member(2, Role::Admin), EventFilter::default()).await;
        assert!(answer.is_err());
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    for (actor, kind, scope) in [
        (admin_without(Scope::LogsRead), FaultKind::Forbidden, Some(Scope::LogsRead)),
        (samples::visitor(), FaultKind::Unauthenticated, None),
    ] {
        let fault = house.audit.export(&actor, EventFilter::default()).await.unwrap_err().fault();
        assert_eq!((fault.kind, fault.scope), (kind, scope));
    }
    assert!(house.journal.steps().is_empty());
}
