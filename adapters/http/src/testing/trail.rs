use application::audit::written;
use application::store::{HourlyCount, Proven, UserCount};
use application::testing::{Stage, samples};
use domain::access::Role;
use domain::audit::{ActorRef, Entry, Event, EventKind, Link, Record, SealedPart, Sequence};
use domain::ids::EventId;
use domain::users::Status;
use std::time::Duration;

/// An event with everything that an event may hold.
pub fn event() -> Event {
    let origin = samples::origin();
    let until = samples::NOW.plus(Duration::from_hours(1)).as_micros().to_string();
    Event {
        id: EventId::new(samples::NOW, &[5; 10]),
        sequence: Some(Sequence::new(7)),
        kind: EventKind::UserSuspended,
        actor: ActorRef::User(samples::user_id(1)),
        subject: Some(samples::user_id(2)),
        at: samples::NOW,
        address: origin.address,
        request_id: origin.request_id,
        detail: vec![("until".into(), until)],
        private: vec![("reason".into(), "Zoë: \"\u{1f600}\"\n\u{7f}".to_owned())],
    }
}

/// The same event at a place of the chain, with its proof; of its address there is only the commitment.
pub fn proven(sequence: Sequence) -> Proven {
    let event = Event { sequence: Some(sequence), ..event() };
    let sealed = |byte| Some(SealedPart { digest: [byte; 32], commitment: [byte + 1; 32] });
    let record = Record {
        id: event.id,
        kind: event.kind.name().to_owned(),
        actor: event.actor.name().to_owned(),
        actor_id: event.actor.user_id(),
        subject: event.subject,
        at: event.at,
        request_id: event.request_id,
        detail: written(&event.detail),
        address: sealed(0x20),
        private: sealed(0x30),
    };
    let (previous, link) = (Some(Link::new([0x0a; 32])), Link::new([0x0b; 32]));
    let entry = Entry { sequence, previous, link, record, is_contradicted: false };
    Proven { event: Some(event), entry, address_salt: None, private_salt: Some([0x0c; 32]) }
}

/// The chain ends there, and nothing waits to be joined to it.
pub fn chained(stage: &mut Stage, end: Sequence) {
    stage.chain.expect_is_waiting().returning(|| Ok(false));
    stage.chain.expect_end().returning(move || Ok(Some((end, Link::new([0x0b; 32])))));
}

/// There is one event, at the end of the chain.
pub fn agreeable_trail(stage: &mut Stage) {
    stage.events.expect_page().returning(|_, _, _, _| Ok(vec![event()]));
    stage.events.expect_proven_page().returning(|_, _, _, _| Ok(vec![proven(Sequence::new(7))]));
    stage.chain.expect_entries().returning(|_, _| Ok(vec![proven(Sequence::new(7))]));
    chained(stage, Sequence::new(7));
    stage
        .statistics
        .expect_users()
        .returning(|| Ok(vec![UserCount { role: Role::User, status: Status::Active, count: 7 }]));
    stage.statistics.expect_latest_hour().returning(|| Ok(Some(samples::NOW)));
    stage
        .statistics
        .expect_hours()
        .returning(|_| Ok(vec![HourlyCount { hour: samples::NOW, kind: EventKind::LoggedIn, count: 3 }]));
    stage.statistics.expect_count().returning(|_, _, _| Ok(0));
}
