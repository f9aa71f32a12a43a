use super::{days_old, fresh, generates, inserts, installs, removes, stored, turn};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::testing::cast::{acts, acts_as, admin_without, ann_with, assert_event, detail, gone, stage};
use crate::testing::{Stage, samples};
use crate::tokens::KeyError;
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::keys::{Algorithm, KeyState, Schedule, SigningKey};
use domain::sessions::Channel;
use std::time::Duration;

/// From when on a key signs that somebody asks for now.
fn soon() -> Timestamp {
    samples::NOW.plus(Schedule::PROMPT)
}

/// What is stored is looked at twice afterwards: to take it into use, and to show it.
fn ends_with(stage: &mut Stage, keys: &[SigningKey]) {
    stored(stage, keys);
    installs(stage, keys);
    stored(stage, keys);
}

/// An administrator who may change keys and nothing else.
fn keeper() -> Actor {
    ann_with(Role::Admin, [Scope::AdminWrite])
}

#[tokio::test]
async fn keys_are_listed_with_where_they_stand_and_without_their_private_halves() {
    let mut stage = stage();
    stored(&mut stage, &[days_old(1, 99), days_old(2, 5), samples::signing_key(3, soon())]);
    let records = stage.open().keys.list(&ann_with(Role::Admin, [Scope::AdminRead])).await.unwrap();
    let seen: Vec<_> = records.iter().map(|record| (record.kid.as_str(), record.state)).collect();
    assert_eq!(seen, [("key-1", KeyState::Retired), ("key-2", KeyState::Current), ("key-3", KeyState::Next)]);
    assert_eq!((records[2].active_from, records[2].created_at), (soon(), samples::NOW));
}

#[tokio::test]
async fn a_rotation_makes_a_key_that_signs_as_soon_as_everybody_could_fetch_it() {
    let mut stage = stage();
    let current = days_old(1, 5);
    generates(&mut stage, soon());
    let mut work = turn(&stage, std::slice::from_ref(&current));
    acts(&mut work, &keeper());
    inserts(&mut work, soon());
    let (events, committed) = (work.keep_events(), work.committed());
    ends_with(&mut stage, &[current, fresh(soon())]);
    stage.begins([work]);
    let house = stage.open();
    let records = house.keys.rotate(&keeper()).await.unwrap();
    assert_eq!(
        records.iter().map(|record| record.state).collect::<Vec<_>>(),
        [KeyState::Current, KeyState::Next]
    );
    assert!(committed.happened());
    assert_eq!(house.journal.steps()[..2], ["generate", "begin"], "the key is made with no turn in hand");
    let [event] = &events.all()[..] else { panic!("one event") };
    let ann = ActorRef::User(samples::user_id(1));
    assert_event(event, EventKind::SigningKeyCreated, ann, None, &[("kid", "key-9")]);
}

#[tokio::test]
async fn a_key_that_waits_already_is_brought_forward_and_never_put_off() {
    let tomorrow = samples::NOW.plus(Duration::from_hours(24));
    let sooner = samples::NOW.plus(Duration::from_secs(5));
    for (waits_until, signs_from) in [(tomorrow, soon()), (sooner, sooner)] {
        let mut stage = stage();
        let (current, waiting) = (days_old(1, 89), samples::signing_key(3, waits_until));
        generates(&mut stage, soon());
        let mut work = turn(&stage, &[current.clone(), waiting]);
        acts(&mut work, &keeper());
        let is_sooner = signs_from < waits_until;
        work.signing_keys
            .expect_reschedule()
            .withf(move |kid, from| (kid, *from) == ("key-3", signs_from))
            .times(usize::from(is_sooner))
            .returning(|_, _| Ok(()));
        let events = work.keep_events();
        let committed = work.committed();
        ends_with(&mut stage, &[current, samples::signing_key(3, signs_from)]);
        stage.begins([work]);
        assert!(stage.open().keys.rotate(&keeper()).await.is_ok());
        assert!(committed.happened());
        let told: &[EventKind] = if is_sooner { &[EventKind::SigningKeyAdvanced] } else { &[] };
        assert_eq!(events.kinds(), told);
    }
}

#[tokio::test]
async fn a_waiting_key_of_another_algorithm_gives_way() {
    let mut stage = stage();
    let other = SigningKey { algorithm: Algorithm::Es256, ..samples::signing_key(3, soon()) };
    let current = days_old(1, 5);
    generates(&mut stage, soon());
    let mut work = turn(&stage, &[current.clone(), other]);
    acts(&mut work, &keeper());
    removes(&mut work, "key-3");
    inserts(&mut work, soon());
    let events = work.keep_events();
    ends_with(&mut stage, &[current, fresh(soon())]);
    stage.begins([work]);
    assert!(stage.open().keys.rotate(&keeper()).await.is_ok());
    assert_eq!(events.kinds(), [EventKind::SigningKeyRemoved, EventKind::SigningKeyCreated]);
}

#[tokio::test]
async fn a_revocation_takes_every_key_out_of_use_and_begins_anew_at_once() {
    let mut stage = stage();
    generates(&mut stage, samples::NOW);
    let mut work = turn(&stage, &[days_old(1, 5), samples::signing_key(3, soon())]);
    acts(&mut work, &keeper());
    removes(&mut work, "key-1");
    removes(&mut work, "key-3");
    inserts(&mut work, samples::NOW);
    let (events, committed) = (work.keep_events(), work.committed());
    ends_with(&mut stage, &[fresh(samples::NOW)]);
    stage.begins([work]);
    let records = stage.open().keys.revoke(&keeper()).await.unwrap();
    assert_eq!(records.iter().map(|record| record.state).collect::<Vec<_>>(), [KeyState::Current]);
    assert!(committed.happened());
    let events = events.all();
    let told: Vec<_> = events.iter().map(|event| (event.kind, detail(event)[0].1)).collect();
    let revoked = EventKind::SigningKeyRevoked;
    assert_eq!(told, [(revoked, "key-1"), (revoked, "key-3"), (EventKind::SigningKeyCreated, "key-9")]);
}

#[tokio::test]
async fn a_revocation_that_could_not_be_committed_leaves_the_keys_in_use() {
    let mut stage = stage();
    generates(&mut stage, samples::NOW);
    let mut work = turn(&stage, &[]);
    acts(&mut work, &keeper());
    inserts(&mut work, samples::NOW);
    work.keep_events();
    work.refuse_commit(gone());
    stage.begins([work]);
    assert!(stage.open().keys.revoke(&keeper()).await.is_err(), "and nothing is installed");
}

#[tokio::test]
async fn whoever_has_lost_the_right_while_the_key_was_made_changes_nothing() {
    let demoted = samples::live_session(1, Channel::Api, Role::User);
    for (live, code) in [(None, "unauthenticated"), (Some(demoted), "insufficient-scope")] {
        for revoke in [true, false] {
            let mut stage = stage();
            generates(&mut stage, if revoke { samples::NOW } else { soon() });
            let mut work = stage.work();
            work.signing_keys.expect_lock().times(1).return_once(|| Ok(()));
            acts_as(&mut work, live.clone(), samples::session_id(1));
            let committed = work.committed();
            stage.begins([work]);
            let house = stage.open();
            let answer =
                if revoke { house.keys.revoke(&keeper()).await } else { house.keys.rotate(&keeper()).await };
            assert_eq!(answer.unwrap_err().fault().code, code);
            assert!(!committed.happened());
        }
    }
}

#[tokio::test]
async fn a_key_that_can_not_be_made_changes_nothing() {
    for revoke in [true, false] {
        let mut stage = stage();
        stage.access_tokens.expect_generate().times(1).return_once(|_, _, _| Err(KeyError::Broken));
        let house = stage.open();
        let answer =
            if revoke { house.keys.revoke(&keeper()).await } else { house.keys.rotate(&keeper()).await };
        assert_eq!(answer.unwrap_err().fault().kind, FaultKind::Internal);
        assert!(house.journal.steps().is_empty());
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let reader = house.keys.list(&admin_without(Scope::AdminRead)).await.unwrap_err().fault();
    assert_eq!((reader.kind, reader.scope), (FaultKind::Forbidden, Some(Scope::AdminRead)));
    let narrow = admin_without(Scope::AdminWrite);
    for answer in [house.keys.rotate(&narrow).await, house.keys.revoke(&narrow).await] {
        let fault = answer.unwrap_err().fault();
        assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::AdminWrite)));
    }
    let visitor = samples::visitor();
    for answer in [
        house.keys.list(&visitor).await,
        house.keys.rotate(&visitor).await,
        house.keys.revoke(&visitor).await,
    ] {
        assert_eq!(answer.unwrap_err().fault().kind, FaultKind::Unauthenticated);
    }
    assert!(house.journal.steps().is_empty());
}
