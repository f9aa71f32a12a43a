use super::model::EventView;
use crate::testing::{
    Answer, BEARER, Client, agreeable_to, chained, client, event, knows_ann, proven, stage, written_alike,
};
use application::audit::{line, written};
use application::store::StoreError;
use application::testing::{House, Stage, samples};
use domain::access::Role;
use domain::audit::{ActorRef, Event, EventCursor, EventFilter, EventKind, Order, Sequence};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

async fn get(client: &Client, path: &str) -> Answer {
    Answer::of(client.get(path).header("authorization", BEARER).send().await).await
}

fn moderator() -> House {
    agreeable_to(Role::Moderator).open()
}

#[tokio::test]
async fn an_event_has_every_member_of_the_contract_and_moments_as_everywhere() {
    let client = client(&moderator());
    let bens = format!("/api/v1/users/{}/activity", samples::user_id(2));
    for path in ["/api/v1/audit-events", &bens] {
        let answer = get(&client, path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let expected = json!({
            "id": event().id.to_string(), "sequence": 7, "kind": "user_suspended",
            "actor": {"type": "user", "id": samples::user_id(1).to_string()},
            "subject": samples::user_id(2).to_string(), "at": "2025-06-15T15:06:40Z",
            "address": "203.0.113.7", "request_id": event().request_id.unwrap().to_string(),
            "detail": {"reason": "Zoë: \"\u{1f600}\"\n\u{7f}", "until": "2025-06-15T16:06:40Z"}
        });
        assert_eq!(answer.json(), json!({"items": [expected], "next_cursor": null}));
    }
}

#[test]
fn an_event_is_written_as_it_is_described() {
    let bare = Event { actor: ActorRef::Visitor, subject: None, address: None, sequence: None, ..event() };
    [event(), bare].map(EventView::from).iter().for_each(written_alike);
}

#[tokio::test]
async fn what_is_no_moment_stays_what_it_is() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::Moderator, Role::Moderator.scopes());
    let detail = [("from", "user"), ("to", "moderator"), ("sessions_ended", "1750000000000000")];
    let detail = detail.map(|(name, value)| (name.into(), value.to_owned())).to_vec();
    let changed = Event { actor: ActorRef::System, detail, private: Vec::new(), subject: None, ..event() };
    stage.events.expect_page().returning(move |_, _, _, _| Ok(vec![changed.clone()]));
    let event = &get(&client(&stage.open()), "/api/v1/audit-events").await.json()["items"][0];
    let expected = json!({"from": "user", "to": "moderator", "sessions_ended": "1750000000000000"});
    assert_eq!((&event["detail"], &event["subject"]), (&expected, &json!(null)));
    assert_eq!(event["actor"], json!({"type": "system"}));
}

#[tokio::test]
async fn an_item_of_a_page_says_what_its_line_says_member_for_member() {
    let told = |name: &'static str, value: &str| (name.into(), value.to_owned());
    let micros = samples::NOW.as_micros().to_string();
    let changed = vec![told("from", "user"), told("to", "admin"), told("until", &micros), told("count", "7")];
    let opened = vec![told("from", &micros), told("until", "soon"), told("until_when", &micros)];
    let nothing = Vec::new;
    let unknown = Event { subject: None, address: None, request_id: None, private: nothing(), ..event() };
    let events = [
        event(),
        Event { kind: EventKind::RoleChanged, detail: changed, ..event() },
        Event { at: samples::NOW.plus(Duration::from_micros(7)), detail: opened, ..event() },
        Event { actor: ActorRef::System, address: Some("2001:db8::7".parse().unwrap()), ..event() },
        Event { actor: ActorRef::Visitor, sequence: None, detail: nothing(), ..unknown },
    ];
    let mut stage = stage();
    knows_ann(&mut stage, Role::Moderator, Role::Moderator.scopes());
    let stored = events.to_vec();
    stage.events.expect_page().returning(move |_, _, _, _| Ok(stored.clone()));
    let page = get(&client(&stage.open()), "/api/v1/audit-events").await.json();
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), events.len());
    for (item, event) in items.iter().zip(&events) {
        assert_eq!(*item, serde_json::from_str::<Value>(&line(event)).unwrap());
    }
}

#[tokio::test]
async fn a_filter_and_a_place_reach_the_trail_as_they_were_meant() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::Moderator, Role::Moderator.scopes());
    let (after, until) = (EventCursor { at: samples::NOW, id: event().id }, samples::NOW);
    let filter = EventFilter {
        actor: Some(samples::user_id(1)),
        subject: Some(samples::user_id(2)),
        kind: Some(EventKind::RoleChanged),
        address: Some(samples::ADDRESS),
        from: Some(until.minus(Duration::from_hours(24))),
        until: Some(until),
    };
    stage
        .events
        .expect_page()
        .withf(move |asked, order, from, limit| {
            (*asked, *order, *from, *limit) == (filter, Order::NewestFirst, Some(after), 3)
        })
        .returning(|_, _, _, _| Ok(vec![event(), event(), event()]));
    let query = format!(
        "actor={}&subject={}&kind=role_changed&address=203.0.113.7&from=2025-06-14T15:06:40Z&\
         until=2025-06-15T15:06:40Z&limit=2",
        samples::user_id(1),
        samples::user_id(2)
    );
    let answer = get(&client(&stage.open()), &format!("/api/v1/audit-events?{query}&cursor={after}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["next_cursor"], after.to_string());
    let kept = query.replace(':', "%3A");
    let next = format!("<https://id.example/api/v1/audit-events?{kept}&cursor={after}>; rel=\"next\"");
    assert_eq!(answer.header("link"), Some(next.as_str()));
    assert_eq!(answer.header("vary"), Some("Accept"));
}

#[tokio::test]
async fn everybody_reads_what_happened_to_themselves_and_nobody_elses_addresses() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::User, Role::User.scopes());
    let asked = |filter: &EventFilter| {
        (filter.subject, filter.kind) == (Some(samples::user_id(1)), Some(EventKind::PersonalDataOpened))
    };
    let others = Event { actor: ActorRef::User(samples::user_id(2)), ..event() };
    stage
        .events
        .expect_page()
        .withf(move |filter, _, _, _| asked(filter))
        .returning(move |_, _, _, _| Ok(vec![others.clone()]));
    let answer = get(&client(&stage.open()), "/api/v1/me/activity?kind=personal_data_opened").await;
    let event = &answer.json()["items"][0];
    assert_eq!((&event["address"], &event["request_id"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn the_activity_of_nobody_is_missing() {
    let path = format!("/api/v1/users/{}/activity", samples::user_id(9));
    get(&client(&moderator()), &path).await.problem(404, "not-found");
}

#[tokio::test]
async fn an_export_is_a_line_for_each_event_by_either_address() {
    let client = client(&moderator());
    let accepting = |path: &str, accept: &'static str| {
        client.get(path).header("authorization", BEARER).header("accept", accept)
    };
    let lines = [
        accepting("/api/v1/audit-events/export", "*/*"),
        accepting("/api/v1/audit-events", "application/x-ndjson"),
        accepting(
            "/api/v1/audit-events?limit=1",
            "text/html, application/json;q=0.5, Application/X-NDJSON; q=0.9",
        ),
    ];
    for request in lines {
        let answer = Answer::of(request.send().await).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
        assert_eq!(answer.text.lines().count(), 1);
        let mut told = answer.json();
        let proof = told.as_object_mut().unwrap().remove("proof").unwrap();
        assert_eq!(told, serde_json::from_str::<Value>(&line(&event())).unwrap());
        let hexadecimal = |byte: &str| byte.repeat(32);
        let expected = json!({
            "address": {"digest": hexadecimal("20"), "commitment": hexadecimal("21")},
            "detail": written(&event().detail), "previous": hexadecimal("0a"), "link": hexadecimal("0b"),
            "private": {"digest": hexadecimal("30"), "salt": hexadecimal("0c"), "names": ["reason"]}
        });
        assert_eq!(proof, expected);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    for accept in [
        "*/*",
        "application/json",
        "application/json, application/x-ndjson;q=0.1",
        "application/x-ndjson;q=0",
    ] {
        let answer = Answer::of(accepting("/api/v1/audit-events", accept).send().await).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
    }
}

/// A stage on which a chain of so many pages is exported, and how many of them were read. With `breaks`, the page
/// after the last one can't be read.
fn long_trail(pages: usize, breaks: bool) -> (Stage, Arc<AtomicUsize>) {
    let mut stage = stage();
    knows_ann(&mut stage, Role::Moderator, Role::Moderator.scopes());
    let mut work = stage.work();
    work.keep_events();
    stage.begins([work]);
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    stage.chain.expect_entries().returning(move |after, limit| {
        let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
        if number > pages {
            assert!(breaks);
            return Err(StoreError::Unavailable("gone".to_owned()));
        }
        let first = after.number() + 1;
        Ok((first..first + i64::from(limit)).map(|number| proven(Sequence::new(number))).collect())
    });
    chained(&mut stage, Sequence::new(i64::try_from(200 * pages).unwrap() + i64::from(breaks)));
    (stage, read)
}

#[tokio::test]
async fn an_export_is_read_a_page_at_a_time_while_it_is_taken() {
    let (stage, read) = long_trail(1_000, false);
    let client = client(&stage.open());
    let request = client.get("/api/v1/audit-events/export").header("authorization", BEARER);
    let response = request.send().await.0;
    assert_eq!((response.status().as_u16(), read.load(Ordering::SeqCst)), (200, 0));
    let mut pieces = response.into_body().into_bytes_stream();
    for number in 1..=3 {
        let piece = pieces.next().await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&piece).lines().count(), 200);
        assert_eq!(read.load(Ordering::SeqCst), number);
    }
    // The client goes away.
    drop(pieces);
    tokio::task::yield_now().await;
    assert_eq!(read.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_export_comes_to_its_end_with_every_event() {
    let (stage, read) = long_trail(3, false);
    let answer = get(&client(&stage.open()), "/api/v1/audit-events/export").await;
    let told =
        answer.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["sequence"].as_i64());
    assert!(told.eq((1..=600).map(Some)));
    assert_eq!(read.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_export_that_breaks_off_does_not_pass_for_a_whole_one() {
    let (stage, _) = long_trail(1, true);
    let client = client(&stage.open());
    let request = client.get("/api/v1/audit-events/export").header("authorization", BEARER);
    assert!(request.send().await.0.into_body().into_bytes().await.is_err());
}

#[tokio::test]
async fn who_may_not_export_is_told_so_before_anything_is_sent() {
    let client = client(&agreeable_to(Role::User).open());
    for path in ["/api/v1/audit-events/export", "/api/v1/audit-events"] {
        let request = client.get(path).header("accept", "application/x-ndjson");
        Answer::of(request.send().await).await.problem(401, "unauthenticated");
        let request =
            client.get(path).header("accept", "application/x-ndjson").header("authorization", BEARER);
        Answer::of(request.send().await).await.problem(403, "insufficient-scope");
    }
}

#[tokio::test]
async fn an_export_by_a_filter_is_what_meets_it_the_earliest_first() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::Moderator, Role::Moderator.scopes());
    let mut work = stage.work();
    work.keep_events();
    stage.begins([work]);
    chained(&mut stage, Sequence::new(9));
    let filter = EventFilter {
        kind: Some(EventKind::UserSuspended),
        until: Some(samples::NOW),
        ..EventFilter::default()
    };
    stage
        .events
        .expect_proven_page()
        .withf(move |asked, order, after, _| (*asked, *order, *after) == (filter, Order::OldestFirst, None))
        .returning(|_, _, _, _| Ok(vec![proven(Sequence::new(3)), proven(Sequence::new(8))]));
    let answer = get(&client(&stage.open()), "/api/v1/audit-events/export?kind=user_suspended").await;
    assert_eq!((answer.status, answer.text.lines().count()), (200, 2));
}

/// Nothing is expected of the trail, so that whoever touches it is found.
#[tokio::test]
async fn whoever_asks_for_the_header_of_an_export_exports_nothing() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::Moderator, Role::Moderator.scopes());
    let client = client(&stage.open());
    let head = async |path: &str, authorization: &'static str| {
        let request = client.head(path).header("accept", "application/x-ndjson");
        Answer::of(request.header("authorization", authorization).send().await).await
    };
    for (path, vary) in [("/api/v1/audit-events/export", None), ("/api/v1/audit-events", Some("Accept"))] {
        let answer = head(path, BEARER).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        assert_eq!((answer.header("vary"), answer.header("cache-control")), (vary, Some("no-store")));
        assert_eq!(head(path, "Bearer bad").await.status, 401);
        assert_eq!(head(&format!("{path}?kind=x"), BEARER).await.status, 400);
    }
}

#[tokio::test]
async fn a_span_of_time_that_ends_before_it_begins_is_a_mistake_and_not_an_empty_list() {
    let client = client(&moderator());
    for path in ["/api/v1/audit-events", "/api/v1/audit-events/export"] {
        let span = |from: &str, until: &str| format!("{path}?from={from}T00:00:00Z&until={until}T00:00:00Z");
        let mistakes = get(&client, &span("2026-11-23", "2026-11-22")).await.mistakes();
        assert_eq!(mistakes, [("/until".to_owned(), "unknown-value".to_owned())]);
        for (from, until) in [("2026-11-22", "2026-11-22"), ("2026-11-22", "2026-11-23")] {
            assert_eq!(get(&client, &span(from, until)).await.status, 200);
        }
        // What can't be read is one mistake, not two.
        let mistakes = get(&client, &format!("{path}?from=x&until=2026-11-22T00:00:00Z")).await.mistakes();
        assert_eq!(mistakes, [("/from".to_owned(), "invalid-date".to_owned())]);
    }
}
