//! Whatever is done to an export is found, at the right number.

use super::world::{
    SORTS, chained, checked, exported, flaw, head, lines_of, trail, trail_by, verdict, verifier, writes_down,
};
use crate::audit::VerifyError;
use crate::store::Proven;
use crate::testing::samples;
use domain::audit::{Anchor, Entry, EventFilter, Flaw, Head, Link, Sequence, Trouble};
use serde_json::{Map, Value, json};
use std::iter::once;

const LENGTH: u8 = 12;

/// Every other text, number or nothing that could stand in the place of this one.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => {
            let mut other = text.clone();
            let last = other.pop().unwrap_or('0');
            other.push(if last == '0' { '1' } else { '0' });
            vec![json!(other), json!(format!("{text}x")), json!(""), Value::Null, json!(7), json!({})]
        }
        Value::Null => {
            let id = samples::user_id(9).to_string();
            vec![
                json!("203.0.113.9"),
                json!(id),
                json!("a".repeat(64)),
                json!(7),
                json!([]),
                json!({"a": "b"}),
            ]
        }
        _ => Vec::new(),
    }
}

/// A value with one thing in it changed, left out or put in, for every such thing; and where that is.
fn tampered(value: &Value, path: &str) -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> =
        others(value).into_iter().map(|other| (format!("{path} = {other}"), other)).collect();
    if let Value::Object(members) = value {
        let with = |name: &str, value| {
            let mut members: Map<String, Value> = members.clone();
            members.insert(name.to_owned(), value);
            Value::Object(members)
        };
        for (name, member) in members {
            let inner = tampered(member, &format!("{path}/{name}"));
            all.extend(inner.into_iter().map(|(path, other)| (path, with(name, other))));
            let mut without = members.clone();
            without.remove(name);
            all.push((format!("{path}/{name} left out"), Value::Object(without)));
        }
        all.push((format!("{path} with something more"), with("note", json!("x"))));
    }
    if let Value::Array(items) = value {
        all.push((format!("{path} emptied"), json!([])));
        let more = items.iter().cloned().chain(once(json!("note"))).collect();
        all.push((format!("{path} with one more"), Value::Array(more)));
    }
    all
}

#[tokio::test]
async fn an_export_that_nobody_touched_holds_to_its_end() {
    let trail = trail(LENGTH);
    let heads = [head(&trail[3]), head(&trail[11])];
    let lines = lines_of(trail.clone()).await;
    assert_eq!(verdict(&lines, &heads).await, Ok(12));
    let report = checked(&lines, &heads).await.unwrap();
    let verdict = report.outcome.unwrap();
    assert_eq!((verdict.last, verdict.link), (Sequence::new(12), trail[11].entry.link));
    assert_eq!((report.anchor, report.heads), (None, 2));
}

#[tokio::test]
async fn every_member_that_is_changed_left_out_or_added_is_found_at_its_number() {
    let lines = lines_of(trail(u8::try_from(SORTS).unwrap())).await;
    assert_eq!(verdict(&lines, &[]).await, Ok(SORTS as u64));
    for (place, line) in lines.iter().enumerate() {
        let number = i64::try_from(place).unwrap() + 1;
        let line: Value = serde_json::from_str(line).unwrap();
        let all = tampered(&line, "");
        assert!(all.len() > 60, "{}", all.len());
        for (what, other) in all {
            if other.get("sequence").and_then(Value::as_i64).is_none() {
                continue;
            }
            let mut lines = lines.clone();
            lines[place] = other.to_string();
            assert_eq!(verdict(&lines, &[]).await, Err(flaw(number, Trouble::Altered)), "{number}: {what}");
        }
    }
}

#[tokio::test]
async fn a_number_that_is_changed_or_gone_is_found() {
    let lines = lines_of(trail(LENGTH)).await;
    let with = |sequence: Value| {
        let mut line: Value = serde_json::from_str(&lines[6]).unwrap();
        line["sequence"] = sequence;
        [&lines[..6], &[line.to_string()], &lines[7..]].concat()
    };
    assert_eq!(verdict(&with(json!(8)), &[]).await, Err(flaw(7, Trouble::Missing)));
    assert_eq!(verdict(&with(json!(3)), &[]).await, Err(flaw(3, Trouble::OutOfPlace)));
    for none in [Value::Null, json!("7"), json!(7.5)] {
        assert!(matches!(checked(&with(none), &[]).await, Err(VerifyError::Unreadable(7))));
    }
}

#[tokio::test]
async fn what_is_no_line_of_an_export_is_named_by_its_place() {
    let lines = lines_of(trail(3)).await;
    for foreign in ["", "{}", "[]", "sequence", "{\"sequence\":2"] {
        let lines = [&lines[..1], &[foreign.to_owned()], &lines[1..]].concat();
        let error = checked(&lines, &[]).await.unwrap_err();
        assert_eq!(error.to_string(), "line 2 is no event of an export", "{foreign}");
    }
    // As it leaves by the API, without a proof, it is one that proves nothing.
    let mut bare: Value = serde_json::from_str(&lines[1]).unwrap();
    bare.as_object_mut().unwrap().remove("proof");
    let lines = [lines[0].clone(), bare.to_string()];
    assert_eq!(verdict(&lines, &[]).await, Err(flaw(2, Trouble::Altered)));
}

#[tokio::test]
async fn a_line_in_which_a_name_stands_twice_is_no_line_of_an_export() {
    let lines = lines_of(trail(3)).await;
    let third = &lines[2];
    for doubled in [
        third.replacen('{', "{\"kind\":\"session.forged\",\"detail\":{\"evil\":\"1\"},", 1),
        format!("{},\"sequence\":3}}", third.strip_suffix('}').unwrap()),
        third.replacen("\"detail\":{", "\"detail\":{\"from\":\"root\",", 1),
        third.replacen("\"proof\":{", "\"proof\":{\"link\":\"\",", 1),
        third.replacen("\"actor\":{", "\"actor\":{\"type\":\"system\",", 1),
    ] {
        assert_ne!(doubled, *third);
        assert!(serde_json::from_str::<Value>(&doubled).is_ok(), "{doubled}");
        let lines = [&lines[..2], &[doubled]].concat();
        assert!(matches!(checked(&lines, &[]).await, Err(VerifyError::Unreadable(3))), "{lines:?}");
    }
}

#[tokio::test]
async fn a_file_that_can_not_be_read_to_its_end_is_no_whole_export() {
    let lines = lines_of(trail(2)).await;
    let broken = lines.into_iter().map(Ok).chain(once(Err(std::io::Error::other("a bad sector"))));
    let error = verifier().audit.verify_export(broken, &[], true).await.unwrap_err();
    assert_eq!(error.to_string(), "the export can't be read: a bad sector");
}

#[tokio::test]
async fn what_is_deleted_inserted_repeated_or_moved_is_found() {
    let lines = lines_of(trail(LENGTH)).await;
    for place in 0..usize::from(LENGTH) - 1 {
        let number = i64::try_from(place).unwrap() + 1;
        let mut deleted = lines.clone();
        deleted.remove(place);
        assert_eq!(verdict(&deleted, &[]).await, Err(flaw(number, Trouble::Missing)));
        let mut repeated = lines.clone();
        repeated.insert(place + 1, lines[place].clone());
        assert_eq!(verdict(&repeated, &[]).await, Err(flaw(number, Trouble::OutOfPlace)));
        let mut moved = lines.clone();
        moved.swap(place, place + 1);
        assert_eq!(verdict(&moved, &[]).await, Err(flaw(number, Trouble::Missing)));
    }
}

#[tokio::test]
async fn what_is_swapped_inserted_or_deleted_under_fitting_numbers_is_found() {
    let lines = lines_of(trail(LENGTH)).await;
    let renumbered = |line: &String, sequence: usize| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line["sequence"] = json!(sequence);
        line.to_string()
    };
    let all = |lines: Vec<&String>| -> Vec<String> {
        lines.iter().zip(1..).map(|(line, number)| renumbered(line, number)).collect()
    };
    let mut swapped: Vec<&String> = lines.iter().collect();
    swapped.swap(4, 8);
    assert_eq!(verdict(&all(swapped), &[]).await, Err(flaw(5, Trouble::Altered)));
    let mut inserted: Vec<&String> = lines.iter().collect();
    inserted.insert(4, &lines[1]);
    assert_eq!(verdict(&all(inserted), &[]).await, Err(flaw(5, Trouble::Altered)));
    let mut deleted: Vec<&String> = lines.iter().collect();
    deleted.remove(4);
    assert_eq!(verdict(&all(deleted), &[]).await, Err(flaw(5, Trouble::Altered)));
}

#[tokio::test]
async fn what_was_cut_off_is_found_by_a_head() {
    let trail = trail(LENGTH);
    let heads = [head(&trail[5]), head(&trail[11])];
    let lines = lines_of(trail).await;
    assert_eq!(verdict(&lines[..8], &[]).await, Ok(8), "by nothing else");
    assert_eq!(verdict(&lines[..8], &heads).await, Err(flaw(9, Trouble::Missing)));
    assert_eq!(verdict(&[], &heads).await, Err(flaw(1, Trouble::Missing)));
}

#[tokio::test]
async fn what_was_made_anew_without_the_key_is_found_where_it_begins() {
    let guessed = |form: &[u8]| samples::link(&[b"guessed", form].concat());
    let lines = lines_of(trail_by(LENGTH, guessed)).await;
    assert_eq!(verdict(&lines, &[]).await, Err(flaw(1, Trouble::Altered)));

    let mut later = trail(LENGTH);
    let mut previous = later[6].entry.link;
    for proven in &mut later[7..] {
        let Entry { sequence, record, .. } = &proven.entry;
        let link = guessed(&record.canonical(*sequence, &previous));
        proven.entry = Entry { previous: Some(previous), link, ..proven.entry.clone() };
        previous = link;
    }
    assert_eq!(verdict(&lines_of(later).await, &[]).await, Err(flaw(8, Trouble::Altered)));
}

#[tokio::test]
async fn what_was_made_anew_with_the_key_is_found_by_a_head() {
    let trail = trail(LENGTH);
    let kept = Head { link: Link::new([7; 32]), ..head(&trail[5]) };
    let lines = lines_of(trail).await;
    assert_eq!(verdict(&lines, &[kept]).await, Err(flaw(6, Trouble::Rewritten)));
}

#[tokio::test]
async fn what_was_erased_can_not_be_put_back_by_guessing() {
    let lines = lines_of(trail(LENGTH)).await;
    let line: Value = serde_json::from_str(&lines[4]).unwrap();
    assert_eq!((&line["address"], &line["detail"]), (&Value::Null, &json!({"role": "admin"})));
    let mut shown = line.clone();
    shown["address"] = json!(samples::ADDRESS.to_string());
    let mut told = line.clone();
    told["detail"]["reason"] = json!("Help.");
    told["proof"]["private"]["names"] = json!(["reason"]);
    let mut salted = shown.clone();
    salted["proof"]["address"] =
        json!({"digest": line["proof"]["address"]["digest"], "salt": "00".repeat(32)});
    for forged in [shown, told, salted] {
        let mut lines = lines.clone();
        lines[4] = forged.to_string();
        assert_eq!(verdict(&lines, &[]).await, Err(flaw(5, Trouble::Altered)), "{forged}");
    }
}

/// How many of these lines hold as a selection, or where they first do not.
async fn selected(lines: &[String]) -> Result<u64, Flaw> {
    let lines = lines.iter().cloned().map(Ok);
    let report = verifier().audit.verify_export(lines, &[], false).await.unwrap();
    report.outcome.map(|verdict| verdict.checked)
}

#[tokio::test]
async fn a_selection_shows_what_was_changed_and_is_no_whole_export() {
    let found: Vec<Proven> = [1, 2, 6, 9].map(|place| trail(LENGTH)[place].clone()).to_vec();
    let (mut stage, _) = chained(trail(LENGTH));
    writes_down(&mut stage);
    stage.events.expect_proven_page().times(1).return_once(|_, _, _, _| Ok(found));
    let filter = EventFilter { until: Some(samples::NOW), ..EventFilter::default() };
    let lines = exported(&stage.open(), filter).await;
    assert_eq!(lines.len(), 4);
    assert_eq!(selected(&lines).await, Ok(4));
    assert_eq!(verdict(&lines, &[]).await, Err(flaw(1, Trouble::Missing)));
    let mut changed = lines.clone();
    changed[2] = changed[2].replace("website", "address");
    assert_eq!(selected(&changed).await, Err(flaw(7, Trouble::Altered)));
    let mut turned = lines;
    turned.swap(1, 2);
    assert_eq!(selected(&turned).await, Err(flaw(3, Trouble::OutOfPlace)));
}

/// What a check shows where the beginning was removed up to that anchor.
async fn after_pruning(lines: &[String], anchor: Anchor) -> (Option<Sequence>, Result<u64, Flaw>) {
    let (mut stage, _) = chained(Vec::new());
    super::verify::anchored(&mut stage, anchor);
    let lines = lines.iter().cloned().map(Ok);
    let report = stage.open().audit.verify_export(lines, &[], true).await.unwrap();
    (report.anchor, report.outcome.map(|verdict| verdict.checked))
}

#[tokio::test]
async fn an_export_begins_with_the_first_event_or_after_the_anchor_and_nowhere_else() {
    let trail = trail(LENGTH);
    let anchor = head(&trail[4]);
    let lines = lines_of(trail).await;
    assert_eq!(after_pruning(&lines, anchor).await, (None, Ok(12)), "made before");
    assert_eq!(after_pruning(&lines[5..], anchor).await, (Some(Sequence::new(5)), Ok(7)), "made after");
    let later = after_pruning(&lines[6..], anchor).await;
    assert_eq!(later.1, Err(flaw(6, Trouble::Missing)));
    assert_eq!(verdict(&lines[5..], &[]).await, Err(flaw(1, Trouble::Missing)));
}
