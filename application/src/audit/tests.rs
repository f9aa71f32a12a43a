mod announce;
mod export;
mod heads;
mod prune;
mod read;
mod seal;
mod tamper;
mod verify;
mod world;

use crate::testing::samples;
use domain::audit::{ActorRef, Event, EventCursor, EventKind};
use domain::ids::{EventId, UserId};

/// The event of that number, done to Ann by that actor.
fn event(number: u8, actor: ActorRef) -> Event {
    let origin = samples::origin();
    Event {
        id: EventId::new(samples::NOW, &[number; 10]),
        sequence: None,
        kind: EventKind::ProfileEdited,
        actor,
        subject: Some(ann()),
        at: samples::NOW,
        address: origin.address,
        request_id: origin.request_id,
        detail: Vec::new(),
        private: Vec::new(),
    }
}

fn ann() -> UserId {
    samples::user_id(1)
}

/// The place after that event.
fn after(event: &Event) -> EventCursor {
    EventCursor { at: event.at, id: event.id }
}
