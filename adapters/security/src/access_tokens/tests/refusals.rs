use super::*;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PSS_SHA256, RsaKeyPair,
};
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

#[track_caller]
fn refused(tokens: &SignedTokens, token: &str, why: &str) {
    assert_eq!(tokens.verify(token, NOW), Err(TokenFlaw::Unreadable), "{why}");
}

/// Case E1.
#[test]
fn an_unsigned_token_is_refused_however_it_spells_none() {
    for (tokens, key) in each() {
        let signature = tokens.sign(&claims()).unwrap().expose().rsplit_once('.').unwrap().1.to_owned();
        for name in [Some("none"), Some("None"), Some("nOnE"), Some("NONE"), Some(""), None] {
            let header = changed(header_of(&key), "alg", name.map(Value::from));
            let message = format!("{}.{}", part(&header), part(&payload()));
            for token in [format!("{message}."), message.clone(), format!("{message}.{signature}")] {
                refused(&tokens, &token, name.unwrap_or("missing"));
            }
            refused(&tokens, &signed(&key, &header, &payload()), name.unwrap_or("missing"));
        }
        let unsigned = format!("{}.{}.", part(&header_of(&key)), part(&payload()));
        refused(&tokens, &unsigned, "no signature");
    }
}

/// The public half as others have it in their files (RFC 5280, section 4.1.2.7).
fn document(key: &SigningKey) -> Vec<u8> {
    let private = private(key);
    let document: PublicKeyX509Der<'_> = match key.algorithm {
        Algorithm::EdDsa => Ed25519KeyPair::from_seed_unchecked(&private).unwrap().public_key().as_der(),
        Algorithm::Es256 => {
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &private, &key.public_key);
            pair.unwrap().public_key().as_der()
        }
        Algorithm::Rs256 => RsaKeyPair::from_pkcs8(&private).unwrap().public_key().as_der(),
    }
    .unwrap();
    document.as_ref().to_vec()
}

/// Case E2.
#[test]
fn our_public_key_is_no_shared_secret() {
    for (tokens, key) in each() {
        let der = document(&key);
        let pem =
            format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
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
        let names =
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)];
        for (name, algorithm) in names {
            let header = changed(header_of(&key), "alg", Some(name.into()));
            let message = format!("{}.{}", part(&header), part(&payload()));
            for secret in &secrets {
                let seal = hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes());
                refused(&tokens, &format!("{message}.{}", URL_SAFE_NO_PAD.encode(seal)), name);
            }
        }
    }
}

#[test]
fn no_other_algorithm_is_taken_from_the_header() {
    let names = [
        "EdDSA", "ES256", "RS256", "PS256", "RS384", "RS512", "ES384", "ES512", "ES256K", "Ed25519", "eddsa",
        "es256", "rs256",
    ];
    for (tokens, key) in each() {
        for name in names.into_iter().filter(|name| *name != key.algorithm.name()) {
            let header = changed(header_of(&key), "alg", Some(name.into()));
            refused(&tokens, &signed(&key, &header, &payload()), name);
        }
    }
}

/// RFC 8725, section 3.1: a key is used with one algorithm, which is its own.
#[test]
fn a_key_id_cannot_be_swapped_for_that_of_another_algorithm() {
    let keys = Algorithm::ALL.map(|algorithm| pair(algorithm)[0].clone());
    let tokens = with(&keys);
    for signer in &keys {
        for named in &keys {
            for algorithm in Algorithm::ALL {
                let header = changed(header_of(named), "alg", Some(algorithm.name().into()));
                let token = signed(signer, &header, &payload());
                if signer.kid == named.kid && algorithm == named.algorithm {
                    assert_eq!(tokens.verify(&token, NOW), Ok(claims()));
                } else {
                    refused(&tokens, &token, &header.to_string());
                }
            }
        }
    }
}

/// Signatures that some verifiers have taken: zeros and the curve's order for ECDSA (CVE-2022-21449), ASN.1 in place
/// of the fixed form (RFC 7518, section 3.4), the other padding of RSA.
#[test]
fn a_signature_of_another_form_is_refused() {
    let token_of = |key: &SigningKey, header: &Value, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        let message = format!("{}.{}", part(header), part(&payload()));
        assert_eq!(*header, changed(header_of(key), "alg", Some(header["alg"].clone())));
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(sign(message.as_bytes())))
    };
    for (tokens, key) in each() {
        for length in [0, 1, 63, 64, 65, 128, 383, 384, 385] {
            for byte in [0, 1, 0xff] {
                let token = token_of(&key, &header_of(&key), &|_| vec![byte; length]);
                refused(&tokens, &token, &format!("{length} times {byte}"));
            }
        }
    }
    let (tokens, key) = ready(Algorithm::Es256);
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let ecdsa = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &private(&key), &key.public_key);
    let ecdsa = ecdsa.unwrap();
    let asn1 = |message: &[u8]| ecdsa.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
    refused(&tokens, &token_of(&key, &header_of(&key), &asn1), "ASN.1");

    let (tokens, key) = ready(Algorithm::Rs256);
    let rsa = RsaKeyPair::from_pkcs8(&private(&key)).unwrap();
    let pss = |message: &[u8]| {
        let mut signature = vec![0; 384];
        rsa.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    };
    for name in ["RS256", "PS256"] {
        let header = changed(header_of(&key), "alg", Some(name.into()));
        refused(&tokens, &token_of(&key, &header, &pss), name);
    }
}

#[test]
fn every_changed_character_is_noticed() {
    for (tokens, _) in each() {
        let token = tokens.sign(&claims()).unwrap();
        let text = token.expose();
        for (position, character) in text.char_indices() {
            let other = if character == 'A' { 'B' } else { 'A' };
            let changed = format!("{}{other}{}", &text[..position], &text[position + 1..]);
            refused(&tokens, &changed, &format!("character {position}"));
        }
        for end in 0..text.len() {
            refused(&tokens, &text[..end], &format!("cut at {end}"));
        }
    }
}

#[test]
fn somebody_elses_signature_under_our_key_id_is_refused() {
    for algorithm in Algorithm::ALL {
        let (tokens, key) = ready(algorithm);
        let [_, stranger] = pair(algorithm);
        refused(&tokens, &signed(&stranger, &header_of(&key), &payload()), "our key id");
        refused(&tokens, &signed(&stranger, &header_of(&stranger), &payload()), "an unknown key id");
    }
}

/// Cases E4 and E6: an ID token says `JWT`, a log-out token `logout+jwt`.
#[test]
fn a_header_that_is_not_such_as_ours_is_refused_even_when_our_key_has_signed_it() {
    for (tokens, key) in each() {
        let set: Value = serde_json::from_str(&tokens.jwks()).unwrap();
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
            ("jwk", Some(set["keys"][0].clone())),
            ("jku", Some("https://evil.example/keys".into())),
            ("x5u", Some("https://evil.example/certificate".into())),
            ("x5c", Some(json!(["MIIB"]))),
            ("b64", Some(false.into())),
            ("zip", Some("DEF".into())),
            ("cty", Some("JWT".into())),
        ];
        for (member, value) in wrong {
            let header = changed(header_of(&key), member, value);
            refused(&tokens, &signed(&key, &header, &payload()), &header.to_string());
        }
    }
}

#[test]
fn the_type_may_be_spelt_as_a_whole_media_type() {
    for (tokens, key) in each() {
        for kind in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            let header = changed(header_of(&key), "typ", Some(kind.into()));
            assert_eq!(tokens.verify(&signed(&key, &header, &payload()), NOW), Ok(claims()), "{kind}");
        }
    }
}

static ALL: LazyLock<SignedTokens> =
    LazyLock::new(|| with(&Algorithm::ALL.map(|algorithm| pair(algorithm)[0].clone())));

proptest! {
    #[test]
    fn no_text_makes_it_stumble_or_is_believed(text in any::<String>(), parts in "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,90}") {
        let mut texts = vec![text.clone(), parts.clone()];
        for [key, _] in KEYS.iter() {
            let header = part(&header_of(key));
            texts.extend([format!("{header}.{text}"), format!("{header}.{parts}")]);
        }
        for text in texts {
            prop_assert_eq!(ALL.verify(&text, NOW), Err(TokenFlaw::Unreadable));
        }
    }
}
