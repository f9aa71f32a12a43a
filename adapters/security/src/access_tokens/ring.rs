use crate::sealing::Seal;
use application::tokens::KeyError;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::keys::{KeyState, SigningKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::json;
use std::collections::HashMap;

/// The keys in use, ready to sign and to verify with.
pub(super) struct Ring {
    current: Option<Current>,
    public: HashMap<String, DecodingKey>,
    jwks: String,
}

/// The key that signs.
pub(super) struct Current {
    pub(super) kid: String,
    pub(super) private: EncodingKey,
}

impl Default for Ring {
    fn default() -> Self {
        Self { current: None, public: HashMap::new(), jwks: key_set([]) }
    }
}

impl Ring {
    /// Opens the keys. There has to be exactly one current one among them.
    pub(super) fn open(keys: &[SigningKey], seal: &Seal) -> Result<Self, KeyError> {
        let mut ring = Self { jwks: key_set(keys), ..Self::default() };
        for key in keys {
            let pair = unseal(key, seal).ok_or(KeyError::Sealed)?;
            ring.public.insert(key.kid.clone(), DecodingKey::from_ed_der(&key.public_key));
            if key.state == KeyState::Current {
                // Version 1 of PKCS #8 (RFC 5208): 48 bytes, without the public half.
                let private = pair.to_pkcs8v1().map_err(|_| KeyError::Broken)?;
                let current =
                    Current { kid: key.kid.clone(), private: EncodingKey::from_ed_der(private.as_ref()) };
                if ring.current.replace(current).is_some() {
                    return Err(KeyError::Broken);
                }
            }
        }
        if ring.current.is_some() { Ok(ring) } else { Err(KeyError::Broken) }
    }

    pub(super) const fn current(&self) -> Option<&Current> {
        self.current.as_ref()
    }

    pub(super) fn public(&self, kid: &str) -> Option<&DecodingKey> {
        self.public.get(kid)
    }

    pub(super) fn jwks(&self) -> &str {
        &self.jwks
    }
}

/// The pair, if its private half was sealed for this key id under our root key and belongs to its public half.
fn unseal(key: &SigningKey, seal: &Seal) -> Option<Ed25519KeyPair> {
    let seed = seal.open(&key.kid, &key.sealed_private_key.0)?;
    Ed25519KeyPair::from_seed_and_public_key(&seed, &key.public_key).ok()
}

/// A JWK set (RFC 7517, section 5) of public halves (RFC 8037, section 2).
fn key_set<'a>(keys: impl IntoIterator<Item = &'a SigningKey>) -> String {
    let public = |key: &SigningKey| {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "x": URL_SAFE_NO_PAD.encode(&key.public_key),
            "kid": key.kid,
            "use": "sig",
            "alg": key.algorithm.name(),
        })
    };
    json!({ "keys": keys.into_iter().map(public).collect::<Vec<_>>() }).to_string()
}

/// The thumbprint of a public key: the SHA-256 digest of its canonical JWK (RFC 7638; RFC 8037, appendix A.3).
pub(super) fn thumbprint(public_key: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public_key);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_example_in_rfc_8037() {
        let public_key = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(&public_key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
