use super::*;
use crate::access_tokens::claims::LEEWAY_SECONDS;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

/// Case E1.
#[test]
fn an_unsigned_token_is_refused_however_it_spells_none() {
    let (tokens, key) = ready();
    let signature = tokens.sign(&claims()).unwrap().expose().rsplit_once('.').unwrap().1.to_owned();
    let names = [Some("none"), Some("None"), Some("nOnE"), Some("NONE"), Some(""), None];
    for name in names {
        let header = changed(header_of(&key), "alg", name.map(Value::from));
        let message = format!("{}.{}", part(&header), part(&payload()));
        for token in [format!("{message}."), message.clone(), format!("{message}.{signature}")] {
            assert_eq!(tokens.verify(&token, NOW), None, "{name:?}");
        }
        assert_eq!(tokens.verify(&signed(&key, &header, &payload()), NOW), None, "{name:?}");
    }
}

/// Case E2.
#[test]
fn our_public_key_is_no_shared_secret() {
    let (tokens, key) = ready();
    let seed =
        Seal::new(&root().derive(Purpose::KeyWrapping)).open(&key.kid, &key.sealed_private_key.0).unwrap();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let der = pair.public_key().as_der().unwrap().as_ref().to_vec();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let set: Value = serde_json::from_str(&tokens.jwks()).unwrap();
    let secrets = [
        key.public_key.clone(),
        URL_SAFE_NO_PAD.encode(&key.public_key).into_bytes(),
        der,
        pem.trim_end().as_bytes().to_vec(),
        pem.into_bytes(),
        set["keys"][0].to_string().into_bytes(),
        tokens.jwks().into_bytes(),
        Vec::new(),
    ];
    let names = [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)];
    for (name, algorithm) in names {
        for secret in &secrets {
            let message =
                format!("{}.{}", part(&changed(header_of(&key), "alg", Some(name.into()))), part(&payload()));
            let seal = hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(seal));
            assert_eq!(tokens.verify(&token, NOW), None, "{name}");
        }
    }
}

#[test]
fn no_other_algorithm_is_taken_from_the_header() {
    let (tokens, key) = ready();
    for name in ["ES256", "RS256", "PS256", "Ed25519", "eddsa", "EDDSA", "ES256K"] {
        let header = changed(header_of(&key), "alg", Some(name.into()));
        assert_eq!(tokens.verify(&signed(&key, &header, &payload()), NOW), None, "{name}");
    }
}

#[test]
fn every_changed_character_is_noticed() {
    let (tokens, _) = ready();
    let token = tokens.sign(&claims()).unwrap();
    let text = token.expose();
    for (position, character) in text.char_indices() {
        let other = if character == 'A' { 'B' } else { 'A' };
        let changed = format!("{}{other}{}", &text[..position], &text[position + 1..]);
        assert_eq!(tokens.verify(&changed, NOW), None, "character {position}");
    }
    for end in 0..text.len() {
        assert_eq!(tokens.verify(&text[..end], NOW), None);
    }
}

#[test]
fn somebody_elses_signature_under_our_key_id_is_refused() {
    let (tokens, key) = ready();
    let stranger = tokens.generate(NOW).unwrap();
    assert_eq!(tokens.verify(&signed(&stranger, &header_of(&key), &payload()), NOW), None);
    assert_eq!(tokens.verify(&signed(&stranger, &header_of(&stranger), &payload()), NOW), None);
}

/// Cases E4 and E6: an ID token says `JWT`, a log-out token `logout+jwt`.
#[test]
fn a_header_that_is_not_such_as_ours_is_refused_even_when_our_key_has_signed_it() {
    let (tokens, key) = ready();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&key.public_key) });
    let wrong = [
        ("typ", None),
        ("typ", Some("JWT".into())),
        ("typ", Some("logout+jwt".into())),
        ("typ", Some("text/at+jwt".into())),
        ("typ", Some(7.into())),
        ("kid", None),
        ("kid", Some("".into())),
        ("kid", Some("unknown".into())),
        ("kid", Some(json!([key.kid]))),
        ("crit", Some(json!(["exp"]))),
        ("crit", Some(json!([]))),
        ("jwk", Some(jwk)),
        ("jku", Some("https://evil.example/keys".into())),
        ("x5u", Some("https://evil.example/certificate".into())),
        ("x5c", Some(json!(["MIIB"]))),
        ("b64", Some(false.into())),
        ("zip", Some("DEF".into())),
        ("cty", Some("JWT".into())),
    ];
    for (member, value) in wrong {
        let header = changed(header_of(&key), member, value);
        assert_eq!(tokens.verify(&signed(&key, &header, &payload()), NOW), None, "{header}");
    }
}

#[test]
fn the_type_may_be_spelt_as_a_whole_media_type() {
    let (tokens, key) = ready();
    for kind in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let header = changed(header_of(&key), "typ", Some(kind.into()));
        assert_eq!(tokens.verify(&signed(&key, &header, &payload()), NOW), Some(claims()), "{kind}");
    }
}

/// Case E5.
#[test]
fn a_claim_that_is_wrong_or_missing_is_refused_even_when_our_key_has_signed_it() {
    let (tokens, key) = ready();
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
    for (member, value) in wrong {
        let payload = changed(payload(), member, value);
        assert_eq!(tokens.verify(&signed(&key, &header_of(&key), &payload), NOW), None, "{payload}");
    }
    for payload in [json!([]), json!("text"), json!({}), Value::Null] {
        assert_eq!(tokens.verify(&signed(&key, &header_of(&key), &payload), NOW), None, "{payload}");
    }
}

/// Case E8.
#[test]
fn a_token_is_good_from_its_beginning_to_its_end_and_a_leeway_around_them() {
    let (tokens, key) = ready();
    let at = |seconds: i64| Timestamp::from_micros((1_700_000_000 + seconds) * 1_000_000);
    let token = tokens.sign(&claims()).unwrap();
    for (seconds, good) in [
        (-LEEWAY_SECONDS - 1, false),
        (-LEEWAY_SECONDS, true),
        (0, true),
        (599, true),
        (600 + LEEWAY_SECONDS - 1, true),
        (600 + LEEWAY_SECONDS, false),
        (86_400, false),
    ] {
        assert_eq!(tokens.verify(token.expose(), at(seconds)).is_some(), good, "{seconds}");
    }
    let later = changed(payload(), "nbf", Some(1_700_000_300.into()));
    let token = signed(&key, &header_of(&key), &later);
    assert_eq!(tokens.verify(&token, at(300 - LEEWAY_SECONDS - 1)), None);
    assert!(tokens.verify(&token, at(300)).is_some());
}

#[test]
fn the_end_of_time_makes_nothing_overflow() {
    let (tokens, _) = ready();
    let token = tokens.sign(&claims()).unwrap();
    for micros in [i64::MIN, i64::MAX] {
        assert_eq!(tokens.verify(token.expose(), Timestamp::from_micros(micros)), None);
    }
}

#[test]
fn a_token_of_another_service_is_refused_even_under_the_same_keys() {
    let (tokens, key) = ready();
    for (issuer, audience) in [("https://other.example", AUDIENCE), (ISSUER, "https://other.example/api")] {
        let other = Ed25519Tokens::new(issuer.to_owned(), audience.to_owned(), &root());
        other.install(std::slice::from_ref(&key)).unwrap();
        assert_eq!(tokens.verify(other.sign(&claims()).unwrap().expose(), NOW), None);
    }
}

#[test]
fn a_huge_token_is_refused_even_when_our_key_has_signed_it() {
    let (tokens, key) = ready();
    let padded = |length: usize| {
        signed(&key, &header_of(&key), &changed(payload(), "pad", Some("x".repeat(length).into())))
    };
    assert!(tokens.verify(&padded(1_000), NOW).is_some());
    assert_eq!(tokens.verify(&padded(4_000), NOW), None);
    assert_eq!(tokens.verify(&"a.".repeat(5_000_000), NOW), None);
}

proptest! {
    #[test]
    fn no_text_makes_it_stumble_or_is_believed(text in any::<String>(), parts in "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,90}") {
        let (tokens, key) = ready();
        prop_assert_eq!(tokens.verify(&text, NOW), None);
        prop_assert_eq!(tokens.verify(&parts, NOW), None);
        let header = part(&header_of(&key));
        prop_assert_eq!(tokens.verify(&format!("{header}.{text}"), NOW), None);
        prop_assert_eq!(tokens.verify(&format!("{header}.{parts}"), NOW), None);
    }
}
