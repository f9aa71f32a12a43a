use super::*;
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

static TOKENS: LazyLock<SealedTokens> = LazyLock::new(|| tokens("1"));

fn tokens(digit: &str) -> SealedTokens {
    SealedTokens::new(&TokenSecret::of_tests(digit))
}

fn session() -> SessionId {
    SessionId::new(NOW, &[7; 10])
}

fn user() -> UserId {
    UserId::new(NOW, &[9; 10])
}

fn one_of_each() -> [Token; 6] {
    [
        TOKENS.refresh(session(), Generation::FIRST, None).token,
        TOKENS.cookie(session()).token,
        TOKENS.device_mark(user(), NOW),
        TOKENS.setup_link(),
        TOKENS.password_link(user()).token,
        TOKENS.export_ticket(user()).token,
    ]
}

/// By which kinds a text is taken for one of them, in the order of `one_of_each`.
fn taken_for(tokens: &SealedTokens, text: &str) -> [bool; 6] {
    [
        tokens.read_refresh(text).is_some(),
        tokens.read_cookie(text).is_some(),
        tokens.read_device_mark(text, NOW).is_some(),
        tokens.is_setup_link(text),
        tokens.read_password_link(text).is_some(),
        tokens.read_export_ticket(text).is_some(),
    ]
}

#[test]
fn a_refresh_token_says_its_session_its_generation_and_its_digest() {
    for number in [1, 2, 70_000, u32::MAX] {
        let generation = Generation::from_number(number);
        for predecessor in [None, Some(&TokenDigest::new([3; 32]))] {
            let issued = TOKENS.refresh(session(), generation, predecessor);
            let read = TOKENS.read_refresh(issued.token.expose());
            let said = PresentedRefresh { session_id: session(), generation, digest: issued.digest };
            assert_eq!(read, Some(said));
        }
    }
}

#[test]
fn a_successor_follows_from_its_predecessor_its_place_and_the_secret() {
    let second = Generation::from_number(2);
    let first = TOKENS.refresh(session(), Generation::FIRST, None);
    let follow = |from: &SealedTokens, session: SessionId, number: u32, digest: TokenDigest| {
        from.refresh(session, Generation::from_number(number), Some(&digest)).token.expose().to_owned()
    };
    let successor = TOKENS.refresh(session(), second, Some(&first.digest));
    let again = tokens("1").refresh(session(), second, Some(&first.digest));
    assert_eq!(successor.token.expose(), again.token.expose(), "also after a restart");
    assert_eq!(successor.digest, again.digest);
    let mut other_digest = *first.digest.as_bytes();
    other_digest[31] ^= 1;
    let texts: HashSet<_> = [
        first.token.expose().to_owned(),
        successor.token.expose().to_owned(),
        follow(&TOKENS, session(), 2, TokenDigest::new(other_digest)),
        follow(&TOKENS, session(), 2, successor.digest),
        follow(&TOKENS, session(), 3, first.digest),
        follow(&TOKENS, SessionId::new(NOW, &[8; 10]), 2, first.digest),
        follow(&tokens("2"), session(), 2, first.digest),
    ]
    .into();
    assert_eq!(texts.len(), 7);
}

/// The nonce of a successor, so that differences in what stands before it do not count.
fn nonce(token: &Token) -> Vec<u8> {
    use base64::Engine;
    let text = token.expose().strip_prefix("xrt_").unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
    bytes[ID + GENERATION..ID + GENERATION + NONCE].to_vec()
}

#[test]
fn the_nonce_of_a_successor_depends_on_everything_that_names_it() {
    let digests = [TokenDigest::new([1; 32]), TokenDigest::new([2; 32])];
    let sessions = [session(), SessionId::new(NOW, &[8; 10])];
    let mut nonces = HashSet::new();
    for secret in ["1", "2"] {
        for session in sessions {
            for number in [2, 3] {
                for digest in &digests {
                    let generation = Generation::from_number(number);
                    nonces.insert(nonce(&tokens(secret).refresh(session, generation, Some(digest)).token));
                }
            }
        }
    }
    assert_eq!(nonces.len(), 16);
}

#[test]
fn a_password_link_says_whose_it_is_and_its_digest() {
    let issued = TOKENS.password_link(user());
    let said = PresentedPasswordLink { user_id: user(), digest: issued.digest };
    assert!(issued.token.expose().starts_with("xpl_"));
    assert_eq!(TOKENS.read_password_link(issued.token.expose()), Some(said));
}

#[test]
fn an_export_ticket_says_whose_it_is_and_its_digest() {
    let issued = TOKENS.export_ticket(user());
    let said = PresentedExportTicket { user_id: user(), digest: issued.digest };
    assert!(issued.token.expose().starts_with("xex_"));
    assert_eq!(TOKENS.read_export_ticket(issued.token.expose()), Some(said));
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
        .flat_map(|_| {
            let first = TOKENS.refresh(session(), Generation::FIRST, None);
            [first, TOKENS.cookie(session()), TOKENS.password_link(user()), TOKENS.export_ticket(user())]
        })
        .collect();
    let texts: HashSet<_> = issued.iter().map(|issued| issued.token.expose()).collect();
    let digests: HashSet<_> = issued.iter().map(|issued| issued.digest.as_bytes()).collect();
    assert_eq!((texts.len(), digests.len()), (2_000, 2_000));
}

#[test]
fn the_setup_link_stays_the_same_for_as_long_as_the_secret_does() {
    assert_eq!(TOKENS.setup_link().expose(), tokens("1").setup_link().expose());
    assert_ne!(TOKENS.setup_link().expose(), tokens("2").setup_link().expose());
    assert_eq!(TOKENS.setup_link().expose().len(), 4 + 22, "128 bits");
}

/// The tokens of the secret whose bytes are 0 to 31.
fn tokens_of_known_answers() -> SealedTokens {
    let digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    SealedTokens::new(&TokenSecret::new(crate::RootKey::parse(digits).unwrap().secret()))
}

/// Computed with Python, which finds the seal of the password link below too.
#[test]
fn an_export_ticket_has_a_key_of_its_own() {
    let ticket = "xex_AYvP5WgAeQmJCQkJCQkJCQABAgMEBQYHCAkKCwwNDg_gvPRxdZJZiCa9672F_CXI";
    assert_eq!(tokens_of_known_answers().read_export_ticket(ticket).unwrap().user_id, user());
}

/// Written down when the secret was the root key itself: who was logged in then is so now.
#[test]
fn what_was_made_before_there_was_a_keyring_is_still_what_is_made() {
    let tokens = tokens_of_known_answers();
    let texts = [
        "xrt_AYvP5WgAdweHBwcHBwcHBwAAAAL6Wokig4Alf-AKpgUbZf90QZLGTk0rxjsOdkFC3m8kaw",
        "xsc_AYvP5WgAdweHBwcHBwcHBxj2-EgT4GKgAHy7v-oY_x9waQCOcnHGHzebtHY2xT2s",
        "xdm_AYvP5WgAeQmJCQkJCQkJCQAGCiQYHkAACG3tzWo75ZZbqZlVU9Qdjzw-e0IyF6sz9zfeZf1loTM",
        "xsl_oE4_C6mawqU6RyxLLvihsQ",
        "xpl_AYvP5WgAeQmJCQkJCQkJCTtq-ZqcyQ9n_0wKN7eIjtaTJMg53sHShWka5-WAZbUR",
    ];
    for (position, text) in texts.iter().enumerate() {
        assert!(taken_for(&tokens, text)[position], "{text}");
    }
    let successor = tokens.refresh(session(), Generation::from_number(2), Some(&TokenDigest::new([3; 32])));
    assert_eq!(successor.token.expose(), texts[0]);
    assert_eq!(tokens.setup_link().expose(), texts[3]);
    for (digest, known) in [
        (successor.digest, "536456592a51cc4f061d39d2936242d779f7330946c69e54c7e5968246bfa344"),
        (tokens.attempt_key("alice"), "d15bded5c991bc97c502155053f26f71d9d39c8040446e7956bba45ef60c2b8b"),
        (tokens.client_key("alice"), "d525a12b908ae16947b415b7dfba29ae804f51d730f5a6c3832165762f76474b"),
    ] {
        assert_eq!(digest.as_bytes().as_slice(), crate::octets::of_digits(known));
    }
}

/// Case E6: none of them stands in for another.
#[test]
fn no_kind_passes_for_another() {
    for (position, token) in one_of_each().iter().enumerate() {
        let mut expected = [false; 6];
        expected[position] = true;
        assert_eq!(taken_for(&TOKENS, token.expose()), expected);
        for prefix in ["xrt_", "xsc_", "xdm_", "xsl_", "xpl_", "xex_"] {
            let disguised = format!("{prefix}{}", &token.expose()[4..]);
            if disguised != token.expose() {
                assert_eq!(taken_for(&TOKENS, &disguised), [false; 6], "{prefix}");
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
                assert_eq!(taken_for(&TOKENS, &changed), [false; 6], "character {position}, bit {bit}");
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
                assert_eq!(taken_for(&TOKENS, &changed), [false; 6], "character {position}");
            }
        }
    }
}

#[test]
fn a_token_is_read_whole_or_not_at_all() {
    for token in one_of_each() {
        let text = token.expose();
        for end in 0..text.len() {
            assert_eq!(taken_for(&TOKENS, &text[..end]), [false; 6]);
        }
        for longer in
            [format!("{text}A"), format!("{text}="), format!(" {text}"), format!("{text}\n"), text.repeat(2)]
        {
            assert_eq!(taken_for(&TOKENS, &longer), [false; 6]);
        }
    }
}

#[test]
fn the_tokens_of_another_installation_are_refused() {
    for token in one_of_each() {
        assert_eq!(taken_for(&tokens("2"), token.expose()), [false; 6]);
    }
}

#[test]
fn digests_follow_from_the_secret_and_from_what_they_are_for() {
    let issued = TOKENS.cookie(session());
    let text = issued.token.expose();
    assert_ne!(TOKENS.attempt_key(text), issued.digest);
    for key in [SealedTokens::attempt_key, SealedTokens::client_key] {
        assert_eq!(key(&TOKENS, "alice"), key(&tokens("1"), "alice"));
        assert_ne!(key(&TOKENS, "alice"), key(&TOKENS, "alicf"));
        assert_ne!(key(&TOKENS, "alice"), key(&tokens("2"), "alice"));
    }
    assert_ne!(TOKENS.client_key("alice"), TOKENS.attempt_key("alice"));
    assert_ne!(TOKENS.client_key(text), issued.digest);
}

proptest! {
    #[test]
    fn no_text_makes_it_stumble_or_is_believed(text in any::<String>(), prefix in "x(rt|sc|dm|sl|pl|ex)_", body in "[A-Za-z0-9_-]{0,120}") {
        prop_assert_eq!(taken_for(&TOKENS, &text), [false; 6]);
        prop_assert_eq!(taken_for(&TOKENS, &format!("{prefix}{text}")), [false; 6]);
        prop_assert_eq!(taken_for(&TOKENS, &format!("{prefix}{body}")), [false; 6]);
    }
}
