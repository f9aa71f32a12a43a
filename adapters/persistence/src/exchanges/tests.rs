//! Who waits for an exchange is served in turn, with others and once.

use super::line::{Exchanges, Waiting};
use crate::many::MOST;
use application::store::{Exchange, StoreError};
use domain::Timestamp;
use domain::access::Scopes;
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::{EventId, SessionId};
use domain::sessions::{Family, Generation, TokenDigest};
use tokio::sync::oneshot::error::TryRecvError;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn session(number: u128) -> SessionId {
    SessionId::from_uuid(Uuid::from_u128(number))
}

fn exchange(number: u128) -> Exchange {
    let digest = TokenDigest::new([1; 32]);
    let before = Family::begun(session(number), digest, digest, Scopes::NONE, NOW);
    let event = Event {
        id: EventId::new(NOW, &[0; 10]),
        kind: EventKind::SessionRefreshed,
        actor: ActorRef::Visitor,
        subject: None,
        at: NOW,
        address: None,
        request_id: None,
        sequence: None,
        detail: Vec::new(),
        private: Vec::new(),
    };
    Exchange {
        after: Family { generation: Generation::from_number(2), ..before.clone() },
        before,
        used_at: None,
        event,
    }
}

fn sessions(batch: &[Waiting]) -> Vec<SessionId> {
    batch.iter().map(Waiting::session).collect()
}

#[test]
fn the_first_who_comes_serves_and_the_others_are_served_with_them() {
    let waiting = Exchanges::new(1);
    let (_first, lane) = waiting.queue_up(exchange(1));
    let mut lane = lane.expect("nobody serves yet");
    let (_second, none) = waiting.queue_up(exchange(2));
    assert!(none.is_none());
    let mut batch = lane.next().unwrap();
    assert_eq!(sessions(&batch), [session(1), session(2)]);
    let (_third, _) = waiting.queue_up(exchange(3));
    lane.top_up(&mut batch);
    assert_eq!(sessions(&batch), [1, 2, 3].map(session));
}

#[test]
fn whoever_comes_after_the_last_was_served_serves_again() {
    let waiting = Exchanges::new(1);
    let (_first, lane) = waiting.queue_up(exchange(1));
    let mut lane = lane.unwrap();
    assert_eq!(lane.next().unwrap().len(), 1);
    assert!(lane.next().is_none());
    let (_second, again) = waiting.queue_up(exchange(2));
    assert!(again.is_some(), "before the lane that was left is dropped, too");
    drop(lane);
    assert_eq!(again.unwrap().next().unwrap().len(), 1);
}

#[test]
fn as_many_serve_at_once_as_there_are_lanes() {
    let waiting = Exchanges::new(2);
    let asked: Vec<_> = (1..=3).map(|number| waiting.queue_up(exchange(number))).collect();
    assert_eq!(asked.iter().filter(|(_, lane)| lane.is_some()).count(), 2);
}

#[test]
fn of_one_session_there_is_one_in_a_batch_and_the_next_one_keeps_its_place() {
    let waiting = Exchanges::new(1);
    let (_first, lane) = waiting.queue_up(exchange(1));
    let _others: Vec<_> = [1, 2, 1, 3].map(|number| waiting.queue_up(exchange(number))).into();
    let mut lane = lane.unwrap();
    let batch = lane.next().unwrap();
    assert_eq!(sessions(&batch), [1, 2, 3].map(session));
    assert_eq!(sessions(&lane.next().unwrap()), [session(1)]);
    assert_eq!(sessions(&lane.next().unwrap()), [session(1)]);
    assert!(lane.next().is_none());
}

#[test]
fn a_batch_does_not_grow_without_end() {
    let waiting = Exchanges::new(1);
    let mut all: Vec<_> = (1..=100).map(|number| waiting.queue_up(exchange(number))).collect();
    let mut lane = all[0].1.take().unwrap();
    let mut batch = lane.next().unwrap();
    lane.top_up(&mut batch);
    assert_eq!(batch.len(), MOST);
    assert_eq!(lane.next().unwrap().len(), 100 - MOST);
}

#[test]
fn whoever_has_gone_before_it_was_begun_is_passed_over() {
    let waiting = Exchanges::new(1);
    let (first, lane) = waiting.queue_up(exchange(1));
    let (_second, _) = waiting.queue_up(exchange(2));
    drop(first);
    assert_eq!(sessions(&lane.unwrap().next().unwrap()), [session(2)]);
}

#[test]
fn each_hears_of_their_own_outcome() {
    let waiting = Exchanges::new(1);
    let (mut first, lane) = waiting.queue_up(exchange(1));
    let (mut second, _) = waiting.queue_up(exchange(2));
    let exchanged = Ok([session(1)].into());
    super::tell(lane.unwrap().next().unwrap(), &exchanged);
    assert!(matches!(first.try_recv(), Ok(Ok(()))));
    assert!(matches!(second.try_recv(), Ok(Err(StoreError::Conflict))));
}

#[test]
fn whoever_is_served_by_nobody_any_more_hears_of_it_and_the_next_one_is_served() {
    let waiting = Exchanges::new(1);
    let (mut first, lane) = waiting.queue_up(exchange(1));
    drop(lane);
    assert!(matches!(first.try_recv(), Err(TryRecvError::Closed)));
    assert!(waiting.queue_up(exchange(2)).1.is_some());
}

#[test]
fn where_one_lane_ends_before_its_time_another_one_serves_whoever_waits() {
    let waiting = Exchanges::new(2);
    let (mut first, lane) = waiting.queue_up(exchange(1));
    let (_second, other) = waiting.queue_up(exchange(2));
    drop(lane);
    assert!(matches!(first.try_recv(), Err(TryRecvError::Empty)));
    assert_eq!(sessions(&other.unwrap().next().unwrap()), [session(1), session(2)]);
}
