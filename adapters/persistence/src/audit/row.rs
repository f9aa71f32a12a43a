//! How an event is read, and how its facts are written.

use crate::error::unreadable;
use crate::statement::record;
use application::store::StoreError;
use domain::Timestamp;
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::{EventId, RequestId, UserId};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::net::IpAddr;
use uuid::Uuid;

record! {
    /// An event.
    EventRow {
        id: Uuid,
        kind: String,
        actor: String,
        actor_id: Option<Uuid>,
        subject: Option<Uuid>,
        at: i64,
        address: Option<String>,
        request_id: Option<Uuid>,
        detail: String,
    }
}

impl EventRow {
    pub(crate) fn into_domain(self) -> Result<Event, StoreError> {
        let id = EventId::from_uuid(self.id);
        let unreadable = |column| unreadable("events", id, column);
        let address = self.address.as_deref().map(str::parse::<IpAddr>).transpose();
        Ok(Event {
            id,
            kind: EventKind::from_name(&self.kind).ok_or_else(|| unreadable("kind"))?,
            actor: actor(&self.actor, self.actor_id).ok_or_else(|| unreadable("actor"))?,
            subject: self.subject.map(UserId::from_uuid),
            at: Timestamp::from_micros(self.at),
            address: address.map_err(|_| unreadable("address"))?,
            request_id: self.request_id.map(RequestId::from_uuid),
            detail: facts(&self.detail).ok_or_else(|| unreadable("detail"))?,
        })
    }
}

fn actor(name: &str, id: Option<Uuid>) -> Option<ActorRef> {
    let actor = match id {
        Some(id) => ActorRef::User(UserId::from_uuid(id)),
        None if name == ActorRef::System.name() => ActorRef::System,
        None => ActorRef::Visitor,
    };
    (actor.name() == name).then_some(actor)
}

type Facts = Vec<(Cow<'static, str>, String)>;

/// The facts of an event as they are stored: a JSON object of texts.
pub(crate) fn written(facts: &Facts) -> String {
    let members = facts.iter().map(|(name, value)| (name.clone().into_owned(), Value::String(value.clone())));
    Value::Object(members.collect::<Map<_, _>>()).to_string()
}

/// The same, read back: in the order of their names, since an object has none of its own.
fn facts(text: &str) -> Option<Facts> {
    let members: Map<String, Value> = serde_json::from_str(text).ok()?;
    let facts = members.into_iter().map(|(name, value)| match value {
        Value::String(value) => Some((Cow::Owned(name), value)),
        _ => None,
    });
    let mut facts: Facts = facts.collect::<Option<_>>()?;
    facts.sort();
    Some(facts)
}
