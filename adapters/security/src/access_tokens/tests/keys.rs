use super::*;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation};

const HOUR: Duration = Duration::from_hours(1);

fn from(key: &SigningKey, active_from: Timestamp) -> SigningKey {
    SigningKey { active_from, ..key.clone() }
}

fn issued(issued_at: Timestamp) -> AccessClaims {
    AccessClaims { issued_at, expires_at: issued_at.plus(Duration::from_mins(10)), ..claims() }
}

/// Case E9.
#[test]
fn a_token_from_before_a_change_of_keys_verifies_after_it() {
    for algorithm in Algorithm::ALL {
        for [old, new] in [pair(algorithm), [pair(Algorithm::EdDsa)[0].clone(), pair(algorithm)[1].clone()]] {
            let tokens = with(&[from(&old, NOW.minus(HOUR))]);
            let before = tokens.sign(&claims()).unwrap();
            let late = NOW.plus(Duration::from_mins(1));
            tokens.install(&[from(&old, NOW.minus(HOUR)), from(&new, late)]).unwrap();
            let after = tokens.sign(&issued(late)).unwrap();
            assert_eq!([kid_of(&before), kid_of(&after)], [old.kid, new.kid.clone()]);
            assert_eq!(tokens.verify(before.expose(), late), Ok(claims()));
            assert_eq!(tokens.verify(after.expose(), late), Ok(issued(late)));
            tokens.install(&[new]).unwrap();
            assert_eq!(tokens.verify(before.expose(), late), Err(TokenFlaw::Unreadable), "revoked");
        }
    }
}

#[test]
fn each_key_signs_what_was_issued_in_its_time_in_whatever_order_they_stand() {
    let [old, new] = pair(Algorithm::Es256);
    let [next, _] = pair(Algorithm::EdDsa);
    let mut keys = [from(&old, NOW.minus(HOUR)), from(&new, NOW), from(&next, NOW.plus(HOUR))];
    for _ in 0..keys.len() {
        keys.rotate_left(1);
        let tokens = with(&keys);
        let moment = Duration::from_micros(1);
        for (at, key) in [
            (NOW.minus(HOUR), &old),
            (NOW.minus(moment), &old),
            (NOW, &new),
            (NOW.plus(HOUR).minus(moment), &new),
            (NOW.plus(HOUR), &next),
            (NOW.plus(HOUR * 1000), &next),
        ] {
            assert_eq!(kid_of(&tokens.sign(&issued(at)).unwrap()), key.kid, "{at:?}");
        }
    }
}

#[test]
fn the_answer_from_before_a_change_is_the_same_one_after_it() {
    for algorithm in Algorithm::ALL {
        let [old, new] = pair(algorithm);
        let tokens = with(std::slice::from_ref(&old));
        let before = tokens.sign(&claims()).unwrap();
        tokens.install(&[old, from(&new, NOW.plus(Duration::from_secs(1)))]).unwrap();
        assert_eq!(tokens.sign(&claims()).unwrap().expose(), before.expose());
    }
}

#[test]
fn where_the_key_of_that_time_was_revoked_the_one_that_took_over_signs() {
    let [_, new] = pair(Algorithm::EdDsa);
    let [next, _] = pair(Algorithm::Es256);
    let tokens = with(&[from(&next, NOW.plus(HOUR)), from(&new, NOW.plus(Duration::from_secs(5)))]);
    let token = tokens.sign(&claims()).unwrap();
    assert_eq!(kid_of(&token), new.kid);
    assert_eq!(tokens.verify(token.expose(), NOW), Ok(claims()));
}

#[test]
fn a_key_is_used_only_as_it_was_made_and_under_its_secret() {
    let strange = TokenSecret::of_tests("5");
    let stranger = SignedTokens::new(ISSUER.to_owned(), AUDIENCE.to_owned(), &strange);
    for (position, algorithm) in Algorithm::ALL.into_iter().enumerate() {
        let [key, other] = pair(algorithm);
        let [foreign, _] = &KEYS[(position + 1) % 3];
        let tokens = with(std::slice::from_ref(&key));
        assert_eq!(stranger.install(std::slice::from_ref(&key)), Err(KeyError::Sealed));
        let forged = [
            SigningKey { kid: other.kid.clone(), ..key.clone() },
            SigningKey { public_key: other.public_key.clone(), ..key.clone() },
            SigningKey { public_key: Vec::new(), ..key.clone() },
            SigningKey { sealed_private_key: other.sealed_private_key.clone(), ..key.clone() },
            SigningKey { sealed_private_key: foreign.sealed_private_key.clone(), ..key.clone() },
            SigningKey { sealed_private_key: SealedKey(Vec::new()), ..key.clone() },
            SigningKey { algorithm: foreign.algorithm, ..key.clone() },
        ];
        for forged in forged {
            assert_eq!(tokens.install(std::slice::from_ref(&forged)), Err(KeyError::Sealed));
            assert_eq!(tokens.install(&[other.clone(), forged]), Err(KeyError::Sealed));
        }
        assert_eq!(
            kid_of(&tokens.sign(&claims()).unwrap()),
            key.kid,
            "the keys from before are still in use"
        );
    }
}

/// The secrets of both kinds are 32 bytes long: one must not be read as the other.
#[test]
fn a_private_half_is_bound_to_its_public_half_and_not_to_the_key_id_alone() {
    let (tokens, key) = ready(Algorithm::EdDsa);
    let [other, _] = pair(Algorithm::Es256);
    let seal = Seal::new(&secret().derive(Purpose::KeyWrapping));
    let resealed = SealedKey(seal.seal(&key.kid, &private(&other)));
    let forged = SigningKey { sealed_private_key: resealed, ..key };
    assert_eq!(tokens.install(std::slice::from_ref(&forged)), Err(KeyError::Sealed));
    assert_eq!(
        tokens.install(&[SigningKey { algorithm: Algorithm::Es256, ..forged }]),
        Err(KeyError::Sealed)
    );
}

#[test]
fn there_is_at_least_one_key_and_none_of_them_twice() {
    let (tokens, key) = ready(Algorithm::EdDsa);
    let again = from(&key, NOW.plus(HOUR));
    for keys in [vec![], vec![key.clone(), key.clone()], vec![key, again]] {
        assert_eq!(tokens.install(&keys), Err(KeyError::Broken));
    }
}

/// Case E11.
#[test]
fn the_published_keys_are_public_and_enough_to_verify_with() {
    let keys: Vec<SigningKey> = KEYS
        .iter()
        .flatten()
        .zip(0..)
        .map(|(key, hours)| from(key, NOW.minus(HOUR * 2).plus(HOUR * hours)))
        .collect();
    let tokens = with(&keys);
    let set: Value = serde_json::from_str(&tokens.jwks()).unwrap();
    let published = set["keys"].as_array().unwrap();
    assert_eq!(published.len(), keys.len(), "also those that do not sign yet");
    for (jwk, key) in published.iter().zip(&keys) {
        let mut names: Vec<&str> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        let (kind, expected): (_, &[&str]) = match key.algorithm {
            Algorithm::EdDsa => ("OKP", &["alg", "crv", "kid", "kty", "use", "x"]),
            Algorithm::Es256 => ("EC", &["alg", "crv", "kid", "kty", "use", "x", "y"]),
            Algorithm::Rs256 => ("RSA", &["alg", "e", "kid", "kty", "n", "use"]),
        };
        assert_eq!(names, expected);
        assert_eq!([&jwk["kty"], &jwk["use"], &jwk["alg"]], [kind, "sig", key.algorithm.name()]);
        assert_eq!(jwk["kid"], key.kid);
    }
    let kids: HashSet<&str> = published.iter().map(|jwk| jwk["kid"].as_str().unwrap()).collect();
    assert_eq!(kids.len(), keys.len());
    let readable: JwkSet = serde_json::from_value(set.clone()).unwrap();
    for key in &keys {
        let token = tokens.sign(&issued(key.active_from)).unwrap();
        assert_eq!(kid_of(&token), key.kid);
        let jwk = readable.find(&key.kid).unwrap();
        let mut validation = Validation::new(key.algorithm.name().parse().unwrap());
        validation.set_audience(&[AUDIENCE]);
        validation.validate_exp = false;
        let public = DecodingKey::from_jwk(jwk).unwrap();
        assert!(jsonwebtoken::decode::<Value>(token.expose(), &public, &validation).is_ok());
        assert_eq!(jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap(), key.kid);
    }
}

#[test]
fn a_new_key_is_what_was_asked_for_and_shows_nothing_of_its_private_half() {
    for [key, other] in KEYS.iter() {
        let private = private(key);
        for part in private.chunks_exact(8) {
            assert!(!key.sealed_private_key.0.windows(8).any(|window| window == part));
        }
        assert_eq!((key.created_at, key.active_from), (NOW, NOW));
        assert_ne!(key.kid, other.kid);
        let size = match key.algorithm {
            Algorithm::EdDsa => 32,
            Algorithm::Es256 => 65,
            // A sequence of 3072 bits with a zero before them, and 65537.
            Algorithm::Rs256 => 4 + (4 + 1 + 384) + (2 + 3),
        };
        assert_eq!(key.public_key.len(), size);
    }
}

#[tokio::test]
async fn a_key_may_be_made_to_sign_later() {
    let later = NOW.plus(HOUR);
    let key = tokens().generate(Algorithm::Es256, NOW, later).await.unwrap();
    assert_eq!((key.algorithm, key.created_at, key.active_from), (Algorithm::Es256, NOW, later));
}
