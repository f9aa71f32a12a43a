use super::event;
use crate::audit::{announce, mention};
use crate::testing::cast::facts;
use crate::testing::{Tally, alarms, samples};
use domain::access::Role;
use domain::audit::{ActorRef, Event, EventKind};

/// What is logged of an event.
fn told(event: &Event) -> String {
    alarms::listen();
    announce(event);
    let [line] = &alarms::lines()[..] else { panic!("one line") };
    line.clone()
}

#[test]
fn an_event_is_one_line_that_says_what_happened_to_whom_and_by_which_request() {
    let event = Event {
        detail: facts(&[("role", "admin"), ("session", "17")]),
        ..event(1, ActorRef::User(samples::user_id(2)))
    };
    let request = event.request_id.unwrap();
    let (boss, ann) = (samples::user_id(2), samples::user_id(1));
    assert_eq!(
        told(&event),
        format!(
            "INFO message=recorded kind=\"profile_edited\" actor=\"user\" actor_id={boss} subject={ann} \
             request_id={request} detail=\"role=admin session=17\""
        )
    );
}

#[test]
fn what_is_not_known_of_an_event_is_left_out() {
    let event = Event { subject: None, request_id: None, ..event(1, ActorRef::System) };
    assert_eq!(told(&event), "INFO message=recorded kind=\"profile_edited\" actor=\"system\" detail=\"\"");
}

#[test]
fn a_line_says_nothing_of_an_address_nor_of_anything_that_is_sealed() {
    let event = Event {
        private: facts(&[("reason", "Sends spam."), ("address", "198.51.100.4")]),
        ..event(1, ActorRef::Visitor)
    };
    let line = told(&event);
    for secret in [&samples::ADDRESS.to_string(), "198.51.100.4", "spam", "reason", "address"] {
        assert!(!line.contains(secret), "{line}");
    }
}

#[test]
fn every_event_is_counted_by_its_kind() {
    let (tally, other) = (Tally::default(), EventKind::LoggedIn);
    let _taken = tally.take();
    announce(&event(1, ActorRef::Visitor));
    announce(&event(2, ActorRef::System));
    announce(&Event { kind: other, ..event(3, ActorRef::Visitor) });
    let expected = [("kind=logged_in".to_owned(), 1.0), ("kind=profile_edited".to_owned(), 2.0)];
    assert_eq!(tally.of("xtrem_security_events_total"), expected);
}

#[test]
fn what_stands_in_no_trail_is_a_line_of_the_same_form_and_no_event() {
    alarms::listen();
    let tally = Tally::default();
    let _taken = tally.take();
    let actor = samples::member(1, Role::User);
    mention(&actor, "refresh", Some(samples::user_id(2)), "outcome=unknown");
    let [line] = &alarms::lines()[..] else { panic!("one line") };
    let (ann, bob) = (samples::user_id(1), samples::user_id(2));
    let request = actor.origin.request_id.unwrap();
    assert_eq!(
        *line,
        format!(
            "INFO message=not recorded kind=\"refresh\" actor=\"user\" actor_id={ann} subject={bob} \
             request_id={request} detail=\"outcome=unknown\""
        )
    );
    assert!(tally.names().is_empty());
}
