use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::{PublicKey, PublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::keys::{Algorithm, SigningKey};
use serde_json::{Value, json};

/// The set that has no key in it.
pub(crate) const EMPTY_SET: &str = r#"{"keys":[]}"#;

/// What a point begins with that names both of its coordinates (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The members that make a public key what it is, in the order of their names (RFC 7638, section 3.2; RFC 8037, section
/// 2). `None` for bytes that are no key of that algorithm.
fn members(algorithm: Algorithm, public_key: &[u8]) -> Option<Value> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Some(match algorithm {
        Algorithm::EdDsa => json!({ "crv": "Ed25519", "kty": "OKP", "x": text(public_key) }),
        Algorithm::Es256 => {
            let (x, y) = public_key.strip_prefix(&[UNCOMPRESSED])?.split_at_checked(32)?;
            json!({ "crv": "P-256", "kty": "EC", "x": text(x), "y": text(y) })
        }
        Algorithm::Rs256 => {
            let PublicKeyComponents::<Vec<u8>> { n, e } = (&PublicKey::from_der(public_key).ok()?).into();
            json!({ "e": text(&e), "kty": "RSA", "n": text(&n) })
        }
    })
}

/// The thumbprint of a public key: the SHA-256 digest of its canonical JWK (RFC 7638).
pub(crate) fn thumbprint(algorithm: Algorithm, public_key: &[u8]) -> Option<String> {
    let canonical = members(algorithm, public_key)?.to_string();
    Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes())))
}

/// The public halves as a JWK set (RFC 7517, section 5).
pub(super) fn set(keys: &[SigningKey]) -> Option<String> {
    let published = keys.iter().map(|key| published(&key.kid, key.algorithm, &key.public_key));
    Some(written(&published.collect::<Option<Vec<_>>>()?))
}

/// The same for a key that stands alone.
pub(crate) fn set_of_one(kid: &str, algorithm: Algorithm, public_key: &[u8]) -> Option<String> {
    Some(written(&[published(kid, algorithm, public_key)?]))
}

fn published(kid: &str, algorithm: Algorithm, public_key: &[u8]) -> Option<Value> {
    let mut jwk = members(algorithm, public_key)?;
    jwk["kid"] = kid.into();
    jwk["use"] = "sig".into();
    jwk["alg"] = algorithm.name().into();
    Some(jwk)
}

fn written(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::jwk::{Jwk, ThumbprintHash};

    fn decoded(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn the_thumbprint_is_that_of_the_example_in_rfc_8037() {
        let public_key = decoded("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let known = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        assert_eq!(thumbprint(Algorithm::EdDsa, &public_key).unwrap(), known);
    }

    #[test]
    fn the_thumbprint_is_that_of_the_example_in_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX\
                 jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSq\
                 zs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHa\
                 Q-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        // RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }, written by hand for 2048 bits.
        let head = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
        let der = [&head[..], &decoded(n), &[0x02, 0x03, 0x01, 0x00, 0x01]].concat();
        assert_eq!(
            thumbprint(Algorithm::Rs256, &der).unwrap(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn the_thumbprint_of_a_point_is_the_one_that_others_compute() {
        // The key of RFC 7517, appendix A.1.
        let (x, y) =
            ("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM");
        let point = [&[UNCOMPRESSED][..], &decoded(x), &decoded(y)].concat();
        assert_eq!(
            thumbprint(Algorithm::Es256, &point).unwrap(),
            "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"
        );
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let jwk: Jwk = serde_json::from_value(members(Algorithm::Es256, &point).unwrap()).unwrap();
        assert_eq!(
            thumbprint(Algorithm::Es256, &point).unwrap(),
            jwk.thumbprint(ThumbprintHash::SHA256).unwrap()
        );
    }
}
