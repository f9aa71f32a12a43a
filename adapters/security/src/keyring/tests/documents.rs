use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};
use std::collections::HashSet;

const TEXT: &[u8] = br#"{"sequence":7}"#;

/// The three parts of a detached signature; the middle one is empty.
fn parts(signature: &str) -> [&str; 3] {
    signature.split('.').collect::<Vec<_>>().try_into().unwrap()
}

fn header(signature: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts(signature)[0]).unwrap()).unwrap()
}

fn published(keyring: &Keyring) -> JwkSet {
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    serde_json::from_str(&keyring.jwks()).unwrap()
}

#[test]
fn others_verify_a_document_by_the_published_key() {
    let keyring = ready();
    let set = published(&keyring);
    for kind in DocumentKind::ALL {
        for text in [TEXT, b"", "ä".as_bytes(), &[0xff; 300]] {
            let signature = keyring.sign(kind, text);
            let [protected, nothing, signed] = parts(&signature);
            assert_eq!(nothing, "");
            let header = header(&signature);
            let jwk = set.find(header["kid"].as_str().unwrap()).unwrap();
            assert_eq!(header, json!({ "alg": "EdDSA", "kid": jwk.common.key_id, "typ": kind.name() }));
            let key = DecodingKey::from_jwk(jwk).unwrap();
            let message = format!("{protected}.{}", URL_SAFE_NO_PAD.encode(text));
            let verified = jsonwebtoken::crypto::verify(signed, message.as_bytes(), &key, Algorithm::EdDSA);
            assert!(verified.unwrap(), "{kind:?}");
        }
    }
}

#[test]
fn one_key_is_published_and_nothing_secret_with_it() {
    let keyring = ready();
    let set: Value = serde_json::from_str(&keyring.jwks()).unwrap();
    let [jwk] = set["keys"].as_array().unwrap().as_slice() else { panic!("{set}") };
    let mut names: Vec<&str> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
    let known = published(&keyring).keys[0].thumbprint(ThumbprintHash::SHA256).unwrap();
    assert_eq!(jwk["kid"], known);
}

#[test]
fn a_document_passes_for_none_of_another_kind_or_of_another_installation() {
    let (keyring, stranger) = (ready(), ready());
    for kind in DocumentKind::ALL {
        let signature = keyring.sign(kind, TEXT);
        for other in DocumentKind::ALL {
            assert_eq!(keyring.verify(other, TEXT, &signature), other == kind);
        }
        assert!(!stranger.verify(kind, TEXT, &signature));
    }
    let signatures: HashSet<_> = DocumentKind::ALL.map(|kind| keyring.sign(kind, TEXT)).into();
    assert_eq!(signatures.len(), DocumentKind::ALL.len());
}

#[test]
fn the_same_text_has_the_same_signature() {
    let entries = first_entries();
    let sign = || with(&entries).sign(DocumentKind::AuditHead, TEXT);
    assert_eq!(sign(), sign());
}

#[test]
fn no_bit_of_a_text_or_of_its_signature_can_be_changed() {
    let keyring = ready();
    let kind = DocumentKind::ErasureReceipt;
    let signature = keyring.sign(kind, TEXT);
    assert!(damaged(TEXT).all(|changed| !keyring.verify(kind, &changed, &signature)));
    for changed in damaged(signature.as_bytes()) {
        assert!(!keyring.verify(kind, TEXT, &String::from_utf8_lossy(&changed)));
    }
}

/// What other libraries have believed: RFC 8725, sections 2.1 and 3.1, and a header of another shape.
#[test]
fn a_header_that_is_not_ours_is_not_believed_whatever_it_says() {
    let keyring = ready();
    let kind = DocumentKind::ErasureReceipt;
    let signature = keyring.sign(kind, TEXT);
    let [protected, _, signed] = parts(&signature);
    let ours = header(&signature)["kid"].clone();
    let headers = [
        json!({ "alg": "none", "kid": ours, "typ": kind.name() }),
        json!({ "alg": "HS256", "kid": ours, "typ": kind.name() }),
        json!({ "alg": "EdDSA", "kid": "other", "typ": kind.name() }),
        json!({ "alg": "EdDSA", "typ": kind.name() }),
        json!({ "alg": "EdDSA", "kid": ours }),
        json!({ "alg": "EdDSA", "kid": ours, "typ": kind.name(), "crit": ["b64"], "b64": false }),
    ];
    for header in headers {
        let changed = URL_SAFE_NO_PAD.encode(header.to_string());
        assert!(!keyring.verify(kind, TEXT, &format!("{changed}..{signed}")), "{header}");
        assert!(!keyring.verify(kind, TEXT, &format!("{changed}..")), "{header}");
    }
    let attached = format!("{protected}.{}.{signed}", URL_SAFE_NO_PAD.encode(TEXT));
    for wrong in [attached, format!("{signature}="), format!(" {signature}"), String::new(), "..".to_owned()]
    {
        assert!(!keyring.verify(kind, TEXT, &wrong), "{wrong}");
    }
}
