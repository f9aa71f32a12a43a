use super::world::{chained, flaw, lines_of, trail, verdict, waiting, writes_down};
use super::{after, ann};
use crate::Limit;
use crate::audit::{line, written};
use crate::fault::{Describe, FaultKind};
use crate::store::Proven;
use crate::testing::cast::{admin_without, ann_with, assert_private_event, facts, gone, stage};
use crate::testing::{Events, Stage, alarms, samples};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventFilter, EventKind, Link, Order, Sequence, Trouble};
use mockall::predicate::eq;
use serde_json::{Value, json};
use std::time::Duration;

/// As many events as are exported at once.
const LIMIT: u8 = 200;

/// A stage on which an export is written down; the chain ends like this then.
fn granting(end: Option<(Sequence, Link)>) -> (Stage, Events) {
    let mut stage = stage();
    stage.chain.expect_is_waiting().times(1).return_once(|| Ok(false));
    stage.chain.expect_end().returning(move || Ok(end));
    let mut work = stage.work();
    let events = work.keep_events();
    stage.begins([work]);
    (stage, events)
}

#[tokio::test]
async fn an_export_is_written_down_with_what_it_was_asked_for_before_anything_is_read() {
    let (stage, events) = granting(None);
    let house = stage.open();
    let filter = EventFilter {
        actor: Some(samples::user_id(2)),
        subject: Some(ann()),
        kind: Some(EventKind::LoggedIn),
        address: Some(samples::ADDRESS),
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
    let (actor, private) = (ActorRef::User(samples::user_id(1)), [("address", "203.0.113.7")]);
    assert_private_event(told, EventKind::AuditExported, actor, None, &detail, &private);
}

#[tokio::test]
async fn a_selection_comes_to_its_end_though_the_trail_goes_on() {
    let earlier = samples::NOW.minus(Duration::from_secs(1));
    let later = samples::NOW.plus(Duration::from_hours(1));
    for (asked, until) in [(None, samples::NOW), (Some(later), samples::NOW), (Some(earlier), earlier)] {
        let (mut stage, _) = granting(None);
        let asked = EventFilter { subject: Some(ann()), until: asked, ..EventFilter::default() };
        let filter = EventFilter { until: Some(until), ..asked };
        let full: Vec<Proven> = trail(LIMIT);
        let place = after(full[usize::from(LIMIT) - 1].event.as_ref().unwrap());
        for (place, found) in [(None, full), (Some(place), trail(3))] {
            stage
                .events
                .expect_proven_page()
                .with(eq(filter), eq(Order::OldestFirst), eq(place), eq(Limit::MAXIMUM))
                .times(1)
                .return_once(|_, _, _, _| Ok(found));
        }
        let house = stage.open();
        let export = house.audit.export(&samples::member(2, Role::Admin), asked).await.unwrap();
        house.clock.advance(Duration::from_mins(5));
        let (first, rest) = house.audit.export_lines(export).await.unwrap().unwrap();
        let (second, rest) = house.audit.export_lines(rest).await.unwrap().unwrap();
        assert_eq!((first.lines().count(), second.lines().count()), (200, 3));
        assert!(house.audit.export_lines(rest).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_whole_export_is_the_chain_up_to_its_end_at_the_moment_of_asking() {
    let whole = trail(255);
    for end in [0, 1, 199, 200, 201, 250] {
        let (mut stage, chain) = chained(whole[..end].to_vec());
        writes_down(&mut stage);
        let house = stage.open();
        let mut export =
            house.audit.export(&samples::member(2, Role::Admin), EventFilter::default()).await.unwrap();
        chain.lock().unwrap().extend_from_slice(&whole[end..]);
        let mut told = Vec::new();
        while let Some((lines, rest)) = house.audit.export_lines(export).await.unwrap() {
            assert!(lines.lines().count() <= Limit::MAXIMUM as usize);
            let numbers =
                lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["sequence"].clone());
            told.extend(numbers);
            export = rest;
        }
        let expected: Vec<Value> = (1..=end).map(Value::from).collect();
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn what_waits_is_joined_to_the_chain_before_it_is_exported() {
    let mut stage = stage();
    stage.digests();
    let (mut told, mut joining) = (stage.work(), stage.work());
    told.keep_events();
    let journal = stage.journal.clone();
    stage.chain.expect_is_waiting().times(1).return_once(|| Ok(true));
    stage.chain.expect_end().times(1).return_once(move || {
        journal.note("end");
        Ok(None)
    });
    joining.chain.expect_lock().times(1).return_once(|| Ok(None));
    joining.chain.expect_waiting().times(1).return_once(|_| Ok(vec![waiting(&trail(1)[0])]));
    joining.chain.expect_join().times(1).return_once(|_| Ok(()));
    stage.begins([told, joining]);
    let house = stage.open();
    house.audit.export(&samples::member(2, Role::Admin), EventFilter::default()).await.unwrap();
    let steps = ["begin", "audit", "commit", "begin", "chain", "chain", "chain", "commit", "end"];
    assert_eq!(house.journal.steps(), steps);
}

#[tokio::test]
async fn a_line_has_the_members_of_the_event_and_its_proof_and_is_plain_text() {
    let trail = trail(7);
    let lines = lines_of(trail.clone()).await;
    for (text, proven) in lines.iter().zip(&trail) {
        assert!(text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "{text}");
        let plain = line(proven.event.as_ref().unwrap());
        assert!(text.starts_with(plain.trim_end_matches("}\n")), "{text}");
    }
    let third: Value = serde_json::from_str(&lines[2]).unwrap();
    let until = "2025-06-15T15:06:40.000005Z";
    let reason = "Says \"\u{e9}\"\n\u{1f600}";
    assert_eq!(third["detail"], json!({"from": "user", "reason": reason, "to": "admin", "until": until}));
    let proof = &third["proof"];
    assert_eq!(proof["detail"], r#"{"from":"user","to":"admin","until":"1750000000000005"}"#);
    assert_eq!(proof["private"]["names"], json!(["reason"]));
    assert_eq!(proof["private"]["salt"], "fd".repeat(32));
    assert_eq!(proof["address"]["salt"], "02".repeat(32));
    let second: Value = serde_json::from_str(&lines[1]).unwrap();
    assert_eq!(proof["previous"], second["proof"]["link"]);
    let erased: Value = serde_json::from_str(&lines[4]).unwrap();
    assert_eq!(erased["address"], Value::Null);
    for part in ["address", "private"] {
        let part = erased["proof"][part].as_object().unwrap();
        assert_eq!(part.keys().collect::<Vec<_>>(), ["commitment", "digest"]);
    }
}

#[tokio::test]
async fn what_is_no_event_leaves_a_gap_that_is_found() {
    let mut trail = trail(7);
    trail[3].event = None;
    trail[3].entry.is_contradicted = true;
    let lines = lines_of(trail).await;
    assert_eq!(lines.len(), 6);
    assert_eq!(verdict(&lines, &[]).await, Err(flaw(4, Trouble::Missing)));
}

#[tokio::test]
async fn what_is_no_event_is_told_when_a_selection_leaves_it_out() {
    let mut trail = trail(3);
    trail[1].event = None;
    trail[1].entry.is_contradicted = true;
    let (mut stage, _) = granting(None);
    stage.events.expect_proven_page().times(1).return_once(|_, _, _, _| Ok(trail));
    let house = stage.open();
    let filter = EventFilter { subject: Some(ann()), ..EventFilter::default() };
    let export = house.audit.export(&samples::member(2, Role::Admin), filter).await.unwrap();
    alarms::listen();
    let (lines, _) = house.audit.export_lines(export).await.unwrap().unwrap();
    assert_eq!(lines.lines().count(), 2);
    let [told] = &alarms::heard()[..] else { panic!("one line") };
    assert!(told.contains("sequence=2 ") && told.contains("left out of an export"), "{told}");
}

#[tokio::test]
async fn a_moment_beyond_what_can_be_written_is_shown_as_it_is_stored() {
    for beyond in ["253402300800000000", "-62167219200000001", "9223372036854775807"] {
        let mut trail = trail(1);
        let told = facts(&[("until", beyond)]);
        let Proven { event, entry, .. } = &mut trail[0];
        entry.record.detail = written(&told);
        entry.link = samples::link(&entry.record.canonical(entry.sequence, &Link::NONE));
        event.as_mut().unwrap().detail = told;
        let lines = lines_of(trail).await;
        assert!(lines[0].contains(&format!("\"detail\":{{\"until\":\"{beyond}\"}}")), "{}", lines[0]);
        assert_eq!(verdict(&lines, &[]).await, Ok(1));
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
