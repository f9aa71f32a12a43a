use super::*;
use domain::Timestamp;
use domain::access::{Role, Scopes};
use domain::sessions::{Channel, Method, Session};
use domain::users::{Standing, Status};

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
            device_name: None,
            address: None,
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

fn ticket(cache: &SessionCache, number: u32) -> Ticket {
    match cache.look(id(number)) {
        Look::Unknown(ticket) => ticket,
        Look::Known(_) => panic!("{number} is known"),
    }
}

fn knows(cache: &SessionCache, number: u32) -> bool {
    matches!(cache.look(id(number)), Look::Known(_))
}

fn fill(cache: &SessionCache, number: u32, user: u8) {
    cache.keep(&ticket(cache, number), &live(number, user));
}

#[test]
fn what_was_read_is_known_until_it_is_too_old() {
    let (patient, forgetful) = (SessionCache::new(LONG), SessionCache::new(Duration::ZERO));
    for cache in [&patient, &forgetful] {
        fill(cache, 1, 1);
    }
    assert!(matches!(patient.look(id(1)), Look::Known(known) if known == live(1, 1)));
    assert!(!knows(&forgetful, 1));
}

#[test]
fn the_age_counts_from_before_the_reading() {
    let cache = SessionCache::new(LONG);
    let drawn_long_ago = Instant::now().checked_sub(LONG).unwrap();
    cache.keep(&Ticket { drawn_at: drawn_long_ago, ..ticket(&cache, 1) }, &live(1, 1));
    assert!(!knows(&cache, 1));
}

#[test]
fn what_has_changed_is_no_longer_known_and_everything_else_is() {
    for (touch, left) in [
        (Touch::Session(id(1)), [false, true, true]),
        (Touch::Owner(owner(1)), [false, false, true]),
        (Touch::Any, [false, false, false]),
    ] {
        let cache = SessionCache::new(LONG);
        for (number, user) in [(1, 1), (2, 1), (3, 2)] {
            fill(&cache, number, user);
        }
        let mut touched = Touched::nothing(Arc::clone(&cache));
        touched.note(touch);
        assert!(knows(&cache, 1), "before the unit of work has ended");
        drop(touched);
        assert_eq!([1, 2, 3].map(|number| knows(&cache, number)), left);
    }
}

#[test]
fn what_was_read_before_a_change_is_not_kept_after_it() {
    for touch in [Touch::Session(id(1)), Touch::Owner(owner(1)), Touch::Any] {
        let cache = SessionCache::new(LONG);
        let before = ticket(&cache, 1);
        cache.remove(touch);
        cache.keep(&before, &live(1, 1));
        assert!(!knows(&cache, 1));
        fill(&cache, 1, 1);
        assert!(knows(&cache, 1));
    }
}

#[test]
fn a_change_of_one_session_keeps_no_other_part_from_keeping_what_it_read() {
    let cache = SessionCache::new(LONG);
    let before = ticket(&cache, 1);
    cache.remove(Touch::Session(id(2)));
    cache.keep(&before, &live(1, 1));
    assert!(knows(&cache, 1));
}

#[test]
fn there_is_room_for_ten_thousand_and_the_oldest_go_first() {
    let cache = SessionCache::new(LONG);
    let known = || cache.parts.iter().map(|part| lock(part).known.len()).sum::<usize>();
    for number in 0..25_000 {
        fill(&cache, number, 1);
        // Read again and removed again: neither takes room for ever.
        cache.remove(Touch::Session(id(number)));
        fill(&cache, number, 1);
    }
    assert!(known() <= 10_000 && known() > 1_000, "{}", known());
    assert!(knows(&cache, 24_999) && !knows(&cache, 0));
    assert!(cache.parts.iter().all(|part| lock(part).order.len() <= ROOM));
}

#[test]
fn no_reader_ever_keeps_what_a_writer_has_already_replaced() {
    let cache = SessionCache::new(LONG);
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
                    cache.keep(&ticket, &read);
                }
            });
        }
        for written in 1..=20_000 {
            row.store(written, order);
            cache.remove(Touch::Session(id(1)));
            if let Look::Known(seen) = cache.look(id(1)) {
                assert_eq!(version(&seen), written);
            }
        }
    });
}
