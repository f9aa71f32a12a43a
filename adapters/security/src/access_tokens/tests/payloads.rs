use super::*;
use crate::access_tokens::claims::LEEWAY_SECONDS;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_700_000_000 + seconds) * 1_000_000)
}

/// Case E5.
#[test]
fn a_claim_that_is_wrong_or_missing_is_refused_even_when_our_key_has_signed_it() {
    let required = ["iss", "aud", "sub", "sid", "scope", "role", "client_id", "iat", "exp", "jti"];
    let mut wrong: Vec<(&str, Option<Value>)> = required.into_iter().map(|member| (member, None)).collect();
    wrong.extend(required.into_iter().map(|member| (member, Some(Value::Null))));
    wrong.extend([
        ("iss", Some("https://accounts.example/".into())),
        ("iss", Some("https://evil.example".into())),
        ("iss", Some(json!([ISSUER]))),
        ("aud", Some(ISSUER.into())),
        ("aud", Some("".into())),
        ("aud", Some(json!(["https://evil.example"]))),
        ("aud", Some(json!([AUDIENCE, "https://evil.example"]))),
        ("sub", Some("root".into())),
        ("sid", Some("".into())),
        ("scope", Some("profile:read everything".into())),
        ("role", Some("owner".into())),
        ("exp", Some("1700000600".into())),
        ("exp", Some(1_700_000_600.5.into())),
        ("exp", Some((-1).into())),
        ("exp", Some(i64::MAX.into())),
        ("exp", Some(u64::MAX.into())),
        ("exp", Some(1e300.into())),
        ("iat", Some("yesterday".into())),
        ("iat", Some(i64::MIN.into())),
        ("nbf", Some("now".into())),
    ]);
    let wrong: Vec<Value> =
        wrong.into_iter().map(|(member, value)| changed(payload(), member, value)).collect();
    for (tokens, key) in each() {
        let others = [json!([]), json!("text"), json!({}), Value::Null];
        for payload in wrong.iter().chain(&others) {
            let token = signed(&key, &header_of(&key), payload);
            assert_eq!(tokens.verify(&token, NOW), Err(TokenFlaw::Unreadable), "{payload}");
        }
    }
}

#[test]
fn a_token_id_is_that_of_its_session_or_one_of_the_previous_version() {
    let (tokens, key) = ready(Algorithm::EdDsa);
    let verified = |jti: String| {
        tokens.verify(&signed(&key, &header_of(&key), &changed(payload(), "jti", Some(jti.into()))), NOW)
    };
    let (own, other) = (claims().session_id, SessionId::new(NOW, &[5; 10]));
    assert_eq!(verified(format!("{own}.3")), Ok(claims()));
    let previous = AccessClaims { generation: Generation::from_number(0), ..claims() };
    for bytes in [[0; 16], [0x5a; 16], [0xff; 16]] {
        assert_eq!(verified(URL_SAFE_NO_PAD.encode(bytes)), Ok(previous));
    }
    let long = format!("{own}.4294967296");
    for wrong in [own.to_string(), format!("{own}."), format!("{own}.-1"), format!("{own}3"), long] {
        assert_eq!(verified(wrong), Err(TokenFlaw::Unreadable));
    }
    let bytes = |count: usize| URL_SAFE_NO_PAD.encode(vec![7; count]);
    for wrong in [format!("{other}.3"), String::new(), bytes(15), bytes(17), "?".repeat(22)] {
        assert_eq!(verified(wrong), Err(TokenFlaw::Unreadable));
    }
}

/// Case E8.
#[test]
fn a_token_is_good_from_its_beginning_to_its_end_and_a_leeway_around_them() {
    let over = TokenFlaw::Expired(claims());
    for (tokens, key) in each() {
        let token = tokens.sign(&claims()).unwrap();
        for (seconds, expected) in [
            (-86_400, Err(TokenFlaw::Unreadable)),
            (-LEEWAY_SECONDS - 1, Err(TokenFlaw::Unreadable)),
            (-LEEWAY_SECONDS, Ok(claims())),
            (0, Ok(claims())),
            (599, Ok(claims())),
            (600 + LEEWAY_SECONDS - 1, Ok(claims())),
            (600 + LEEWAY_SECONDS, Err(over)),
            (86_400, Err(over)),
        ] {
            assert_eq!(tokens.verify(token.expose(), at(seconds)), expected, "{seconds}");
        }
        let later = changed(payload(), "nbf", Some(1_700_000_300.into()));
        let token = signed(&key, &header_of(&key), &later);
        let early = tokens.verify(&token, at(300 - LEEWAY_SECONDS - 1));
        assert_eq!(early, Err(TokenFlaw::Unreadable));
        assert_eq!(tokens.verify(&token, at(300)), Ok(claims()));
    }
}

#[test]
fn only_a_genuine_token_is_said_to_be_over() {
    let late = at(86_400);
    for algorithm in Algorithm::ALL {
        let (tokens, key) = ready(algorithm);
        let [_, stranger] = pair(algorithm);
        let ours = header_of(&key);
        assert_eq!(tokens.verify(&signed(&key, &ours, &payload()), late), Err(TokenFlaw::Expired(claims())));
        let elsewhere = |member: &str| changed(payload(), member, Some("https://evil.example".into()));
        let forged = [
            signed(&stranger, &ours, &payload()),
            signed(&key, &changed(ours.clone(), "typ", Some("JWT".into())), &payload()),
            signed(&key, &ours, &elsewhere("iss")),
            signed(&key, &ours, &elsewhere("aud")),
            signed(&key, &ours, &changed(payload(), "role", Some("owner".into()))),
            signed(&key, &ours, &changed(payload(), "nbf", Some(1_900_000_000.into()))),
        ];
        for token in forged {
            assert_eq!(tokens.verify(&token, late), Err(TokenFlaw::Unreadable));
        }
    }
}

#[test]
fn the_end_of_time_makes_nothing_overflow() {
    let (tokens, _) = ready(Algorithm::EdDsa);
    let token = tokens.sign(&claims()).unwrap();
    let verified = |micros: i64| tokens.verify(token.expose(), Timestamp::from_micros(micros));
    assert_eq!(verified(i64::MIN), Err(TokenFlaw::Unreadable));
    assert_eq!(verified(i64::MAX), Err(TokenFlaw::Expired(claims())));
}

#[test]
fn a_token_of_another_service_is_refused_even_under_the_same_keys() {
    for (tokens, key) in each() {
        for (issuer, audience) in [("https://other.example", AUDIENCE), (ISSUER, "https://other.example/api")]
        {
            let other = SignedTokens::new(issuer.to_owned(), audience.to_owned(), &secret());
            other.install(std::slice::from_ref(&key)).unwrap();
            let token = other.sign(&claims()).unwrap();
            assert_eq!(tokens.verify(token.expose(), NOW), Err(TokenFlaw::Unreadable));
        }
    }
}

#[test]
fn a_huge_token_is_refused_even_when_our_key_has_signed_it() {
    for (tokens, key) in each() {
        let padded = |length: usize| {
            signed(&key, &header_of(&key), &changed(payload(), "pad", Some("x".repeat(length).into())))
        };
        assert_eq!(tokens.verify(&padded(1_000), NOW), Ok(claims()));
        assert_eq!(tokens.verify(&padded(4_000), NOW), Err(TokenFlaw::Unreadable));
        assert_eq!(tokens.verify(&"a.".repeat(5_000_000), NOW), Err(TokenFlaw::Unreadable));
    }
}
