use super::*;
use crate::keys::{KeyState, SealedKey, state};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const DAY: Duration = Duration::from_hours(24);
const SCHEDULE: Schedule = Schedule {
    algorithm: Algorithm::EdDsa,
    rotation: Duration::from_hours(24 * 90),
    publication: DAY,
    verification: Duration::from_secs(630),
};

fn key(kid: &str, active_from: Timestamp) -> SigningKey {
    SigningKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::EdDsa,
        public_key: Vec::new(),
        sealed_private_key: SealedKey(Vec::new()),
        created_at: NOW,
        active_from,
    }
}

#[test]
fn the_first_key_signs_at_once() {
    assert_eq!(SCHEDULE.plan(&[], NOW), Plan { create_from: Some(NOW), remove: Vec::new() });
}

#[test]
fn a_first_key_that_begins_a_moment_ahead_of_the_clock_is_the_first_key_all_the_same() {
    assert!(SCHEDULE.plan(&[key("a", NOW.plus(Duration::from_micros(1)))], NOW).is_empty());
    let waiting = SCHEDULE.plan(&[key("a", NOW.plus(Schedule::PROMPT))], NOW);
    assert_eq!(waiting.create_from, Some(NOW), "one that only waits leaves nobody to sign");
}

#[test]
fn the_next_key_is_made_a_day_before_it_signs_and_only_once() {
    let first = [key("a", NOW)];
    assert!(SCHEDULE.plan(&first, NOW.plus(DAY * 89).minus(Duration::from_secs(1))).is_empty());
    let plan = SCHEDULE.plan(&first, NOW.plus(DAY * 89));
    assert_eq!(plan.create_from, Some(NOW.plus(DAY * 90)));
    let both = [key("a", NOW), key("b", NOW.plus(DAY * 90))];
    assert!(SCHEDULE.plan(&both, NOW.plus(DAY * 89)).is_empty());
}

#[test]
fn after_a_long_sleep_the_next_key_is_still_published_before_it_signs() {
    let late = NOW.plus(DAY * 400);
    assert_eq!(SCHEDULE.plan(&[key("a", NOW)], late).create_from, Some(late.plus(DAY)));
}

#[test]
fn another_algorithm_in_the_configuration_makes_a_key_of_that_kind_soon() {
    let schedule = Schedule { algorithm: Algorithm::Es256, ..SCHEDULE };
    let plan = schedule.plan(&[key("a", NOW)], NOW);
    assert_eq!(plan.create_from, Some(NOW.plus(Schedule::PROMPT)));
}

#[test]
fn a_key_goes_when_the_last_token_it_signed_is_over() {
    let change = NOW.plus(DAY);
    let keys = [key("a", NOW), key("b", change)];
    let states = |now| keys.iter().map(|one| state(&keys, one, now)).collect::<Vec<_>>();
    assert_eq!(states(NOW), [KeyState::Current, KeyState::Next]);
    assert_eq!(states(change), [KeyState::Retired, KeyState::Current]);
    let over = change.plus(SCHEDULE.verification);
    assert!(SCHEDULE.plan(&keys, over.minus(Duration::from_micros(1))).remove.is_empty());
    assert_eq!(SCHEDULE.plan(&keys, over).remove, ["a"]);
}

proptest! {
    /// Lives through two years of hourly or daily looks, however irregular, and keeps every token that is issued.
    #[test]
    fn whatever_is_signed_is_verified_until_it_is_over(pauses in proptest::collection::vec(1u64..2_000, 50..200)) {
        let (mut keys, mut now): (Vec<SigningKey>, _) = (Vec::new(), NOW);
        let mut tokens: Vec<(String, Timestamp)> = Vec::new();
        let lifetime = Duration::from_mins(10);
        for (number, pause) in pauses.into_iter().enumerate() {
            let plan = SCHEDULE.plan(&keys, now);
            if let Some(from) = plan.create_from {
                let published = keys.is_empty() || from >= now.plus(SCHEDULE.publication);
                prop_assert!(published, "a key is published before it signs");
                keys.push(key(&format!("{number:04}"), from));
            }
            keys.retain(|key| !plan.remove.contains(&key.kid));
            let signer = signer(&keys, now).map(|key| key.kid.clone());
            prop_assert!(signer.is_some(), "there is always a key that signs");
            tokens.extend(signer.map(|kid| (kid, now.plus(lifetime))));
            now = now.plus(Duration::from_mins(pause));
            tokens.retain(|(_, end)| *end > now);
            for (kid, _) in &tokens {
                prop_assert!(keys.iter().any(|key| key.kid == *kid), "a live token lost its key");
            }
            prop_assert!(keys.len() <= 3);
        }
    }
}
