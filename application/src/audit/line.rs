//! An event as one line of JSON (RFC 8259): the form in which the trail leaves the house, whoever writes it down.
//!
//! Everything but printable ASCII is escaped, so that no name and no reason can steer a terminal or begin a line.

use domain::Timestamp;
use domain::audit::Event;
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An event as a line of an export, with the break at its end. Its members are those of the API's `AuditEvent`.
#[must_use]
pub fn line(event: &Event) -> String {
    let actor = match event.actor.user_id() {
        Some(id) => format!("{{\"type\":{},\"id\":{}}}", quoted(event.actor.name()), quoted(&id.to_string())),
        None => format!("{{\"type\":{}}}", quoted(event.actor.name())),
    };
    let members = [
        ("id", quoted(&event.id.to_string())),
        ("sequence", "null".to_owned()),
        ("kind", quoted(event.kind.name())),
        ("actor", actor),
        ("subject", or_null(event.subject)),
        ("at", quoted(&moment(event.at))),
        ("address", or_null(event.address)),
        ("request_id", or_null(event.request_id)),
        ("detail", detail(event)),
    ];
    format!("{}\n", object(members.into_iter()))
}

fn detail(event: &Event) -> String {
    object(facts(event).map(|(name, text)| (name, quoted(&text))))
}

/// The facts of an event under their stable names, with moments as RFC 3339 writes them.
pub fn facts(event: &Event) -> impl Iterator<Item = (&str, String)> {
    event
        .detail
        .iter()
        .map(|(name, value)| (name.as_ref(), moment_in(name, value).map_or_else(|| value.clone(), moment)))
}

/// The moment that a fact tells of, if it tells of one: in the trail it stands in microseconds.
fn moment_in(name: &str, value: &str) -> Option<Timestamp> {
    let micros = matches!(name, "from" | "until").then(|| value.parse().ok()).flatten();
    micros.map(Timestamp::from_micros)
}

fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> = members.map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
    format!("{{{}}}", members.join(","))
}

fn or_null(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| quoted(&value.to_string()))
}

fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ (b'"' | b'\\')) => json.extend(['\\', char::from(byte)]),
            Ok(byte @ 0x20..=0x7e) => json.push(char::from(byte)),
            // Writing into a string can't fail.
            _ => drop(write!(json, "\\u{unit:04x}")),
        }
    }
    json.push('"');
    json
}

fn moment(at: Timestamp) -> String {
    let read = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_micros()) * 1000);
    read.unwrap_or(OffsetDateTime::UNIX_EPOCH).format(&Rfc3339).unwrap_or_default()
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
            kind: EventKind::UserSuspended,
            actor: ActorRef::User(user_id(1)),
            subject: Some(user_id(2)),
            at: NOW,
            address: Some(ADDRESS),
            request_id: Some(RequestId::new(NOW, &[3; 10])),
            detail: vec![("until".into(), NOW.as_micros().to_string())],
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
                "{{\"id\":\"{id}\",\"sequence\":null,\"kind\":\"user_suspended\",\"actor\":{{\"type\":\"user\",\"id\":\"{one}\"}},\
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
        let told = r#"{"reason":"a\"b\\c\u000ad\u001b[2J\u202e\u00e9\ud83d\ude00\u007f"}"#;
        assert!(line.contains(told), "{line}");
        assert!(line.trim_end_matches('\n').bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
    }

    #[test]
    fn the_role_that_somebody_had_is_no_moment() {
        assert_eq!(moment_in("from", "user"), None);
        assert_eq!(moment_in("from", "5"), Some(Timestamp::from_micros(5)));
        assert_eq!(moment_in("until", "soon"), None);
    }
}
