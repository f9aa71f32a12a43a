//! Access tokens that nobody issued.

use crate::{Failure, Outcome};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

/// The parts of a real token, to be put together differently.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    /// The signature, as it stands.
    pub signature: String,
}

impl Parts {
    /// Takes a real token apart.
    pub fn of(token: &str) -> Outcome<Self> {
        let mut parts = token.split('.');
        let mut next = || parts.next().ok_or("a token has three parts");
        let (header, claims, signature) = (next()?, next()?, next()?.to_owned());
        Ok(Self { header: decode(header)?, claims: decode(claims)?, signature })
    }

    /// Header and claims, ready to be signed.
    #[must_use]
    pub fn unsigned(&self) -> String {
        format!("{}.{}", encode(&self.header), encode(&self.claims))
    }

    /// With the signature of the real token.
    #[must_use]
    pub fn keeping_the_signature(&self) -> String {
        format!("{}.{}", self.unsigned(), self.signature)
    }

    /// With no signature.
    #[must_use]
    pub fn without_signature(&self) -> String {
        format!("{}.", self.unsigned())
    }

    /// Signed with HS256, as if those bytes were a shared secret (RFC 8725, section 2.1).
    #[must_use]
    pub fn signed_with_secret(&self, secret: &[u8]) -> String {
        let unsigned = self.unsigned();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), unsigned.as_bytes());
        format!("{unsigned}.{}", BASE64.encode(tag))
    }

    /// Signed properly, with a key of the forger's own that the header brings along.
    pub fn signed_by_a_stranger(&self) -> Outcome<String> {
        let document = Ed25519KeyPair::generate_pkcs8(&rand::SystemRandom::new())?;
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref())?;
        let mut forged = self.clone();
        forged.header["jwk"] =
            json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(pair.public_key().as_ref())});
        let unsigned = forged.unsigned();
        Ok(format!("{unsigned}.{}", BASE64.encode(pair.sign(unsigned.as_bytes()))))
    }
}

/// The public key of a JWKS, in each of the forms in which a forger could take it for a secret.
pub fn public_key_forms(jwks: &Value) -> Outcome<Vec<Vec<u8>>> {
    let jwk = &jwks["keys"][0];
    let raw = BASE64.decode(jwk["x"].as_str().ok_or("the key has no x")?)?;
    // RFC 8410, section 4: the fixed head of an Ed25519 public key in DER.
    let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    der.extend_from_slice(&raw);
    let body = base64::engine::general_purpose::STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
    Ok(vec![raw, der, pem.into_bytes(), jwk.to_string().into_bytes()])
}

fn decode(part: &str) -> Result<Value, Failure> {
    Ok(serde_json::from_slice(&BASE64.decode(part)?)?)
}

fn encode(part: &Value) -> String {
    BASE64.encode(part.to_string())
}
