//! An event as one line of JSON (RFC 8259): the form in which the trail leaves the house, whoever writes it down.
//!
//! Everything but printable ASCII is escaped, so that no name and no reason can steer a terminal or begin a line.

use crate::document::canonical;
use crate::store::Proven;
use domain::Timestamp;
use domain::audit::{Event, Facts, SealedPart, Sequence};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An event as a line, with the break at its end. Its members are those of the API's `AuditEvent`.
#[must_use]
pub fn line(event: &Event) -> String {
    joined(&view(event))
}

/// The same for an export, with what proves that it is what was written. What is no event leaves a gap, which whoever
/// verifies the export finds.
pub(super) fn proven_line(proven: &Proven) -> Option<String> {
    let event = proven.event.as_ref()?;
    let mut members = view(event);
    members.push(("proof", proof(event, proven)));
    Some(joined(&members))
}

fn joined(members: &[(&str, Value)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("\"{name}\":{}", ascii(&canonical(value)))).collect();
    format!("{{{}}}\n", members.join(","))
}

/// An event as an object.
pub(crate) fn members(event: &Event) -> Value {
    Value::Object(view(event).into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn view(event: &Event) -> Vec<(&'static str, Value)> {
    let actor = match event.actor.user_id() {
        Some(id) => json!({"type": event.actor.name(), "id": id.to_string()}),
        None => json!({"type": event.actor.name()}),
    };
    let detail: Map<String, Value> =
        facts(event).map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
    vec![
        ("id", json!(event.id.to_string())),
        ("sequence", json!(event.sequence.map(Sequence::number))),
        ("kind", json!(event.kind.name())),
        ("actor", actor),
        ("subject", json!(event.subject.map(|id| id.to_string()))),
        ("at", json!(moment(event.at))),
        ("address", json!(event.address.map(|address| address.to_string()))),
        ("request_id", json!(event.request_id.map(|id| id.to_string()))),
        ("detail", Value::Object(detail)),
    ]
}

/// What an event is chained by: its link, the one before, and of each sealed part its digest with either the salt, which
/// proves what is shown, or the commitment where it can't be shown any more. `detail` is the stored text of the facts.
fn proof(event: &Event, proven: &Proven) -> Value {
    let Proven { entry, address_salt, private_salt, .. } = proven;
    let names: Vec<&str> = event.private.iter().map(|(name, _)| name.as_ref()).collect();
    let mut private = part(entry.record.private, private_salt.as_ref());
    if let (Value::Object(members), Some(_)) = (&mut private, private_salt) {
        members.insert("names".to_owned(), json!(names));
    }
    json!({
        "address": part(entry.record.address, address_salt.as_ref()),
        "detail": entry.record.detail,
        "link": hexadecimal(entry.link.as_bytes()),
        "previous": entry.previous.map(|link| hexadecimal(link.as_bytes())),
        "private": private,
    })
}

fn part(part: Option<SealedPart>, salt: Option<&[u8; 32]>) -> Value {
    match (part, salt) {
        (None, _) => Value::Null,
        (Some(part), Some(salt)) => json!({"digest": hexadecimal(&part.digest), "salt": hexadecimal(salt)}),
        (Some(part), None) => {
            json!({"digest": hexadecimal(&part.digest), "commitment": hexadecimal(&part.commitment)})
        }
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing into a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Facts as they are sealed and stored: a JSON object of texts, in the order of their names.
#[must_use]
pub fn written(facts: &Facts) -> String {
    let members = facts.iter().map(|(name, value)| (name.clone().into_owned(), Value::String(value.clone())));
    canonical(&Value::Object(members.collect()))
}

/// The facts of an event under their stable names, with moments as RFC 3339 writes them.
pub fn facts(event: &Event) -> impl Iterator<Item = (&str, String)> {
    event
        .detail
        .iter()
        .chain(&event.private)
        .map(|(name, value)| (name.as_ref(), moment_in(name, value).unwrap_or_else(|| value.clone())))
}

/// The moment that a fact tells of, if it tells of one that can be written: in the trail it stands in microseconds.
fn moment_in(name: &str, value: &str) -> Option<String> {
    let micros = matches!(name, "from" | "until").then(|| value.parse().ok()).flatten();
    spelled(Timestamp::from_micros(micros?))
}

/// JSON of which everything but printable ASCII is escaped; outside of its texts it has nothing else.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ 0x20..=0x7e) => text.push(char::from(byte)),
            _ => drop(write!(text, "\\u{unit:04x}")),
        }
    }
    text
}

pub(crate) fn moment(at: Timestamp) -> String {
    spelled(at).unwrap_or_default()
}

/// A moment as RFC 3339 writes it, which knows the years 0 to 9999.
fn spelled(at: Timestamp) -> Option<String> {
    let read = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_micros()) * 1000);
    read.ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::{ADDRESS, NOW, user_id};
    use domain::audit::{ActorRef, EventKind};
    use domain::ids::{EventId, RequestId};

    fn event() -> Event {
        Event {
            id: EventId::new(NOW, &[1; 10]),
            sequence: None,
            kind: EventKind::UserSuspended,
            actor: ActorRef::User(user_id(1)),
            subject: Some(user_id(2)),
            at: NOW,
            address: Some(ADDRESS),
            request_id: Some(RequestId::new(NOW, &[3; 10])),
            detail: vec![("until".into(), NOW.as_micros().to_string())],
            private: Vec::new(),
        }
    }

    #[test]
    fn a_line_has_every_member_in_a_fixed_order_and_times_as_rfc_3339() {
        let (id, one, two) = (EventId::new(NOW, &[1; 10]), user_id(1), user_id(2));
        let request = RequestId::new(NOW, &[3; 10]);
        let at = "2025-06-15T15:06:40Z";
        assert_eq!(
            line(&event()),
            format!(
                "{{\"id\":\"{id}\",\"sequence\":null,\"kind\":\"user_suspended\",\"actor\":{{\"id\":\"{one}\",\"type\":\"user\"}},\
                 \"subject\":\"{two}\",\"at\":\"{at}\",\"address\":\"203.0.113.7\",\"request_id\":\"{request}\",\
                 \"detail\":{{\"until\":\"{at}\"}}}}\n"
            )
        );
    }

    #[test]
    fn what_is_not_known_is_null_and_a_visitor_has_no_id() {
        let event = Event {
            actor: ActorRef::Visitor,
            subject: None,
            address: None,
            request_id: None,
            detail: Vec::new(),
            ..event()
        };
        let line = line(&event);
        for part in
            ["\"actor\":{\"type\":\"visitor\"}", "\"subject\":null", "\"address\":null", "\"detail\":{}"]
        {
            assert!(line.contains(part), "{line}");
        }
    }

    #[test]
    fn nothing_but_printable_ascii_leaves_and_no_text_ends_its_string() {
        let detail = vec![("reason".into(), "a\"b\\c\nd\u{1b}[2J\u{202e}é\u{1f600}\u{7f}".to_owned())];
        let line = line(&Event { detail, ..event() });
        let told = r#"{"reason":"a\"b\\c\nd\u001b[2J\u202e\u00e9\ud83d\ude00\u007f"}"#;
        assert!(line.contains(told), "{line}");
        assert!(line.trim_end_matches('\n').bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
    }

    #[test]
    fn the_role_that_somebody_had_is_no_moment() {
        assert_eq!(moment_in("from", "user"), None);
        assert_eq!(moment_in("from", "5").as_deref(), Some("1970-01-01T00:00:00.000005Z"));
        assert_eq!(moment_in("until", "soon"), None);
    }
}
