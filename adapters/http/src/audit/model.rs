//! Events on the wire.

use crate::form::{Fields, Form, Kind, Member};
use crate::paging::{self, CURSOR, LIMIT};
use crate::wire::{OrNull, moment, read_id, read_moment, spelled, spelled_if_any, spelled_or_null};
use application::Limit;
use application::audit::facts;
use domain::audit::{ActorRef, Event, EventCursor, EventFilter, EventKind, Sequence};
use domain::ids::UserId;
use domain::violation::{FieldViolation, Violation, Violations};
use poem_openapi::{Enum, Object};
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use time::OffsetDateTime;
use uuid::Uuid;

const ACTOR: Member = Member::optional("actor", Kind::Id, "Only what that person did.");
const SUBJECT: Member = Member::optional("subject", Kind::Id, "Only what was done to that person.");
const KIND: Member = Member::optional(
    "kind",
    Kind::Choice(|| EventKind::ALL.iter().map(|kind| kind.name()).collect()),
    "Only events of that kind.",
);
const FROM: Member = Member::optional("from", Kind::Moment, "Only events at that moment or later.")
    .like("2026-11-22T00:00:00Z");
const UNTIL: Member = Member::optional(
    "until",
    Kind::Moment,
    "Only events before that moment, which is no earlier than `from`.",
)
.like("2026-11-23T00:00:00Z");
const ADDRESS: Member =
    Member::optional("address", Kind::Text { minimum: 2, maximum: 45 }, "Only events from that IP address.")
        .like("192.0.2.7");

/// Which events are asked for, a page at a time.
pub struct EventList;

impl Form for EventList {
    const NAME: &'static str = "EventList";
    const ABOUT: &'static str = "Which events are asked for, a page at a time.";
    const MEMBERS: &'static [Member] = &[ACTOR, SUBJECT, KIND, FROM, UNTIL, ADDRESS, LIMIT, CURSOR];
}

impl EventList {
    /// Reads the form: which events, where the page begins, and how long it is.
    pub fn parse(
        fields: &Fields<'_>,
    ) -> Result<(EventFilter, Option<EventCursor>, Limit), Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let filter = filter(&mut wrong, fields);
        let limit = paging::limit(&mut wrong, fields);
        let after = paging::cursor(&mut wrong, fields, EventCursor::parse);
        let list = (|| Some((filter?, after?, limit?)))();
        wrong.finish(list)
    }
}

/// Which events are exported.
pub struct EventExport;

impl Form for EventExport {
    const NAME: &'static str = "EventExport";
    const ABOUT: &'static str = "Which events are exported.";
    const MEMBERS: &'static [Member] = &[ACTOR, SUBJECT, KIND, FROM, UNTIL, ADDRESS];
}

impl EventExport {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<EventFilter, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let filter = filter(&mut wrong, fields);
        wrong.finish(filter)
    }
}

/// Which events of one account are asked for.
pub struct ActivityList;

impl Form for ActivityList {
    const NAME: &'static str = "ActivityList";
    const ABOUT: &'static str = "Which events of one account are asked for.";
    const MEMBERS: &'static [Member] = &[KIND, LIMIT, CURSOR];
}

impl ActivityList {
    /// Reads the form: of which kind, where the page begins, and how long it is.
    pub fn parse(
        fields: &Fields<'_>,
    ) -> Result<(Option<EventKind>, Option<EventCursor>, Limit), Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let kind = wrong.optional("kind", fields.text("kind"), kind);
        let limit = paging::limit(&mut wrong, fields);
        let after = paging::cursor(&mut wrong, fields, EventCursor::parse);
        let list = (|| Some((kind?, after?, limit?)))();
        wrong.finish(list)
    }
}

fn filter(wrong: &mut Violations, fields: &Fields<'_>) -> Option<EventFilter> {
    let person = |text: &str| read_id(text).map(UserId::from_uuid);
    let actor = wrong.optional("actor", fields.text("actor"), person);
    let subject = wrong.optional("subject", fields.text("subject"), person);
    let kind = wrong.optional("kind", fields.text("kind"), kind);
    let from = wrong.optional("from", fields.text("from"), read_moment);
    let until = wrong.optional("until", fields.text("until"), |text| {
        let (from, until) = (from.flatten(), read_moment(text)?);
        let is_sound = from.is_none_or(|from| from <= until);
        is_sound.then_some(until).ok_or(Violation::UnknownValue { allowed: "the moments from `from` on" })
    });
    let address = wrong.optional("address", fields.text("address"), |text| {
        text.parse().map(|address: IpAddr| address.to_canonical()).map_err(|_| Violation::InvalidAddress)
    });
    Some(EventFilter {
        actor: actor?,
        subject: subject?,
        kind: kind?,
        address: address?,
        from: from?,
        until: until?,
    })
}

fn kind(name: &str) -> Result<EventKind, Violation> {
    EventKind::from_name(name)
        .ok_or(Violation::UnknownValue { allowed: "the kinds that the description of the API names" })
}

/// Something that happened.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "AuditEvent")]
pub struct EventView {
    /// Its identifier.
    #[serde(serialize_with = "spelled")]
    id: Uuid,
    /// Its place in the chain, counted from 1; `null` for the moment until it is joined to it.
    sequence: OrNull<i64>,
    /// What happened.
    kind: String,
    /// Who did it.
    actor: ActorView,
    /// To whom.
    #[serde(serialize_with = "spelled_or_null")]
    subject: OrNull<Uuid>,
    /// When.
    #[serde(serialize_with = "spelled")]
    at: OffsetDateTime,
    /// From which address; `null` where there was none, and once the person whose it was is gone.
    address: OrNull<String>,
    /// In which request.
    #[serde(serialize_with = "spelled_or_null")]
    request_id: OrNull<Uuid>,
    /// Small facts about it, by their names; those that say something of a person are gone when that person is.
    detail: BTreeMap<String, String>,
}

/// Who did it.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "AuditActor")]
struct ActorView {
    /// What sort of actor it was.
    r#type: ActorKind,
    /// Which person, where it was one.
    #[oai(skip_serializing_if_is_none)]
    #[serde(serialize_with = "spelled_if_any", skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
}

/// What sort of actor it was: somebody who had not proved who they are, a person who had, or the installation itself.
#[derive(Debug, Enum, Serialize)]
#[oai(rename = "AuditActorType", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
enum ActorKind {
    /// Visitor
    Visitor,
    /// User
    User,
    /// System
    System,
}

impl From<ActorRef> for ActorView {
    fn from(actor: ActorRef) -> Self {
        let kind = match actor {
            ActorRef::Visitor => ActorKind::Visitor,
            ActorRef::User(_) => ActorKind::User,
            ActorRef::System => ActorKind::System,
        };
        Self { r#type: kind, id: actor.user_id().map(UserId::as_uuid) }
    }
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let detail = facts(&event).map(|(name, value)| (name.to_owned(), value)).collect();
        Self {
            id: event.id.as_uuid(),
            sequence: OrNull(event.sequence.map(Sequence::number)),
            kind: event.kind.name().to_owned(),
            actor: event.actor.into(),
            subject: OrNull(event.subject.map(UserId::as_uuid)),
            at: moment(event.at),
            address: OrNull(event.address.map(|address| address.to_string())),
            request_id: OrNull(event.request_id.map(domain::ids::RequestId::as_uuid)),
            detail,
        }
    }
}
