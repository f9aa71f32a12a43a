//! A trail with one event of every sort, its chain, and a stage that has them.

use super::{ann, event};
use crate::audit::{VerifyError, written};
use crate::store::{Proven, Waiting};
use crate::testing::cast::{facts, stage};
use crate::testing::{House, Stage, samples};
use domain::access::Role;
use domain::audit::{
    ActorRef, Entry, Event, EventFilter, EventKind, Facts, Flaw, Head, Link, Record, SealedPart, Sequence,
    Trouble,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long the trail is before its sorts come again.
pub(super) const SORTS: usize = 7;

/// What days are counted by.
pub(super) const DAY: Duration = Duration::from_hours(24);

/// Whose parts of the event of that number went with them.
const ERASED: usize = 4;

/// The event of that number, counted from 0; from [`SORTS`] on the sorts come again.
pub(super) fn sort(number: u8) -> Event {
    let boss = ActorRef::User(samples::user_id(2));
    let until = samples::NOW.plus(Duration::from_micros(5)).as_micros().to_string();
    let tell = |kind, actor, detail: &[_], private: &[_]| Event {
        kind,
        detail: facts(detail),
        private: facts(private),
        ..event(number, actor)
    };
    match usize::from(number) % SORTS {
        0 => tell(EventKind::UserSignedUp, ActorRef::Visitor, &[], &[]),
        1 => Event {
            subject: None,
            ..tell(EventKind::LogInFailed, ActorRef::Visitor, &[("reason", "no-such-name")], &[])
        },
        2 => {
            let detail = [("from", "user"), ("to", "admin"), ("until", until.as_str())];
            tell(EventKind::RoleChanged, boss, &detail, &[("reason", "Says \"é\"\n\u{1f600}")])
        }
        3 => Event {
            address: None,
            request_id: None,
            subject: None,
            ..tell(EventKind::SigningKeyCreated, ActorRef::System, &[("kid", "key-1")], &[])
        },
        ERASED => tell(EventKind::PersonalDataOpened, boss, &[("role", "admin")], &[("reason", "Help.")]),
        5 => Event {
            subject: None,
            ..tell(EventKind::AuditExported, boss, &[("from", "17")], &[("address", "203.0.113.9")])
        },
        _ => tell(EventKind::ProfileEdited, ActorRef::User(ann()), &[("fields", "bio website")], &[]),
    }
}

/// A trail of that length, chained by that.
pub(super) fn trail_by(length: u8, link: impl Fn(&[u8]) -> Link) -> Vec<Proven> {
    chained_by((0..length).map(sealed), link)
}

/// These, one chained to the other by that.
fn chained_by(events: impl Iterator<Item = Proven>, link: impl Fn(&[u8]) -> Link) -> Vec<Proven> {
    let mut previous = Link::NONE;
    events
        .map(|mut proven| {
            let Entry { sequence, record, .. } = &proven.entry;
            let link = link(&record.canonical(*sequence, &previous));
            proven.entry = Entry { previous: Some(previous), link, ..proven.entry };
            previous = link;
            proven
        })
        .collect()
}

/// The same, as every stage chains it.
pub(super) fn trail(length: u8) -> Vec<Proven> {
    trail_by(length, samples::link)
}

/// A trail as a database has it, in which no event says itself what it follows from; of events that are so many days old.
pub(super) fn aged(days: impl IntoIterator<Item = u32>) -> Vec<Proven> {
    let events = days.into_iter().zip(1..).map(|(days, number)| {
        let mut proven = sealed(u8::try_from(number % 250).unwrap());
        proven.entry.sequence = Sequence::new(number);
        proven.entry.record.at = samples::NOW.minus(DAY * days);
        proven
    });
    let mut trail = chained_by(events, samples::link);
    for proven in &mut trail {
        proven.entry.previous = None;
    }
    trail
}

/// The event as it waits to be joined, marked by whoever has the key.
pub(super) fn waiting(proven: &Proven) -> Waiting {
    let record = proven.entry.record.clone();
    let mark = Some(samples::link(&record.mark()));
    Waiting { record, mark }
}

/// An event as it is stored, before it is chained.
fn sealed(number: u8) -> Proven {
    let event = Event { sequence: Some(Sequence::new(i64::from(number) + 1)), ..sort(number) };
    let address = event.address.map(|address| address.to_string());
    let private = (!event.private.is_empty()).then(|| written(&event.private));
    let part = |salt: [u8; 32], text: String| SealedPart {
        digest: samples::fingerprint(&[salt.as_slice(), b"sealed ", text.as_bytes()].concat()),
        commitment: samples::commitment(&salt, text.as_bytes()),
    };
    let (address_salt, private_salt) = ([number; 32], [!number; 32]);
    let record = Record {
        id: event.id,
        kind: event.kind.name().to_owned(),
        actor: event.actor.name().to_owned(),
        actor_id: event.actor.user_id(),
        subject: event.subject,
        at: event.at,
        request_id: event.request_id,
        detail: written(&event.detail),
        address: address.map(|text| part(address_salt, text)),
        private: private.map(|text| part(private_salt, text)),
    };
    let is_erased = usize::from(number) % SORTS == ERASED;
    let (address_salt, private_salt) = (
        record.address.filter(|_| !is_erased).map(|_| address_salt),
        record.private.filter(|_| !is_erased).map(|_| private_salt),
    );
    let sequence = Sequence::new(i64::from(number) + 1);
    let event = if is_erased { Event { address: None, private: Facts::new(), ..event } } else { event };
    let entry = Entry { sequence, previous: None, link: Link::NONE, record, is_contradicted: false };
    Proven { event: Some(event), entry, address_salt, private_salt }
}

/// The head that the chain had after that event.
pub(super) fn head(proven: &Proven) -> Head {
    Head { sequence: proven.entry.sequence, link: proven.entry.link, at: samples::NOW }
}

/// The chain of a stage; a test may go on writing it.
pub(super) type Chain = Arc<Mutex<Vec<Proven>>>;

/// A stage whose chain consists of these and no others, with nothing waiting and nothing removed.
pub(super) fn chained(trail: Vec<Proven>) -> (Stage, Chain) {
    let mut stage = stage();
    stage.digests();
    stage.signs();
    let chain = Arc::new(Mutex::new(trail));
    let (found, end) = (chain.clone(), chain.clone());
    stage.chain.expect_entries().returning(move |after, limit| {
        let found = found.lock().unwrap();
        let rest = found.iter().filter(|proven| proven.entry.sequence > after);
        Ok(rest.take(limit as usize).cloned().collect())
    });
    stage
        .chain
        .expect_end()
        .returning(move || Ok(end.lock().unwrap().last().map(|last| (last.entry.sequence, last.entry.link))));
    stage.chain.expect_is_waiting().returning(|| Ok(false));
    (stage, chain)
}

/// It lets an export be written down.
pub(super) fn writes_down(stage: &mut Stage) {
    let mut work = stage.work();
    work.keep_events();
    stage.begins([work]);
}

/// Everything that an export says, line by line.
pub(super) async fn exported(house: &House, filter: EventFilter) -> Vec<String> {
    let mut text = String::new();
    let mut export = house.audit.export(&samples::member(2, Role::Admin), filter).await.unwrap();
    while let Some((lines, rest)) = house.audit.export_lines(export).await.unwrap() {
        text.push_str(&lines);
        export = rest;
    }
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(str::to_owned).collect()
}

/// A whole export of a trail.
pub(super) async fn lines_of(trail: Vec<Proven>) -> Vec<String> {
    let (mut stage, _) = chained(trail);
    writes_down(&mut stage);
    exported(&stage.open(), EventFilter::default()).await
}

/// A house in which nothing was removed, and whose keys made [`trail`].
pub(super) fn verifier() -> House {
    let mut stage = stage();
    stage.digests();
    stage.signs();
    stage.chain.expect_anchor().returning(|| Ok(None));
    stage.open()
}

/// How many of these lines hold, or where they first do not.
pub(super) async fn verdict(lines: &[String], heads: &[Head]) -> Result<u64, Flaw> {
    let report = checked(lines, heads).await.unwrap();
    report.outcome.map(|verdict| verdict.checked)
}

/// What a check of these lines shows, as a whole export.
pub(super) async fn checked(lines: &[String], heads: &[Head]) -> Result<crate::audit::Report, VerifyError> {
    verifier().audit.verify_export(lines.iter().cloned().map(Ok), heads, true).await
}

/// That is wrong there.
pub(super) const fn flaw(number: i64, trouble: Trouble) -> Flaw {
    Flaw { sequence: Sequence::new(number), trouble }
}
