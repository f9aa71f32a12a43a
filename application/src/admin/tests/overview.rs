use super::installation;
use crate::actor::Actor;
use crate::admin::{DailyCounts, Overview};
use crate::fault::{Describe, FaultKind};
use crate::store::{HourlyCount, StoreError, UserCount};
use crate::testing::cast::{admin_without, ann, ann_with, gone, stage, told};
use crate::testing::{Stage, samples};
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, Event, EventFilter, EventKind, Order};
use domain::ids::EventId;
use domain::users::{Status, UserQuery};
use mockall::predicate::eq;
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn today() -> Timestamp {
    samples::NOW.floor(DAY)
}

/// The first day that an overview shows.
fn first() -> Timestamp {
    today().minus(DAY * 29)
}

/// What everybody sees who sees an overview at all: two plain users, and these counts. Every hour but the present one
/// is closed, and of each kind there was one event in it.
fn shows(stage: &mut Stage, hours: Vec<HourlyCount>) {
    let count = UserCount { role: Role::User, status: Status::Active, count: 2 };
    stage.statistics.expect_users().times(1).return_once(move || Ok(vec![count]));
    stage.statistics.expect_hours().with(eq(first())).times(1).return_once(|_| Ok(hours));
    let present = samples::NOW.floor(HOUR);
    stage.statistics.expect_latest_hour().times(1).return_once(move || Ok(Some(present.minus(HOUR))));
    stage
        .statistics
        .expect_count()
        .withf(move |_, from, until| (*from, *until) == (present, present.plus(HOUR)))
        .times(5)
        .returning(|_, _, _| Ok(1));
    stage.keeps_well();
}

fn event(number: u8, kind: EventKind, at: Timestamp) -> Event {
    let id = EventId::new(at, &[number; 10]);
    Event {
        id,
        sequence: None,
        kind,
        actor: ActorRef::System,
        subject: None,
        at,
        address: None,
        request_id: None,
        detail: Vec::new(),
        private: Vec::new(),
    }
}

async fn overview(stage: Stage, actor: &Actor) -> Overview {
    stage.open().admin.overview(actor).await.unwrap()
}

fn only_figures() -> Actor {
    ann_with(Role::Moderator, [Scope::StatsRead])
}

#[tokio::test]
async fn thirty_days_are_shown_from_closed_hours_and_the_open_one_counted_live() {
    let hour = |at, kind, count| HourlyCount { hour: at, kind, count };
    let yesterday = today().minus(DAY);
    let mut stage = stage();
    let last_of_yesterday = today().minus(HOUR);
    shows(
        &mut stage,
        vec![
            hour(first(), EventKind::UserSignedUp, 4),
            hour(first(), EventKind::UserCreated, 2),
            hour(first(), EventKind::FirstAdministratorCreated, 1),
            hour(yesterday, EventKind::LoggedIn, 5),
            hour(last_of_yesterday, EventKind::LoggedIn, 6),
            hour(yesterday, EventKind::LogInFailed, 3),
            hour(today(), EventKind::LoggedIn, 10),
        ],
    );
    let overview = overview(stage, &only_figures()).await;
    assert_eq!(overview.days.len(), 30);
    let day = |day, sign_ups, log_ins, failures| DailyCounts { day, sign_ups, log_ins, failures };
    assert_eq!(overview.days[0], day(first(), 7, 0, 0));
    assert_eq!(overview.days[28], day(yesterday, 0, 11, 3));
    assert_eq!(overview.days[29], day(today(), 3, 11, 1), "what was counted, and the present hour");
    let between = first().plus(DAY * 14);
    assert_eq!(overview.days[14], day(between, 0, 0, 0), "a day without events is shown too");
    assert_eq!((overview.users[0].count, overview.ready), (2, true));
}

#[tokio::test]
async fn hours_that_nobody_has_closed_yet_are_counted_live_too() {
    let mut stage = stage();
    stage.statistics.expect_users().times(1).return_once(|| Ok(Vec::new()));
    stage.statistics.expect_hours().times(1).return_once(|_| Ok(Vec::new()));
    stage.statistics.expect_latest_hour().times(1).return_once(|| Ok(None));
    stage.falls_ill();
    stage.clock.advance(HOUR * 2);
    stage.instance.expect_find().times(1).return_once(|| Ok(Some(installation(true))));
    stage
        .statistics
        .expect_count()
        .times(3 * 5)
        .returning(|kind, _, _| Ok(u64::from(kind == EventKind::LoggedIn)));
    let overview = overview(stage, &only_figures()).await;
    assert_eq!(overview.days[29].log_ins, 3);
    assert!(!overview.ready, "an overview tells of a store that is not well");
}

#[tokio::test]
async fn a_narrower_token_leaves_out_what_it_does_not_cover() {
    let mut stage = stage();
    shows(&mut stage, Vec::new());
    let overview = overview(stage, &only_figures()).await;
    assert!(overview.latest_sign_ups.is_none() && overview.latest_events.is_none());
}

#[tokio::test]
async fn the_youngest_accounts_are_shown_masked_to_who_may_read_accounts() {
    let mut stage = stage();
    shows(&mut stage, Vec::new());
    stage
        .users
        .expect_page()
        .with(eq(UserQuery::default()), eq(8))
        .times(1)
        .return_once(|_, _| Ok(vec![ann(Role::User)]));
    let scopes = [Scope::StatsRead, Scope::UserRead].into_iter().collect();
    let actor = samples::member_by(2, domain::sessions::Channel::Api, Role::Moderator, scopes);
    let overview = overview(stage, &actor).await;
    let [record] = &overview.latest_sign_ups.unwrap()[..] else { panic!("one account") };
    assert!(record.person.masked);
    assert!(overview.latest_events.is_none());
}

#[tokio::test]
async fn the_latest_events_of_all_kinds_that_concern_security_are_shown_the_latest_first() {
    let mut stage = stage();
    shows(&mut stage, Vec::new());
    let at = |seconds| samples::NOW.minus(Duration::from_secs(seconds));
    stage
        .events
        .expect_page()
        .withf(|filter, order, after, limit| {
            let one_kind = EventFilter { kind: filter.kind, ..EventFilter::default() };
            let most = if filter.kind == Some(EventKind::AccessRefused) { 200 } else { 8 };
            *filter == one_kind && (*order, *after, *limit) == (Order::NewestFirst, None, most)
        })
        .returning(move |filter, _, _, _| {
            Ok(match filter.kind {
                Some(kind @ EventKind::AccessRefused) => {
                    (0..8).map(|number| event(number, kind, at(u64::from(number) * 2 + 1))).collect()
                }
                Some(kind @ EventKind::RoleChanged) => vec![event(9, kind, at(4)), event(10, kind, at(90))],
                Some(EventKind::LoggedIn | EventKind::ProfileEdited) | None => {
                    panic!("no matter of security")
                }
                Some(_) => Vec::new(),
            })
        });
    let actor = ann_with(Role::Moderator, [Scope::StatsRead, Scope::LogsRead]);
    let overview = overview(stage, &actor).await;
    assert!(overview.latest_sign_ups.is_none());
    let seen: Vec<_> = overview.latest_events.unwrap().iter().map(|event| event.at).collect();
    assert_eq!(seen, [1, 3, 4, 5, 7, 9, 11, 13].map(at));
}

#[tokio::test]
async fn that_a_visitor_was_refused_is_no_news() {
    let mut stage = stage();
    shows(&mut stage, Vec::new());
    stage.events.expect_page().returning(|filter, _, _, _| {
        let of = |kind, number, actor| Event { actor, ..event(number, kind, samples::NOW) };
        Ok(match filter.kind {
            Some(kind @ EventKind::AccessRefused) => {
                vec![of(kind, 1, ActorRef::Visitor), of(kind, 2, ActorRef::User(samples::user_id(1)))]
            }
            Some(kind @ EventKind::RefreshTokenReused) => vec![of(kind, 3, ActorRef::Visitor)],
            _ => Vec::new(),
        })
    });
    let actor = ann_with(Role::Moderator, [Scope::StatsRead, Scope::LogsRead]);
    let seen: Vec<_> =
        overview(stage, &actor).await.latest_events.unwrap().iter().map(|event| event.kind).collect();
    assert_eq!(seen, [EventKind::RefreshTokenReused, EventKind::AccessRefused]);
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    for (actor, kind, scope) in [
        (admin_without(Scope::StatsRead), FaultKind::Forbidden, Some(Scope::StatsRead)),
        (samples::visitor(), FaultKind::Unauthenticated, None),
    ] {
        let fault = house.admin.overview(&actor).await.unwrap_err().fault();
        assert_eq!((fault.kind, fault.scope), (kind, scope));
    }
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_store_that_is_gone_is_no_installation_without_users() {
    let mut stage = stage();
    stage.statistics.expect_users().times(1).return_once(|| Err(gone()));
    let answer = stage.open().admin.overview(&only_figures()).await;
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&answer.unwrap_err()), (kind, "unavailable"));
}
