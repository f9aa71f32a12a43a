use super::*;
use application::store::LiveSession;
use domain::Timestamp;
use domain::access::{Role, Scopes};
use domain::sessions::{Channel, Method, Session};
use domain::users::{Standing, Status};

type Sessions = Cache<SessionId, LiveSession>;

const LONG: Duration = Duration::from_hours(1);
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// A session whose place among the parts is the last byte of `number`.
fn id(number: u32) -> SessionId {
    let [a, b, c, d] = number.to_be_bytes();
    SessionId::new(NOW, &[0, 0, 0, 0, 0, 0, a, b, c, d])
}

fn owner(number: u8) -> UserId {
    UserId::new(NOW, &[number; 10])
}

fn live(number: u32, user: u8) -> LiveSession {
    LiveSession {
        session: Session {
            id: id(number),
            user_id: owner(user),
            channel: Channel::Api,
            method: Method::Password,
            scopes: Scopes::NONE,
            cookie_digest: None,
            created_at: NOW,
            last_used_at: NOW,
        },
        standing: Standing {
            role: Role::User,
            role_end: None,
            status: Status::Active,
            suspended_until: None,
        },
    }
}

fn ticket(cache: &Arc<Sessions>, number: u32) -> Ticket<SessionId> {
    match cache.look(id(number)) {
        Look::Unknown(ticket) => ticket,
        Look::Known(_) => panic!("{number} is known"),
    }
}

fn knows(cache: &Arc<Sessions>, number: u32) -> bool {
    matches!(cache.look(id(number)), Look::Known(_))
}

fn fill(cache: &Arc<Sessions>, number: u32, user: u8) {
    cache.keep(&ticket(cache, number), live(number, user));
}

#[test]
fn what_was_read_is_known_until_it_is_too_old() {
    let (patient, forgetful) = (Cache::new(LONG, 10_000), Cache::new(Duration::ZERO, 10_000));
    for cache in [&patient, &forgetful] {
        fill(cache, 1, 1);
    }
    assert!(matches!(patient.look(id(1)), Look::Known(known) if known == live(1, 1)));
    assert!(!knows(&forgetful, 1));
}

#[test]
fn the_age_counts_from_before_the_reading() {
    let cache = Cache::new(LONG, 10_000);
    let drawn_long_ago = Instant::now().checked_sub(LONG).unwrap();
    cache.keep(&Ticket { drawn_at: drawn_long_ago, ..ticket(&cache, 1) }, live(1, 1));
    assert!(!knows(&cache, 1));
}

#[test]
fn what_is_taken_out_is_had_once_and_not_when_it_is_too_old() {
    let cache = Cache::new(LONG, 10_000);
    let began = Instant::now();
    cache.keep(&cache.draw().of(id(1)), live(1, 1));
    let (taken, read_at) = cache.take(id(1)).unwrap();
    assert!(taken == live(1, 1) && read_at >= began);
    assert!(cache.take(id(1)).is_none());
    let drawn_long_ago = Instant::now().checked_sub(LONG).unwrap();
    let ticket = cache.draw().of(id(1)).read_since(drawn_long_ago);
    assert_eq!(ticket.drawn_at, drawn_long_ago);
    cache.keep(&ticket, live(1, 1));
    assert!(cache.take(id(1)).is_none());
}

#[test]
fn what_was_read_before_a_change_is_not_kept_by_whoever_learned_only_then_whose_it_is() {
    let cache = Cache::new(LONG, 10_000);
    let before = cache.draw();
    cache.remove(id(1));
    for number in [1, 2] {
        cache.keep(&before.of(id(number)), live(number, 1));
    }
    assert!(!knows(&cache, 1) && knows(&cache, 2), "another part knows of no change");
}

#[test]
fn what_has_changed_is_no_longer_known_and_everything_else_is() {
    for (touch, left) in [
        (Touch::Session(id(1)), [false, true, true]),
        (Touch::Owner(owner(1)), [false, false, true]),
        (Touch::Person(owner(1)), [true, true, true]),
        (Touch::Any, [false, false, false]),
    ] {
        let recent = Recent::new(LONG);
        for (number, user) in [(1, 1), (2, 1), (3, 2)] {
            fill(&recent.sessions, number, user);
        }
        let mut touched = Touched::nothing(Arc::clone(&recent));
        touched.note(touch);
        assert!(knows(&recent.sessions, 1), "before the unit of work has ended");
        drop(touched);
        assert_eq!([1, 2, 3].map(|number| knows(&recent.sessions, number)), left);
    }
}

#[test]
fn what_was_read_before_a_change_is_not_kept_after_it() {
    for touch in [Touch::Session(id(1)), Touch::Owner(owner(1)), Touch::Any] {
        let recent = Recent::new(LONG);
        let cache = &recent.sessions;
        let before = ticket(cache, 1);
        recent.remove(touch);
        cache.keep(&before, live(1, 1));
        assert!(!knows(cache, 1));
        fill(cache, 1, 1);
        assert!(knows(cache, 1));
    }
}

#[test]
fn a_change_of_one_session_keeps_no_other_part_from_keeping_what_it_read() {
    let cache = Cache::new(LONG, 10_000);
    let before = ticket(&cache, 1);
    cache.remove(id(2));
    cache.keep(&before, live(1, 1));
    assert!(knows(&cache, 1));
}

#[test]
fn there_is_room_for_ten_thousand_and_the_oldest_go_first() {
    let cache = Cache::new(LONG, 10_000);
    let known = || cache.parts.iter().map(|part| lock(part).known.len()).sum::<usize>();
    for number in 0..25_000 {
        fill(&cache, number, 1);
        // Read again and removed again: neither takes room for ever.
        cache.remove(id(number));
        fill(&cache, number, 1);
    }
    assert!(known() <= 10_000 && known() > 1_000, "{}", known());
    assert!(knows(&cache, 24_999) && !knows(&cache, 0));
    assert!(cache.parts.iter().all(|part| lock(part).order.len() <= 10_000 / PARTS));
}

#[test]
fn what_is_too_old_is_swept_away_and_nothing_else_is() {
    let cache = Cache::new(LONG, 10_000);
    let drawn_long_ago = Instant::now().checked_sub(LONG).unwrap();
    for number in 1..=40 {
        cache.keep(&Ticket { drawn_at: drawn_long_ago, ..ticket(&cache, number) }, live(number, 1));
    }
    let count = || {
        let parts = cache.parts.iter().map(lock);
        parts.map(|part| part.known.len() + part.order.len()).sum::<usize>()
    };
    assert_eq!(count(), 80);
    fill(&cache, 41, 1);
    assert!(cache.sweep(), "something is left");
    assert_eq!(count(), 2);
    assert!(knows(&cache, 41));
    cache.remove(id(41));
    cache.parts.iter().for_each(|part| lock(part).order.clear());
    assert!(!cache.sweep(), "nothing is left");
}

#[tokio::test]
async fn what_is_too_old_goes_also_when_nobody_asks_any_more() {
    let cache = Cache::new(Duration::from_millis(1), 10_000);
    for round in 0..3 {
        fill(&cache, round, 1);
        while cache.parts.iter().any(|part| !lock(part).known.is_empty()) {
            tokio::task::yield_now().await;
        }
    }
    while cache.is_swept.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    assert_eq!(Arc::weak_count(&cache), 0, "nobody is at it when there is nothing to do");
}

#[test]
fn no_reader_ever_keeps_what_a_writer_has_already_replaced() {
    let cache = Cache::new(LONG, 10_000);
    // Stands for the row: what is committed there is removed from the cache before the next one begins.
    let row = std::sync::atomic::AtomicU32::new(0);
    let order = std::sync::atomic::Ordering::SeqCst;
    let version = |live: &LiveSession| u32::try_from(live.session.last_used_at.as_micros()).unwrap();
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                while row.load(order) < 20_000 {
                    let Look::Unknown(ticket) = cache.look(id(1)) else { continue };
                    let mut read = live(1, 1);
                    read.session.last_used_at = Timestamp::from_micros(i64::from(row.load(order)));
                    cache.keep(&ticket, read);
                }
            });
        }
        for written in 1..=20_000 {
            row.store(written, order);
            cache.remove(id(1));
            if let Look::Known(seen) = cache.look(id(1)) {
                assert_eq!(version(&seen), written);
            }
        }
    });
}
