//! Public keys, and an application that verifies access tokens with nothing else.

use crate::{Client, Failure, Outcome};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::Value;

/// A set of public keys (RFC 7517), as it was fetched at some moment.
#[derive(Clone, Debug)]
pub struct Jwks(Vec<Value>);

impl Jwks {
    /// Fetches what the service publishes now.
    pub async fn fetch(client: &Client) -> Outcome<Self> {
        Self::of(&client.get("/.well-known/jwks.json").await?.expect(200)?.json()?)
    }

    /// Reads a set.
    pub fn of(set: &Value) -> Outcome<Self> {
        let keys = set["keys"].as_array().ok_or("a key set has keys")?;
        Ok(Self(keys.clone()))
    }

    /// How many keys there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ids of the keys.
    #[must_use]
    pub fn kids(&self) -> Vec<String> {
        self.0.iter().filter_map(|key| key["kid"].as_str().map(str::to_owned)).collect()
    }

    /// Verifies the signature of a token with the key that its header names, by the algorithm of that key.
    pub fn verify(&self, token: &str) -> Outcome {
        let (signed, signature) = token.rsplit_once('.').ok_or("a token has three parts")?;
        let kid = kid(token)?;
        let key = self.0.iter().find(|key| key["kid"] == kid.as_str());
        let key = key.ok_or_else(|| Failure::from(format!("no key {kid} was published")))?;
        let signature = BASE64.decode(signature)?;
        let refused = |_| Failure::from(format!("the signature does not belong to the key {kid}"));
        match key["alg"].as_str() {
            Some("EdDSA") => UnparsedPublicKey::new(&signature::ED25519, part(key, "x")?)
                .verify(signed.as_bytes(), &signature)
                .map_err(refused),
            Some("ES256") => {
                // SEC 1, section 2.3.3.
                let point = [vec![4], part(key, "x")?, part(key, "y")?].concat();
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed.as_bytes(), &signature)
                    .map_err(refused)
            }
            Some("RS256") => PublicKeyComponents { n: part(key, "n")?, e: part(key, "e")? }
                .verify(&signature::RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
                .map_err(refused),
            other => Err(format!("{other:?} is no algorithm of ours").into()),
        }
    }
}

impl Jwks {
    /// What a document says whose signature stands beside it: a detached JWS over its canonical form (RFC 8785; RFC 7515,
    /// appendix F).
    pub fn verify_document(&self, document: &str, kind: &str) -> Outcome<Value> {
        let mut document: Value = serde_json::from_str(document)?;
        document.sort_all_objects();
        let (data, signature) = (&document["data"], document["signature"].as_str().unwrap_or_default());
        let (header, signature) = signature.split_once("..").ok_or("the signature is not detached")?;
        let told: Value = serde_json::from_slice(&BASE64.decode(header)?)?;
        if told["typ"] != kind || told["alg"] != "EdDSA" {
            return Err(format!("this is no {kind}: {told}").into());
        }
        // What is signed has no numbers but whole ones and no names but ASCII, so that sorted members without
        // white space are the canonical form.
        self.verify(&format!("{header}.{}.{signature}", BASE64.encode(data.to_string())))?;
        Ok(data.clone())
    }
}

fn part(key: &Value, name: &str) -> Outcome<Vec<u8>> {
    Ok(BASE64.decode(key[name].as_str().ok_or_else(|| format!("the key has no {name}"))?)?)
}

/// The id of the key with which a token says it was signed.
pub fn kid(token: &str) -> Outcome<String> {
    let header = token.split('.').next().unwrap_or_default();
    let header: Value = serde_json::from_slice(&BASE64.decode(header)?)?;
    Ok(header["kid"].as_str().ok_or("the header names no key")?.to_owned())
}
