use crate::store::StoreError;
use crate::testing::cast::{gone, stage};
use crate::testing::{Committed, House, Stage, StagedWork, samples};
use crate::tokens::AccessClaims;
use domain::access::Role;
use domain::ids::SessionId;
use domain::sessions::{Channel, Generation, Session};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The session of that number; there are more than [`samples::session_id`] knows.
fn id(number: u32) -> SessionId {
    let mut randomness = [0; 10];
    randomness[6..].copy_from_slice(&number.to_be_bytes());
    SessionId::new(samples::NOW, &randomness)
}

/// A stage on which the text of an access token is the number of its session, and every use is worth writing down.
fn busy() -> Stage {
    let mut stage = stage();
    stage.clock.advance(Session::STRIDE);
    stage.access_tokens.expect_verify().returning(|text, _| {
        Ok(AccessClaims {
            user_id: samples::user_id(1),
            session_id: id(text.parse().unwrap()),
            generation: Generation::FIRST,
            scopes: Role::User.scopes(),
            role: Role::User,
            issued_at: samples::NOW,
            expires_at: samples::NOW.plus(Duration::from_mins(10)),
        })
    });
    stage.sessions.expect_find().returning(|id| {
        let mut live = samples::live_session(1, Channel::Api, Role::User);
        live.session.id = id;
        Ok(Some(live))
    });
    stage
}

async fn used(house: &House, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        house.sessions.authenticate(samples::origin(), &number.to_string()).await.unwrap();
    }
}

/// A unit of work that writes uses down, and which.
fn writes(stage: &Stage) -> (StagedWork, Arc<Mutex<Vec<SessionId>>>) {
    let mut work = stage.work();
    let written: Arc<Mutex<Vec<SessionId>>> = Arc::default();
    let seen = written.clone();
    work.sessions.expect_record_uses().returning(move |uses| {
        seen.lock().unwrap().extend(uses.iter().map(|(id, _)| *id));
        Ok(())
    });
    (work, written)
}

#[tokio::test]
async fn uses_are_written_in_pieces_and_in_one_order() {
    let mut stage = busy();
    let pieces = [(); 3].map(|()| writes(&stage));
    let committed = pieces.each_ref().map(|(work, _)| work.committed());
    let [(one, first), (two, second), (three, third)] = pieces;
    stage.begins([one, two, three]);
    let house = stage.open();
    used(&house, (0..150).rev()).await;
    used(&house, [7, 7]).await;
    house.sessions.write_uses().await.unwrap();
    assert!(committed.iter().all(Committed::happened));
    let pieces = [first, second, third].map(|written| written.lock().unwrap().clone());
    assert_eq!(pieces.each_ref().map(Vec::len), [64, 64, 22]);
    assert_eq!(pieces.concat(), (0..150).map(id).collect::<Vec<_>>());
}

/// A unit of work that somebody else waits for crosswise.
fn meets_somebody(stage: &Stage) -> StagedWork {
    let mut work = stage.work();
    work.sessions.expect_record_uses().times(1).returning(|_| Err(StoreError::Conflict));
    work
}

#[tokio::test]
async fn whoever_met_somebody_crosswise_writes_the_same_once_more() {
    let mut stage = busy();
    let (again, written) = writes(&stage);
    let (other, others) = writes(&stage);
    let met = meets_somebody(&stage);
    stage.begins([met, again, other]);
    let house = stage.open();
    used(&house, 0..100).await;
    house.sessions.write_uses().await.unwrap();
    assert_eq!(*written.lock().unwrap(), (0..64).map(id).collect::<Vec<_>>());
    assert_eq!(*others.lock().unwrap(), (64..100).map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_piece_that_fails_takes_nothing_from_the_others_and_is_told() {
    let mut stage = busy();
    let (mut failing, _) = writes(&stage);
    failing.refuse_commit(gone());
    let (one, first) = writes(&stage);
    let (two, second) = writes(&stage);
    let met = [meets_somebody(&stage), meets_somebody(&stage)];
    stage.begins([failing, one].into_iter().chain(met).chain([two]));
    let house = stage.open();
    used(&house, 0..200).await;
    assert!(matches!(house.sessions.write_uses().await, Err(StoreError::Unavailable(_))));
    assert_eq!(*first.lock().unwrap(), (64..128).map(id).collect::<Vec<_>>());
    assert_eq!(*second.lock().unwrap(), (192..200).map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_database_that_fails_again_and_again_is_not_asked_for_every_piece() {
    let mut stage = busy();
    let failing = [(); 3].map(|()| {
        let (mut work, _) = writes(&stage);
        work.refuse_commit(gone());
        work
    });
    stage.begins(failing);
    let house = stage.open();
    used(&house, 0..1_000).await;
    assert!(matches!(house.sessions.write_uses().await, Err(StoreError::Unavailable(_))));
    assert!(house.sessions.write_uses().await.is_ok(), "what was not written is dropped");
}

#[tokio::test]
async fn notes_that_could_not_be_written_are_dropped_and_made_again_by_the_next_use() {
    let mut stage = busy();
    let (mut failing, _) = writes(&stage);
    failing.refuse_commit(gone());
    let (work, written) = writes(&stage);
    stage.begins([failing, work]);
    let house = stage.open();
    used(&house, [1, 2]).await;
    assert!(matches!(house.sessions.write_uses().await, Err(StoreError::Unavailable(_))));
    used(&house, [2]).await;
    house.sessions.write_uses().await.unwrap();
    assert_eq!(*written.lock().unwrap(), [id(2)]);
}

#[tokio::test]
async fn sessions_of_a_channel_are_counted_that_were_used_within_its_idle_lifetime() {
    for channel in [Channel::Api, Channel::Web] {
        let mut stage = stage();
        let since = samples::NOW.minus(stage.settings.lifetimes(channel).idle);
        stage
            .sessions
            .expect_count()
            .withf(move |asked, from| (*asked, *from) == (channel, since))
            .times(1)
            .return_once(|_, _| Ok(7));
        assert_eq!(stage.open().sessions.count_live(channel).await.unwrap(), 7);
    }
}
