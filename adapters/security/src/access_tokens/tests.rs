mod refusals;

use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::access::{Role, Scopes};
use domain::ids::{SessionId, UserId};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

const ISSUER: &str = "https://accounts.example";
const AUDIENCE: &str = "https://accounts.example/api";
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn root() -> RootKey {
    RootKey::parse(&"4".repeat(64)).unwrap()
}

fn tokens() -> Ed25519Tokens {
    Ed25519Tokens::new(ISSUER.to_owned(), AUDIENCE.to_owned(), &root())
}

/// Tokens with one key installed, and that key.
fn ready() -> (Ed25519Tokens, SigningKey) {
    let tokens = tokens();
    let key = tokens.generate(NOW).unwrap();
    tokens.install(std::slice::from_ref(&key)).unwrap();
    (tokens, key)
}

fn claims() -> AccessClaims {
    AccessClaims {
        user_id: UserId::new(NOW, &[1; 10]),
        session_id: SessionId::new(NOW, &[2; 10]),
        scopes: Role::Admin.scopes(),
        role: Role::Admin,
        issued_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(10)),
    }
}

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn header_of(key: &SigningKey) -> Value {
    json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": key.kid })
}

fn payload() -> Value {
    serde_json::to_value(WireClaims::new(&tokens().parties, &claims())).unwrap()
}

fn changed(mut object: Value, member: &str, value: Option<Value>) -> Value {
    let members = object.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(member.to_owned(), value),
        None => members.remove(member),
    };
    object
}

/// Signs whatever it is given with our own private key, as only the holder of the root key can.
fn signed(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let seed =
        Seal::new(&root().derive(Purpose::KeyWrapping)).open(&key.kid, &key.sealed_private_key.0).unwrap();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let message = format!("{}.{}", part(header), part(payload));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

#[test]
fn a_token_says_what_was_signed() {
    let (tokens, _) = ready();
    for role in Role::ALL {
        let claims = AccessClaims { role, scopes: role.scopes(), ..claims() };
        assert_eq!(tokens.verify(tokens.sign(&claims).unwrap().expose(), NOW), Some(claims));
    }
    let nothing = AccessClaims { scopes: Scopes::NONE, ..claims() };
    assert_eq!(tokens.verify(tokens.sign(&nothing).unwrap().expose(), NOW), Some(nothing));
}

#[test]
fn a_token_has_the_shape_of_rfc_9068_and_names_nobody() {
    let (tokens, key) = ready();
    let token = tokens.sign(&claims()).unwrap();
    let parts: Vec<_> = token.expose().split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let header: Value = serde_json::from_slice(&parts[0]).unwrap();
    let payload: Value = serde_json::from_slice(&parts[1]).unwrap();
    assert_eq!(header, header_of(&key));
    let expected = json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": claims().user_id.to_string(),
        "sid": claims().session_id.to_string(),
        "scope": claims().scopes.to_string(),
        "role": "admin",
        "client_id": "xtrem",
        "iat": 1_700_000_000,
        "exp": 1_700_000_600,
        "jti": payload["jti"],
    });
    assert_eq!(payload, expected);
    assert!(token.expose().len() < 1024, "case E13");
}

/// Case E13.
#[test]
fn no_two_tokens_are_alike() {
    let (tokens, _) = ready();
    let made: HashSet<_> = (0..100).map(|_| tokens.sign(&claims()).unwrap().expose().to_owned()).collect();
    assert_eq!(made.len(), 100);
}

/// Case E9.
#[test]
fn a_retired_key_signs_no_more_but_still_verifies() {
    let (tokens, old) = ready();
    let before = tokens.sign(&claims()).unwrap();
    let new = tokens.generate(NOW).unwrap();
    let retired = SigningKey { state: KeyState::Retired, ..old };
    tokens.install(&[retired, new.clone()]).unwrap();
    let after = tokens.sign(&claims()).unwrap();
    assert_eq!(jsonwebtoken::decode_header(after.expose()).unwrap().kid, Some(new.kid.clone()));
    for token in [&before, &after] {
        assert_eq!(tokens.verify(token.expose(), NOW), Some(claims()));
    }
    tokens.install(&[new]).unwrap();
    assert_eq!(tokens.verify(before.expose(), NOW), None);
}

#[test]
fn nothing_is_signed_or_verified_before_a_key_is_installed() {
    let (ready, _) = ready();
    let tokens = tokens();
    assert_eq!(tokens.sign(&claims()).unwrap_err(), KeyError::Broken);
    assert_eq!(tokens.verify(ready.sign(&claims()).unwrap().expose(), NOW), None);
    assert_eq!(tokens.jwks(), r#"{"keys":[]}"#);
}

#[test]
fn a_key_is_used_only_as_it_was_made_and_under_its_root_key() {
    let (tokens, key) = ready();
    let other = tokens.generate(NOW).unwrap();
    let strange_root = RootKey::parse(&"5".repeat(64)).unwrap();
    let stranger = Ed25519Tokens::new(ISSUER.to_owned(), AUDIENCE.to_owned(), &strange_root);
    assert_eq!(stranger.install(std::slice::from_ref(&key)), Err(KeyError::Sealed));
    let forged = [
        SigningKey { kid: other.kid.clone(), ..key.clone() },
        SigningKey { public_key: other.public_key.clone(), ..key.clone() },
        SigningKey { sealed_private_key: other.sealed_private_key.clone(), ..key.clone() },
        SigningKey { sealed_private_key: SealedKey(Vec::new()), ..key.clone() },
    ];
    for forged in forged {
        let retired = SigningKey { state: KeyState::Retired, ..forged.clone() };
        assert_eq!(tokens.install(&[forged]), Err(KeyError::Sealed));
        assert_eq!(tokens.install(&[key.clone(), retired]), Err(KeyError::Sealed));
    }
    assert!(tokens.sign(&claims()).is_ok(), "the keys from before are still in use");
}

#[test]
fn there_is_exactly_one_current_key() {
    let (tokens, key) = ready();
    let other = tokens.generate(NOW).unwrap();
    let retired = SigningKey { state: KeyState::Retired, ..key.clone() };
    for keys in [vec![], vec![retired], vec![key, other]] {
        assert_eq!(tokens.install(&keys), Err(KeyError::Broken));
    }
}

/// Case E11.
#[test]
fn the_published_keys_are_public_and_enough_to_verify_with() {
    let (tokens, key) = ready();
    let other = tokens.generate(NOW).unwrap();
    tokens.install(&[SigningKey { state: KeyState::Retired, ..other.clone() }, key.clone()]).unwrap();
    let set: Value = serde_json::from_str(&tokens.jwks()).unwrap();
    let published = |key: &SigningKey| {
        let x = URL_SAFE_NO_PAD.encode(&key.public_key);
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": x })
    };
    assert_eq!(set, json!({ "keys": [published(&other), published(&key)] }));

    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(set).unwrap();
    let public = jsonwebtoken::DecodingKey::from_jwk(keys.find(&key.kid).unwrap()).unwrap();
    let mut validation = Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    let token = tokens.sign(&claims()).unwrap();
    assert!(jsonwebtoken::decode::<Value>(token.expose(), &public, &validation).is_ok());
}

#[test]
fn a_new_key_shows_nothing_of_its_private_half() {
    let key = tokens().generate(NOW).unwrap();
    let seed =
        Seal::new(&root().derive(Purpose::KeyWrapping)).open(&key.kid, &key.sealed_private_key.0).unwrap();
    assert!(!key.sealed_private_key.0.windows(8).any(|window| window == &seed[..8]));
    assert_eq!((key.state, key.created_at, key.public_key.len()), (KeyState::Current, NOW, 32));
}
