mod keys;
mod known;
mod payloads;
mod refusals;

use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::access::{Role, Scopes};
use domain::ids::{SessionId, UserId};
use domain::sessions::Generation;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Duration;
use zeroize::Zeroizing;

const ISSUER: &str = "https://accounts.example";
const AUDIENCE: &str = "https://accounts.example/api";
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// Two keys of each algorithm that sign from `NOW` on, because RSA takes its time.
static KEYS: LazyLock<[[SigningKey; 2]; 3]> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    Algorithm::ALL
        .map(|algorithm| [(), ()].map(|()| runtime.block_on(tokens().generate(algorithm, NOW, NOW)).unwrap()))
});

fn secret() -> TokenSecret {
    TokenSecret::of_tests("4")
}

fn tokens() -> SignedTokens {
    SignedTokens::new(ISSUER.to_owned(), AUDIENCE.to_owned(), &secret())
}

fn pair(algorithm: Algorithm) -> [SigningKey; 2] {
    KEYS.iter().find(|pair| pair[0].algorithm == algorithm).unwrap().clone()
}

fn with(keys: &[SigningKey]) -> SignedTokens {
    let tokens = tokens();
    tokens.install(keys).unwrap();
    tokens
}

/// Tokens with one key installed, and that key.
fn ready(algorithm: Algorithm) -> (SignedTokens, SigningKey) {
    let [key, _] = pair(algorithm);
    (with(std::slice::from_ref(&key)), key)
}

fn each() -> [(SignedTokens, SigningKey); 3] {
    Algorithm::ALL.map(ready)
}

fn claims() -> AccessClaims {
    AccessClaims {
        user_id: UserId::new(NOW, &[1; 10]),
        session_id: SessionId::new(NOW, &[2; 10]),
        generation: Generation::from_number(3),
        scopes: Role::Admin.scopes(),
        role: Role::Admin,
        issued_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(10)),
    }
}

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn decoded(token: &str, position: usize) -> Value {
    let part = token.split('.').nth(position).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn kid_of(token: &Token) -> String {
    jsonwebtoken::decode_header(token.expose()).unwrap().kid.unwrap()
}

fn header_of(key: &SigningKey) -> Value {
    json!({ "typ": "at+jwt", "alg": key.algorithm.name(), "kid": key.kid })
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

/// The private half, as only the holder of the root key can see it.
fn private(key: &SigningKey) -> Zeroizing<Vec<u8>> {
    Seal::new(&secret().derive(Purpose::KeyWrapping)).open(&key.kid, &key.sealed_private_key.0).unwrap()
}

/// Signs whatever it is given with our own private key.
fn signed(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let message = format!("{}.{}", part(header), part(payload));
    let signature = Pair::read(key.algorithm, &private(key)).unwrap().sign(message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn a_token_says_what_was_signed() {
    for (tokens, _) in each() {
        let nothing = AccessClaims { scopes: Scopes::NONE, ..claims() };
        let roles = Role::ALL.map(|role| AccessClaims { role, scopes: role.scopes(), ..claims() });
        for claims in roles.into_iter().chain([nothing]) {
            assert_eq!(tokens.verify(tokens.sign(&claims).unwrap().expose(), NOW), Ok(claims));
        }
    }
}

#[test]
fn a_token_has_the_shape_of_rfc_9068_and_names_nobody() {
    for (tokens, key) in each() {
        let token = tokens.sign(&claims()).unwrap();
        assert_eq!(decoded(token.expose(), 0), header_of(&key));
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
            "jti": format!("{}.3", claims().session_id),
        });
        assert_eq!(decoded(token.expose(), 1), expected);
    }
}

/// Case E13. A signature of RSA with 3072 bits alone is half a kilobyte.
#[test]
fn a_token_stays_below_a_kilobyte_and_one_of_rsa_below_two() {
    for (tokens, key) in each() {
        let bound = if key.algorithm == Algorithm::Rs256 { 1536 } else { 1024 };
        let longest = AccessClaims { generation: Generation::from_number(u32::MAX), ..claims() };
        let length = tokens.sign(&longest).unwrap().expose().len();
        assert!(length < bound, "{}: {length}", key.algorithm.name());
    }
}

/// Case E13.
#[test]
fn every_generation_of_every_session_has_a_token_id_of_its_own() {
    let (tokens, _) = ready(Algorithm::EdDsa);
    let mut ids = HashSet::new();
    for session in 0..20 {
        for number in [0, 1, 2, 10, 11, 111, u32::MAX] {
            let (session_id, generation) =
                (SessionId::new(NOW, &[session; 10]), Generation::from_number(number));
            let claims = AccessClaims { session_id, generation, ..claims() };
            let token = tokens.sign(&claims).unwrap();
            assert_eq!(tokens.verify(token.expose(), NOW), Ok(claims));
            assert!(ids.insert(decoded(token.expose(), 1)["jti"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(ids.len(), 140);
}

#[test]
fn the_same_claims_are_the_same_token_also_after_a_restart() {
    for (tokens, key) in each() {
        let first = tokens.sign(&claims()).unwrap();
        let restarted = with(&[key]);
        for again in [tokens.sign(&claims()), restarted.sign(&claims())] {
            assert_eq!(again.unwrap().expose(), first.expose());
        }
        let next = AccessClaims { generation: Generation::from_number(4), ..claims() };
        assert_ne!(tokens.sign(&next).unwrap().expose(), first.expose());
    }
}

#[test]
fn nothing_is_signed_or_verified_before_a_key_is_installed() {
    let (ready, _) = ready(Algorithm::EdDsa);
    let tokens = tokens();
    assert_eq!(tokens.sign(&claims()).unwrap_err(), KeyError::Broken);
    assert_eq!(tokens.verify(ready.sign(&claims()).unwrap().expose(), NOW), Err(TokenFlaw::Unreadable));
    assert_eq!(tokens.jwks(), r#"{"keys":[]}"#);
}
