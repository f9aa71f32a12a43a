//! The audit trail: filtered, paged, exported.

use super::super::browser::{BROKEN_OFF, Browser};
use super::super::people::{self, HOSTILE, event};
use super::cast::{account, bob, by_bob, full, page, quiet, stage};
use application::audit::written;
use application::store::{Proven, StoreError};
use application::testing::{Stage, samples};
use domain::Timestamp;
use domain::access::Role;
use domain::audit::{Entry, Event, EventFilter, EventKind, Link, Order, Record, Sequence};
use domain::users::{Locale, LoginName};
use poem::http::Method;

const FROM: Timestamp = Timestamp::from_micros(1_749_996_000_000_000);

/// A question that uses every field, and what it asks for.
fn question() -> (String, EventFilter) {
    let gone = samples::user_id(9);
    let question = format!(
        "actor={gone}&subject=Bob.Ray&kind=role_changed&address=203.0.113.7&from=2025-06-15T14%3A00&until=2025-06-15T14%3A00%3A01"
    );
    let filter = EventFilter {
        actor: Some(gone),
        subject: Some(samples::user_id(2)),
        kind: Some(EventKind::RoleChanged),
        address: Some(samples::ADDRESS),
        from: Some(FROM),
        until: Some(FROM.plus(std::time::Duration::from_secs(1))),
    };
    (question, filter)
}

/// Bob is found by his name, and nobody else is.
fn findable(stage: &mut Stage) {
    stage.users.expect_account().returning(|login| {
        let found = matches!(login, LoginName::Username(name) if name.key() == bob().user.username.key());
        Ok(found.then(|| account(&bob())))
    });
}

/// The event with what proves it.
fn proven(event: Event) -> Proven {
    let record = Record {
        id: event.id,
        kind: event.kind.name().to_owned(),
        actor: event.actor.name().to_owned(),
        actor_id: event.actor.user_id(),
        subject: event.subject,
        at: event.at,
        request_id: event.request_id,
        detail: written(&event.detail),
        address: None,
        private: None,
    };
    let sequence = event.sequence.unwrap_or(Sequence::NONE);
    let entry = Entry { sequence, previous: None, link: Link::NONE, record, is_contradicted: false };
    Proven { event: Some(event), entry, address_salt: None, private_salt: None }
}

#[tokio::test]
async fn everything_that_is_filled_in_is_asked_for_and_stays_filled_in() {
    let (question, expected) = question();
    let mut stage = stage(Role::Moderator);
    findable(&mut stage);
    stage
        .events
        .expect_page()
        .withf(move |filter, order, after, _| {
            (*filter, *order, *after) == (expected, Order::NewestFirst, None)
        })
        .times(1)
        .returning(|_, _, _, _| {
            Ok(vec![event(1, EventKind::RoleChanged, &[("from", "user"), ("to", "admin")])])
        });
    let trail = Browser::logged_in(stage).get(&format!("/admin/audit?{question}")).await;
    trail.assert_shows(
        200,
        &[
            "value=\"Bob.Ray\"",
            "value=\"203.0.113.7\"",
            "value=\"2025-06-15T14:00\"",
            "<option value=\"role_changed\" selected>",
            "From User to Administrator",
            "href=\"/admin/audit/export?actor=",
            "&#38;subject=Bob%2ERay&#38;kind=role%5Fchanged&#38;address=203%2E0%2E113%2E7&#38;from=",
        ],
    );
}

#[tokio::test]
async fn those_who_did_it_and_those_it_was_done_to_are_named_where_they_still_are() {
    let mut stage = stage(Role::Moderator);
    let mut done = event(1, EventKind::UserSuspended, &[("reason", HOSTILE)]);
    done.subject = Some(samples::user_id(2));
    let events = vec![done, by_bob(2, EventKind::LoggedIn)];
    stage.events.expect_page().returning(move |_, _, _, _| Ok(events.clone()));
    let trail = Browser::logged_in(stage).get("/admin/audit").await;
    let bob = page();
    trail.assert_shows(
        200,
        &[
            &format!("by <bdi>an account that is gone ({})</bdi>", samples::user_id(9)),
            &format!("account <a href=\"{bob}\"><bdi>bob.ray</bdi></a>"),
            &format!("by <a href=\"{bob}\"><bdi>bob.ray</bdi></a>"),
            "Reason: &#34;&#62;&#60;svg onload=alert(1)&#62;{{7*7}}",
            "<dt>detail.reason</dt>",
            "<dt>kind</dt><dd>user_suspended</dd>",
        ],
    );
    assert_eq!(trail.body.matches(&bob).count(), 2, "who did something to themselves is named once");
}

#[tokio::test]
async fn a_long_trail_comes_in_pages_that_keep_the_filter() {
    let mut stage = stage(Role::Moderator);
    stage.events.expect_page().returning(|filter, _, after, limit| {
        assert_eq!(filter.kind, Some(EventKind::LoggedIn));
        let rest = if after.is_some() { 1 } else { u8::try_from(limit).unwrap() };
        Ok((0..rest).map(|number| by_bob(number, EventKind::LoggedIn)).collect())
    });
    let mut browser = Browser::logged_in(stage);
    let first = browser.get("/admin/audit?kind=logged_in&from=").await;
    let (_, rest) = first.body.split_once("rel=\"next\" href=\"").unwrap();
    let next = rest.split('"').next().unwrap().replace("&#38;", "&");
    assert!(next.starts_with("/admin/audit?kind=logged%5Fin&cursor="), "{next}");
    let second = browser.get(&next).await;
    second.assert_shows(200, &["href=\"/admin/audit?kind=logged%5Fin\">Back to the latest</a>"]);
    browser.get("/admin/audit?cursor=x").await.assert_shows(400, &[]);
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_told_beside_its_field() {
    let mut stage = stage(Role::Moderator);
    findable(&mut stage);
    let mut browser = Browser::logged_in(stage);
    let path = "/admin/audit?actor=nobody.here&subject=%22%3E&kind=x&address=here&from=soon&until=2025-02-30T10%3A00";
    let trail = browser.get(path).await;
    trail.assert_shows(
        400,
        &[
            "6 things need another look",
            "There is no such account.",
            "This is not an IP address.",
            "value=\"soon\"",
        ],
    );
    browser.get("/admin/audit/export?kind=x").await.assert_shows(400, &["<!doctype html>"]);
}

#[tokio::test]
async fn an_empty_trail_says_so() {
    let mut stage = stage(Role::Moderator);
    quiet(&mut stage);
    Browser::logged_in(stage).get("/admin/audit").await.assert_shows(200, &["Nothing to show."]);
}

#[tokio::test]
async fn an_export_sends_the_same_events_line_by_line_from_the_first_on() {
    let (question, expected) = question();
    let mut stage = stage(Role::Moderator);
    findable(&mut stage);
    stage.chain.expect_is_waiting().returning(|| Ok(false));
    stage.events.expect_proven_page().times(2).returning(move |filter, order, after, limit| {
        assert_eq!(
            (filter.kind, filter.subject, order),
            (expected.kind, expected.subject, Order::OldestFirst)
        );
        let rest = if after.is_some() { 3 } else { limit };
        let detail = [("reason", HOSTILE), ("from", "user"), ("to", "admin\u{e9}\n")];
        Ok((0..rest)
            .map(|number| proven(event(u8::try_from(number).unwrap(), EventKind::RoleChanged, &detail)))
            .collect())
    });
    let mut work = stage.work();
    let events = work.keep_events();
    let written = work.committed();
    stage.begins([work]);
    let answer = Browser::logged_in(stage).get(&format!("/admin/audit/export?{question}")).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"xtrem-audit.ndjson\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(written.happened());
    assert_eq!(events.kinds(), [EventKind::AuditExported]);
    assert_eq!(answer.body.lines().count(), 203);
    for line in answer.body.lines() {
        assert!(
            line.starts_with("{\"id\":\"") && line.contains("\"to\":\"admin\\u00e9\\n\"},\"proof\":{"),
            "{line}"
        );
        assert!(line.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "{line}");
    }
}

#[tokio::test]
async fn whoever_asks_for_the_head_of_an_export_gets_its_headers_and_nothing_is_written_down() {
    let mut stage = stage(Role::Moderator);
    findable(&mut stage);
    let mut browser = Browser::logged_in(stage);
    let answer = browser.other(Method::HEAD, "/admin/audit/export?subject=bob.ray").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"xtrem-audit.ndjson\"");
    assert_eq!(browser.other(Method::HEAD, "/admin/audit/export?kind=x").await.status.as_u16(), 400);
}

#[tokio::test]
async fn every_event_says_its_place_in_the_chain_and_the_page_how_that_is_checked() {
    let mut stage = stage(Role::Moderator);
    let waiting = Event { sequence: None, ..event(8, EventKind::LoggedIn, &[]) };
    let events = vec![waiting, event(7, EventKind::LoggedIn, &[])];
    stage.events.expect_page().returning(move |_, _, _, _| Ok(events.clone()));
    let trail = Browser::logged_in(stage).get("/admin/audit").await;
    trail.assert_shows(
        200,
        &[
            "<span>No. 7</span>",
            "<span>not in the chain yet</span>",
            "<dt>sequence</dt><dd>7</dd>",
            "<code>xtrem audit verify</code>",
        ],
    );
    assert_eq!(trail.body.matches("<dt>sequence</dt>").count(), 1);
}

/// The chain has this many events, and can be read as far as that one.
fn chain(stage: &mut Stage, length: i64, readable: i64) {
    stage.chain.expect_is_waiting().returning(|| Ok(false));
    stage.chain.expect_end().returning(move || Ok(Some((Sequence::new(length), Link::NONE))));
    stage.chain.expect_entries().returning(move |after, limit| {
        if after >= Sequence::new(readable) {
            return Err(StoreError::Unavailable("gone".to_owned()));
        }
        let first = after.number() + 1;
        let joined =
            |number| Event { sequence: Some(Sequence::new(number)), ..event(1, EventKind::LoggedIn, &[]) };
        Ok((first..first + i64::from(limit)).map(joined).map(proven).collect())
    });
    let work = people::work(stage);
    stage.begins([work]);
}

#[tokio::test]
async fn the_whole_trail_leaves_in_the_order_of_its_chain_as_far_as_it_went_when_it_was_asked_for() {
    let mut stage = stage(Role::Moderator);
    chain(&mut stage, 401, 402);
    let answer = Browser::logged_in(stage).get("/admin/audit/export").await;
    let numbers: Vec<String> = (1..=401).map(|number| format!("\"sequence\":{number},")).collect();
    assert_eq!(answer.body.lines().count(), 401);
    assert!(answer.body.lines().zip(&numbers).all(|(line, number)| line.contains(number)));
}

#[tokio::test]
async fn an_export_that_can_not_be_read_to_its_end_breaks_off_and_does_not_pass_for_the_whole() {
    let mut stage = stage(Role::Moderator);
    chain(&mut stage, 401, 200);
    let answer = Browser::logged_in(stage).get("/admin/audit/export").await;
    assert_eq!(answer.body, BROKEN_OFF);
}

#[tokio::test]
async fn an_export_that_can_not_be_written_down_is_not_given() {
    let mut stage = stage(Role::Moderator);
    let mut work = people::work(&stage);
    work.refuse_commit(StoreError::Unavailable("full".to_owned()));
    stage.begins([work]);
    let answer = Browser::logged_in(stage).get("/admin/audit/export").await;
    answer.assert_shows(503, &["Back in a moment"]);
    assert!(!answer.body.contains("\"id\""));
}

#[tokio::test]
async fn the_trail_speaks_french() {
    let trail = Browser::logged_in(full(Role::Admin, Locale::Fr)).get("/admin/audit").await;
    trail.assert_shows(
        200,
        &["Journal d’audit", "Accès refusé", "un compte disparu", "Télécharger ces événements"],
    );
}
