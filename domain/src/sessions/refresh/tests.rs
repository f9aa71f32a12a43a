use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const GRACE: Duration = Duration::from_secs(10);
const HERE: u8 = 1;
const ELSEWHERE: u8 = 2;

fn digest(generation: u32) -> TokenDigest {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&generation.to_be_bytes());
    TokenDigest::new(bytes)
}

fn client(number: u8) -> TokenDigest {
    TokenDigest::new([number; 32])
}

fn token(generation: u32, from: u8) -> Presented {
    Presented {
        session_id: SessionId::new(NOW, &[0; 10]),
        generation: Generation::from_number(generation),
        digest: digest(generation),
        client: client(from),
    }
}

/// A family whose last rotation, to that generation, was at `NOW` and from here.
fn family(generation: u32) -> Family {
    Family {
        session_id: SessionId::new(NOW, &[0; 10]),
        generation: Generation::from_number(generation),
        digest: digest(generation),
        predecessor: generation.checked_sub(1).filter(|before| *before > 0).map(digest),
        client: client(HERE),
        scopes: Scopes::NONE,
        issued_at: NOW,
    }
}

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

#[test]
fn the_live_token_makes_the_next_generation() {
    let verdict = family(3).present(&token(3, ELSEWHERE), GRACE, after(99));
    assert_eq!(verdict, Rotation::Proceed(Generation::from_number(4)));
}

#[test]
fn a_lost_answer_is_forgiven_to_the_same_client_within_the_grace() {
    assert_eq!(family(3).present(&token(2, HERE), GRACE, after(9)), Rotation::Forgiven);
    assert_eq!(family(3).present(&token(2, HERE), GRACE, after(10)), Rotation::Reused);
    assert_eq!(family(3).present(&token(2, ELSEWHERE), GRACE, after(0)), Rotation::Reused);
    assert_eq!(family(3).present(&token(2, HERE), Duration::ZERO, after(0)), Rotation::Reused);
}

#[test]
fn the_first_use_of_the_successor_ends_the_grace() {
    let before = family(2);
    let used = before.rotated(Generation::from_number(3), digest(3), &token(2, HERE), Scopes::NONE, NOW);
    assert_eq!(used.present(&token(1, HERE), GRACE, NOW), Rotation::Reused);
    assert_eq!(used.present(&token(2, HERE), GRACE, NOW), Rotation::Forgiven);
}

#[test]
fn an_older_token_is_a_reuse_however_old_it_is() {
    assert_eq!(family(9_000).present(&token(1, HERE), GRACE, NOW), Rotation::Reused);
}

#[test]
fn a_predecessor_of_another_making_is_not_forgiven() {
    let forged = Presented { digest: digest(77), ..token(2, HERE) };
    assert_eq!(family(3).present(&forged, GRACE, NOW), Rotation::Reused);
}

#[test]
fn a_token_from_nowhere_is_refused_without_ending_anything() {
    let forged = Presented { digest: digest(8), ..token(3, HERE) };
    assert_eq!(family(3).present(&forged, GRACE, NOW), Rotation::Refused);
    assert_eq!(family(3).present(&token(4, HERE), GRACE, NOW), Rotation::Refused);
}

#[test]
fn a_family_ends_before_its_counter_could_wrap() {
    assert_eq!(family(u32::MAX).present(&token(u32::MAX, HERE), GRACE, NOW), Rotation::Refused);
}

/// What can happen to a family.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Somebody presents the token that is so many generations old.
    Present { age: u32, from: u8 },
    /// Time passes.
    Wait(u64),
    /// Somebody ends the session, or the account is suspended.
    End,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0u32..4, 1u8..3).prop_map(|(age, from)| Step::Present { age, from }),
        2 => (0u64..15).prop_map(Step::Wait),
        1 => Just(Step::End),
    ];
    proptest::collection::vec(step, 1..80)
}

proptest! {
    /// Walks a family through anything that can happen and keeps its own books: the tokens given out, of which the
    /// newest alone may ever be exchanged.
    #[test]
    fn however_they_are_interleaved_there_is_never_a_second_live_successor(steps in steps()) {
        let (mut live, mut now) = (Some(Family { predecessor: None, ..family(1) }), NOW);
        let mut given = vec![1u32];
        for step in steps {
            match step {
                Step::Wait(seconds) => now = now.plus(Duration::from_secs(seconds)),
                Step::End => live = None,
                Step::Present { age, from } => {
                    let Some(before) = &live else { continue };
                    let newest = given.len() - 1;
                    let number = given[newest.saturating_sub(age as usize)];
                    match before.present(&token(number, from), GRACE, now) {
                        Rotation::Proceed(next) => {
                            prop_assert_eq!(number, given[newest], "only the newest token is exchanged");
                            given.push(next.number());
                            let after = before.rotated(next, digest(next.number()), &token(number, from), Scopes::NONE, now);
                            prop_assert_eq!(after.present(&token(number, from), Duration::ZERO, now), Rotation::Reused);
                            live = Some(after);
                        }
                        Rotation::Forgiven => {
                            prop_assert_eq!(Some(number), newest.checked_sub(1).map(|one| given[one]));
                            prop_assert_eq!(before.client, client(from));
                            prop_assert!(now.since(before.issued_at) < GRACE);
                        }
                        Rotation::Reused => {
                            prop_assert!(number < given[newest]);
                            live = None;
                        }
                        Rotation::Refused => prop_assert!(false, "a token that was given out is never unknown"),
                    }
                }
            }
        }
    }
}
