//! A database as an earlier version has left it: people, sessions and events, everything in clear.

use crate::chain::at;
use crate::people::{NOW, session_id, user_id};
use crate::upgrades::earlier_version;
use crate::{Database, Raw};
use domain::audit::{ActorRef, Event, EventKind, Facts};
use domain::ids::{EventId, UserId};

/// The last version that kept everything in clear had as many migrations.
pub(crate) const LAST_IN_CLEAR: usize = 14;
pub(crate) const PEOPLE: u8 = 9;
pub(crate) const MARKER: &str = "marker-4711";

pub(crate) fn name(number: u8) -> String {
    format!("user-{number}")
}

pub(crate) fn address(number: u8) -> String {
    format!("198.51.100.{number}")
}

pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(crate) fn account(raw: &Raw, number: u8) -> String {
    let (id, name, now) = (raw.id(user_id(number).as_uuid()), name(number), NOW.as_micros());
    format!(
        "INSERT INTO users (id, username, username_key, email_key, role, status, locale, theme, email_notifications,
            created_at, updated_at, version)
        VALUES ({id}, '{name}', '{name}', '{name}-{MARKER}@example.com', 'user', 'active', 'en', 'dark', {},
            {now}, {now}, 1);",
        raw.truth(true)
    )
}

/// Somebody of whom everything is known, or as little as possible.
pub(crate) fn person(raw: &Raw, number: u8) -> String {
    let id = raw.id(user_id(number).as_uuid());
    let told = if number.is_multiple_of(2) {
        "NULL, NULL, NULL, NULL".to_owned()
    } else {
        format!(
            "'Ann {MARKER}', 'Bio {MARKER}\nof {number}', 'At {MARKER}', 'https://{MARKER}.example/{number}'"
        )
    };
    format!(
        "INSERT INTO personal_data (user_id, email, full_name, bio, location, website)
        VALUES ({id}, 'User-{number}-{MARKER}@Example.com', {told});"
    )
}

pub(crate) fn session(raw: &Raw, number: u8) -> String {
    let (id, owner) = (raw.id(session_id(number).as_uuid()), raw.id(user_id(number).as_uuid()));
    let (now, address) = (NOW.as_micros(), address(number));
    let origin = match number % 3 {
        0 => "NULL, NULL".to_owned(),
        1 => format!("'Device {MARKER}', '{address}'"),
        _ => format!("NULL, '{address}'"),
    };
    format!(
        "INSERT INTO sessions (id, user_id, channel, device_name, address, scopes, created_at, last_used_at)
        VALUES ({id}, {owner}, 'api', {origin}, '', {now}, {now});"
    )
}

pub(crate) fn facts(facts: &[(&'static str, &str)]) -> Facts {
    facts.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect()
}

/// The events as they are told from the first to the last, with what is to be sealed of them apart.
pub(crate) fn events() -> Vec<Event> {
    let reason = format!("Because of {MARKER}, \"twice\".");
    let event = |number: u8, kind, actor, subject: Option<u8>, detail, private| {
        let at = at(u64::from(number));
        Event {
            id: EventId::new(at, &[number; 10]),
            sequence: None,
            kind,
            actor,
            subject: subject.map(user_id),
            at,
            address: (number != 3).then(|| [198, 51, 100, number].into()),
            request_id: None,
            detail: facts(detail),
            private: facts(private),
        }
    };
    let user = |number| ActorRef::User(user_id(number));
    let reason = [("reason", reason.as_str())];
    vec![
        event(1, EventKind::LoggedIn, user(1), Some(1), &[], &[]),
        event(2, EventKind::LogInFailed, ActorRef::Visitor, Some(2), &[("reason", "wrong-password")], &[]),
        event(3, EventKind::SigningKeyCreated, ActorRef::System, None, &[("kid", "a")], &[]),
        event(4, EventKind::LogInFailed, ActorRef::Visitor, None, &[], &[]),
        event(5, EventKind::UserSuspended, user(1), Some(2), &[("sessions_ended", "3")], &reason),
        event(6, EventKind::RoleChanged, user(1), Some(3), &[("from", "user"), ("to", "admin")], &reason),
        event(7, EventKind::PersonalDataOpened, user(3), Some(4), &[("role", "admin")], &reason),
        event(
            8,
            EventKind::AuditExported,
            user(3),
            None,
            &[("kind", "logged_in")],
            &[("address", "198.51.100.9")],
        ),
        event(9, EventKind::UserDeleted, user(1), Some(99), &[], &[]),
        event(10, EventKind::LoggedIn, user(99), Some(99), &[], &[]),
    ]
}

/// The same after the move: nothing is kept of somebody who is gone.
pub(crate) fn moved() -> Vec<Event> {
    let mut events = events();
    events[9].address = None;
    events
}

/// The same as it was stored before.
pub(crate) fn stored(raw: &Raw, event: &Event) -> String {
    let id = |id: Option<UserId>| id.map_or("NULL".to_owned(), |id| raw.id(id.as_uuid()));
    let all: Facts = event.detail.iter().chain(&event.private).cloned().collect();
    format!(
        "INSERT INTO events (id, kind, actor, actor_id, subject, at, address, detail)
        VALUES ({}, '{}', '{}', {}, {}, {}, {}, {});",
        raw.id(event.id.as_uuid()),
        event.kind.name(),
        event.actor.name(),
        id(event.actor.user_id()),
        id(event.subject),
        event.at.as_micros(),
        event.address.map_or("NULL".to_owned(), |address| quoted(&address.to_string())),
        quoted(&application::audit::written(&all)),
    )
}

pub(crate) async fn fill(database: &Database) {
    let mut raw = earlier_version(database, LAST_IN_CLEAR).await;
    let mut sql = String::new();
    for number in 1..=PEOPLE {
        sql += &(account(&raw, number) + &person(&raw, number) + &session(&raw, number));
    }
    for event in events() {
        sql += &stored(&raw, &event);
    }
    raw.run(&sql).await.unwrap();
}
