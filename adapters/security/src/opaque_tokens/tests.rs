use super::*;
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

static TOKENS: LazyLock<SealedTokens> = LazyLock::new(|| tokens("1"));

fn tokens(digit: &str) -> SealedTokens {
    SealedTokens::new(&RootKey::parse(&digit.repeat(64)).unwrap())
}

fn session() -> SessionId {
    SessionId::new(NOW, &[7; 10])
}

fn user() -> UserId {
    UserId::new(NOW, &[9; 10])
}

fn one_of_each() -> [Token; 4] {
    [
        TOKENS.refresh(session(), Generation::FIRST).token,
        TOKENS.cookie(session()).token,
        TOKENS.device_mark(user(), NOW),
        TOKENS.setup_link(),
    ]
}

/// By which kinds a text is taken for one of them, in the order of `one_of_each`.
fn taken_for(tokens: &SealedTokens, text: &str) -> [bool; 4] {
    [
        tokens.read_refresh(text).is_some(),
        tokens.read_cookie(text).is_some(),
        tokens.read_device_mark(text, NOW).is_some(),
        tokens.is_setup_link(text),
    ]
}

#[test]
fn a_refresh_token_says_its_session_its_generation_and_its_digest() {
    for number in [1, 2, 70_000, u32::MAX] {
        let generation = Generation::from_number(number);
        let issued = TOKENS.refresh(session(), generation);
        let read = TOKENS.read_refresh(issued.token.expose());
        let said = PresentedRefresh { session_id: session(), generation, digest: issued.digest };
        assert_eq!(read, Some(said));
    }
}

#[test]
fn a_cookie_says_its_session_and_its_digest() {
    let issued = TOKENS.cookie(session());
    let said = PresentedCookie { session_id: session(), digest: issued.digest };
    assert_eq!(TOKENS.read_cookie(issued.token.expose()), Some(said));
}

#[test]
fn a_device_mark_says_whose_it_is_and_counts_for_its_device_alone() {
    let (first, second) = (TOKENS.device_mark(user(), NOW), TOKENS.device_mark(user(), NOW));
    let (owner, counted_under) = TOKENS.read_device_mark(first.expose(), NOW).unwrap();
    assert_eq!(owner, user());
    assert!(counted_under.starts_with("device:") && counted_under.len() == 39, "{counted_under}");
    assert_eq!(TOKENS.read_device_mark(first.expose(), NOW).unwrap().1, counted_under);
    assert_ne!(TOKENS.read_device_mark(second.expose(), NOW).unwrap().1, counted_under);
}

#[test]
fn a_device_is_known_for_thirty_days_after_the_log_in() {
    let mark = TOKENS.device_mark(user(), NOW);
    let last = NOW.plus(DEVICE_MARK_LIFETIME).minus(Duration::from_micros(1));
    assert!(TOKENS.read_device_mark(mark.expose(), last).is_some());
    assert!(TOKENS.read_device_mark(mark.expose(), NOW.plus(DEVICE_MARK_LIFETIME)).is_none());
}

#[test]
fn every_token_is_another_one_with_another_digest() {
    let issued: Vec<_> = (0..500)
        .flat_map(|_| [TOKENS.refresh(session(), Generation::FIRST), TOKENS.cookie(session())])
        .collect();
    let texts: HashSet<_> = issued.iter().map(|issued| issued.token.expose()).collect();
    let digests: HashSet<_> = issued.iter().map(|issued| issued.digest.as_bytes()).collect();
    assert_eq!((texts.len(), digests.len()), (1_000, 1_000));
}

#[test]
fn the_setup_link_stays_the_same_for_as_long_as_the_root_key_does() {
    assert_eq!(TOKENS.setup_link().expose(), tokens("1").setup_link().expose());
    assert_ne!(TOKENS.setup_link().expose(), tokens("2").setup_link().expose());
    assert_eq!(TOKENS.setup_link().expose().len(), 4 + 22, "128 bits");
}

/// Case E6: none of them stands in for another.
#[test]
fn no_kind_passes_for_another() {
    for (position, token) in one_of_each().iter().enumerate() {
        let mut expected = [false; 4];
        expected[position] = true;
        assert_eq!(taken_for(&TOKENS, token.expose()), expected);
        for prefix in ["xrt_", "xsc_", "xdm_", "xsl_"] {
            let disguised = format!("{prefix}{}", &token.expose()[4..]);
            if disguised != token.expose() {
                assert_eq!(taken_for(&TOKENS, &disguised), [false; 4], "{prefix}");
            }
        }
    }
}

#[test]
fn every_changed_bit_is_noticed() {
    for token in one_of_each() {
        let text = token.expose();
        for position in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.as_bytes().to_vec();
                bytes[position] ^= 1 << bit;
                let changed = String::from_utf8_lossy(&bytes);
                assert_eq!(taken_for(&TOKENS, &changed), [false; 4], "character {position}, bit {bit}");
            }
        }
    }
}

#[test]
fn every_other_character_in_any_place_is_noticed() {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for token in one_of_each() {
        let text = token.expose();
        for (position, character) in text.char_indices().skip(4) {
            for other in alphabet.chars().filter(|other| *other != character) {
                let changed = format!("{}{other}{}", &text[..position], &text[position + 1..]);
                assert_eq!(taken_for(&TOKENS, &changed), [false; 4], "character {position}");
            }
        }
    }
}

#[test]
fn a_token_is_read_whole_or_not_at_all() {
    for token in one_of_each() {
        let text = token.expose();
        for end in 0..text.len() {
            assert_eq!(taken_for(&TOKENS, &text[..end]), [false; 4]);
        }
        for longer in
            [format!("{text}A"), format!("{text}="), format!(" {text}"), format!("{text}\n"), text.repeat(2)]
        {
            assert_eq!(taken_for(&TOKENS, &longer), [false; 4]);
        }
    }
}

#[test]
fn the_tokens_of_another_root_key_are_refused() {
    for token in one_of_each() {
        assert_eq!(taken_for(&tokens("2"), token.expose()), [false; 4]);
    }
}

#[test]
fn digests_follow_from_the_root_key_and_from_what_they_are_for() {
    let issued = TOKENS.cookie(session());
    let text = issued.token.expose();
    assert_ne!(TOKENS.attempt_key(text), issued.digest);
    assert_eq!(TOKENS.attempt_key("alice"), tokens("1").attempt_key("alice"));
    assert_ne!(TOKENS.attempt_key("alice"), TOKENS.attempt_key("alicf"));
    assert_ne!(TOKENS.attempt_key("alice"), tokens("2").attempt_key("alice"));
}

proptest! {
    #[test]
    fn no_text_makes_it_stumble_or_is_believed(text in any::<String>(), prefix in "x(rt|sc|dm|sl)_", body in "[A-Za-z0-9_-]{0,120}") {
        prop_assert_eq!(taken_for(&TOKENS, &text), [false; 4]);
        prop_assert_eq!(taken_for(&TOKENS, &format!("{prefix}{text}")), [false; 4]);
        prop_assert_eq!(taken_for(&TOKENS, &format!("{prefix}{body}")), [false; 4]);
    }
}
