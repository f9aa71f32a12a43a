//! The small facts that an event carries, as sentences.

use crate::words::Words;
use domain::Timestamp;
use domain::access::{Reason, Role};
use domain::audit::{ActorRef, Event, EventKind};
use std::borrow::Cow;

/// What an event says besides its kind, one sentence for each fact that a person understands.
///
/// Facts that only programs need, such as the identifier of a session, are left to the export.
pub(crate) fn facts(words: Words, event: &Event) -> Vec<String> {
    let mut facts: Vec<String> = role_change(words, event).into_iter().collect();
    facts.extend(all(event).filter_map(|(name, value)| fact(words, event, name, value)));
    facts
}

/// What an event says under that name.
pub(crate) fn find<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    all(event).find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn all(event: &Event) -> impl Iterator<Item = &(Cow<'static, str>, String)> {
    event.detail.iter().chain(&event.private)
}

/// What a role is called; one of a later version by its own name.
pub(crate) fn role(words: Words, name: &str) -> String {
    Role::parse(name).map_or_else(|_| name.to_owned(), |role| words.say(&format!("role-{}", role.name())))
}

fn role_change(words: Words, event: &Event) -> Option<String> {
    let (from, to) = (find(event, "from")?, find(event, "to")?);
    let named = [("from", role(words, from)), ("to", role(words, to))];
    let named = named.each_ref().map(|(name, role)| (*name, role.as_str()));
    (event.kind == EventKind::RoleChanged).then(|| words.tell("fact-role-change", &named))
}

fn fact(words: Words, event: &Event, name: &str, value: &str) -> Option<String> {
    let number = || value.parse::<u64>().ok().filter(|number| *number > 0);
    let moment = || Some(words.moment(Timestamp::from_micros(value.parse().ok()?)).text);
    match name {
        "reason" => Some(reason(words, event, value)),
        "role" => Some(words.tell("fact-role", &[("role", &role(words, value))])),
        "until" => moment().map(|moment| words.tell("fact-until", &[("moment", &moment)])),
        "from" if event.kind == EventKind::BackupRestored => {
            moment().map(|moment| words.tell("fact-copy", &[("moment", &moment)]))
        }
        "sessions_ended" => number().map(|number| words.say_with("fact-sessions-ended", "count", number)),
        "count" => number().map(|number| match event.kind {
            EventKind::AuditPruned => words.say_with("fact-pruned", "count", number),
            EventKind::BackupRestored => words.say_with("fact-erased-again", "count", number),
            _ => words.say_with("fact-count", "count", number),
        }),
        "through" => Some(words.tell("fact-through", &[("number", value)])),
        "encrypted" => {
            Some(if value == "true" { words.say("fact-encrypted") } else { words.say("fact-open") })
        }
        "fields" => {
            let label = |field: &str| words.say(&format!("label-{}", field.replace('_', "-")));
            let fields: Vec<String> = value.split(' ').map(label).collect();
            Some(words.tell("fact-fields", &[("fields", &fields.join(", "))]))
        }
        "channel" => Some(words.say(&format!("channel-{value}"))),
        "operation" => Some(words.tell("fact-operation", &[("operation", value)])),
        "scope" => Some(words.tell("fact-scope", &[("scope", value)])),
        _ => None,
    }
}

/// A reason is a code where the service gives it, and a sentence where a person does.
fn reason(words: Words, event: &Event, value: &str) -> String {
    let code = Reason::ALL.iter().find(|reason| reason.code() == value);
    match (event.kind, event.actor, code) {
        (EventKind::AccessRefused | EventKind::LogInFailed, _, Some(code)) => words.reason(*code),
        (EventKind::LogInFailed, ..) if value == "invalid-scope" => words.say("fact-invalid-scope"),
        (_, ActorRef::System, _) if value == "expired" => words.say("fact-expired"),
        (EventKind::UserDeleted, ActorRef::System, _) if value == "replayed" => words.say("fact-replayed"),
        _ => words.tell("fact-reason", &[("reason", value)]),
    }
}

#[cfg(test)]
mod tests;
