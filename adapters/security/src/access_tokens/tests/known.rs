//! Tokens that were verified before: nothing may be other than at the first time.

use super::*;
use crate::access_tokens::known::{KnownTokens, TokenDigest};

fn known(tokens: &SignedTokens) -> (usize, usize) {
    tokens.ring().known().count()
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// A token of that session, signed and verified.
fn verified(tokens: &SignedTokens, session: u32) -> Token {
    let [a, b, c, d] = session.to_be_bytes();
    let session_id = SessionId::new(NOW, &[a, b, c, d, 0, 0, 0, 0, 0, 0]);
    let claims = AccessClaims { session_id, ..claims() };
    let token = tokens.sign(&claims).unwrap();
    assert_eq!(tokens.verify(token.expose(), NOW), Ok(claims));
    token
}

#[test]
fn a_token_says_the_same_whether_it_is_known_or_not_at_any_time() {
    for (tokens, key) in each() {
        let token = verified(&tokens, 1);
        for at in [NOW.minus(Duration::from_secs(6)), NOW.minus(Duration::from_secs(5)), NOW]
            .into_iter()
            .chain([604, 605, 606, 100_000, 0].map(later))
        {
            let unknown = with(std::slice::from_ref(&key));
            assert_eq!(tokens.verify(token.expose(), at), unknown.verify(token.expose(), at), "{at:?}");
            assert_eq!(tokens.verify(token.expose(), at), unknown.verify(token.expose(), at), "{at:?}");
        }
    }
}

#[test]
fn a_known_token_is_not_verified_again() {
    let (tokens, _) = ready(Algorithm::EdDsa);
    let token = verified(&tokens, 1);
    for _ in 0..3 {
        assert!(tokens.verify(token.expose(), NOW).is_ok());
    }
    assert_eq!(known(&tokens), (1, 1));
}

#[test]
fn a_known_token_whose_key_was_removed_stops_working_at_once() {
    for algorithm in Algorithm::ALL {
        let [old, new] = pair(algorithm);
        let tokens = with(&[old.clone(), new.clone()]);
        let by = |key: &SigningKey| {
            let token = with(std::slice::from_ref(key)).sign(&claims()).unwrap();
            assert_eq!(tokens.verify(token.expose(), NOW), Ok(claims()));
            token
        };
        let [of_old, of_new] = [by(&old), by(&new)];
        tokens.install(&[new]).unwrap();
        assert_eq!(tokens.verify(of_old.expose(), NOW), Err(TokenFlaw::Unreadable));
        assert_eq!(tokens.verify(of_new.expose(), NOW), Ok(claims()));
    }
}

#[test]
fn a_known_token_that_is_over_is_forgotten() {
    let (tokens, _) = ready(Algorithm::EdDsa);
    let [first, second] = [1, 2].map(|session| verified(&tokens, session));
    assert!(matches!(tokens.verify(first.expose(), later(605)), Err(TokenFlaw::Expired(_))));
    assert_eq!(known(&tokens).0, 1);
    assert!(tokens.verify(second.expose(), later(600)).is_ok());
    assert_eq!(known(&tokens).0, 1);
}

#[test]
fn what_is_over_goes_also_when_it_does_not_come_again() {
    let (tokens, _) = ready(Algorithm::EdDsa);
    for session in 0..200 {
        verified(&tokens, session);
    }
    let late = AccessClaims { issued_at: later(1000), expires_at: later(2000), ..claims() };
    for number in 0..200 {
        let token =
            tokens.sign(&AccessClaims { generation: Generation::from_number(number), ..late }).unwrap();
        assert!(tokens.verify(token.expose(), later(1000)).is_ok());
    }
    assert_eq!(known(&tokens), (200, 200));
}

#[test]
fn a_token_is_not_known_by_one_that_is_nearly_the_same() {
    for (tokens, _) in each() {
        let token = verified(&tokens, 1);
        for position in 0..token.expose().len() {
            let mut changed = token.expose().as_bytes().to_vec();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(tokens.verify(&changed, NOW), Err(TokenFlaw::Unreadable), "{position}");
            assert_eq!(tokens.verify(&token.expose()[..position], NOW), Err(TokenFlaw::Unreadable));
        }
        for longer in [format!("{}A", token.expose()), format!(" {}", token.expose())] {
            assert_eq!(tokens.verify(&longer, NOW), Err(TokenFlaw::Unreadable));
        }
        assert_eq!(known(&tokens), (1, 1), "nothing else came in");
    }
}

#[test]
fn what_is_not_genuine_or_not_valid_is_not_kept() {
    let (tokens, _) = ready(Algorithm::EdDsa);
    let [_, strange] = pair(Algorithm::EdDsa);
    let foreign = with(&[strange]).sign(&claims()).unwrap();
    let own = tokens.sign(&claims()).unwrap();
    for (token, at) in [(&foreign, NOW), (&own, later(605)), (&own, NOW.minus(Duration::from_mins(1)))] {
        assert!(tokens.verify(token.expose(), at).is_err());
    }
    assert_eq!(known(&tokens), (0, 0));
}

#[test]
fn there_is_room_for_so_many_tokens_and_no_more() {
    let (tokens, _) = ready(Algorithm::EdDsa);
    let known = KnownTokens::default();
    let claims = WireClaims::new(&tokens.parties, &claims()).parse().unwrap();
    for number in 0..3 * KnownTokens::MOST {
        known.keep(&TokenDigest::of(&number.to_string()), claims, NOW);
    }
    let (kept, room) = known.count();
    assert!(kept <= KnownTokens::MOST && room <= KnownTokens::MOST, "{kept} {room}");
    let latest = (3 * KnownTokens::MOST - 1).to_string();
    assert!(known.find(&TokenDigest::of(&latest)).is_some());
    assert!(known.find(&TokenDigest::of("0")).is_none());
}
