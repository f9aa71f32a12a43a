use super::claims::{Claims, Parties, WireClaims};
use super::jwk;
use super::known::{KnownTokens, TokenDigest};
use super::pair::Pair;
use crate::sealing::Seal;
use application::tokens::{AccessClaims, KeyError, TokenFlaw};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use domain::keys::{Algorithm, SigningKey, signer};
use domain::sessions::Token;
use jsonwebtoken::{DecodingKey, Header, Validation};
use serde_json::json;
use std::collections::HashMap;

/// The type of an access token (RFC 9068, section 2.1), so that no other kind of JWT passes for one.
const TYPE: &str = "at+jwt";

/// The keys in use, ready to sign and to verify with.
pub(super) struct Ring {
    keys: Vec<SigningKey>,
    open: HashMap<String, OpenKey>,
    jwks: String,
    /// Those that one of these keys has signed. With other keys comes another ring, and nothing is known.
    known: KnownTokens,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            open: HashMap::new(),
            jwks: jwk::EMPTY_SET.to_owned(),
            known: KnownTokens::default(),
        }
    }
}

impl Ring {
    /// Opens the keys: at least one, and each of them once.
    pub(super) fn open(keys: &[SigningKey], seal: &Seal, parties: &Parties) -> Result<Self, KeyError> {
        let mut open = HashMap::new();
        for key in keys {
            let opened = OpenKey::new(key, seal, parties).ok_or(KeyError::Sealed)?;
            if open.insert(key.kid.clone(), opened).is_some() {
                return Err(KeyError::Broken);
            }
        }
        if open.is_empty() {
            return Err(KeyError::Broken);
        }
        let jwks = jwk::set(keys).ok_or(KeyError::Broken)?;
        Ok(Self { keys: keys.to_vec(), open, jwks, known: KnownTokens::default() })
    }

    /// The key whose time it was at `issued_at`.
    ///
    /// That key may be gone, because it was revoked, or its beginning may lie in the next moment by this replica's
    /// clock. Then it is the first of those that are there, which takes over when one is revoked.
    pub(super) fn signer(&self, issued_at: Timestamp) -> Option<&OpenKey> {
        let first = self.keys.iter().map(|key| key.active_from).min()?;
        self.find(&signer(&self.keys, issued_at.max(first))?.kid)
    }

    /// What a token says that one of these keys has signed, for this service, if it is valid at `now`.
    ///
    /// It is verified once and then known until it is over.
    pub(super) fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFlaw> {
        let digest = TokenDigest::of(token);
        if let Some(claims) = self.known.find(&digest) {
            let answer = claims.at(now);
            if matches!(answer, Err(TokenFlaw::Expired(_))) {
                self.known.remove(&digest);
            }
            return answer;
        }
        let claims = self.read(token).ok_or(TokenFlaw::Unreadable)?;
        let valid = claims.at(now)?;
        self.known.keep(&digest, claims, now);
        Ok(valid)
    }

    fn read(&self, token: &str) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        self.find(header.kid.as_deref()?)?.read(header, token)?.parse()
    }

    fn find(&self, kid: &str) -> Option<&OpenKey> {
        self.open.get(kid)
    }

    /// Those that were verified.
    #[cfg(test)]
    pub(super) const fn known(&self) -> &KnownTokens {
        &self.known
    }

    pub(super) fn jwks(&self) -> &str {
        &self.jwks
    }
}

/// A key whose seal is broken, and everything about it that is the same for each of its tokens.
pub(super) struct OpenKey {
    pair: Pair,
    /// The first part of its tokens, and the dot after it.
    head: String,
    algorithm: jsonwebtoken::Algorithm,
    public: DecodingKey,
    validation: Validation,
}

impl OpenKey {
    /// The key, if its private half was sealed for this key id under our root key and belongs to its public half.
    fn new(key: &SigningKey, seal: &Seal, parties: &Parties) -> Option<Self> {
        let pair = Pair::read(key.algorithm, &seal.open(&key.kid, &key.sealed_private_key.0)?)?;
        if pair.public_key() != key.public_key {
            return None;
        }
        let header = json!({ "typ": TYPE, "alg": key.algorithm.name(), "kid": key.kid }).to_string();
        let (algorithm, public) = match key.algorithm {
            Algorithm::EdDsa => (jsonwebtoken::Algorithm::EdDSA, DecodingKey::from_ed_der(&key.public_key)),
            Algorithm::Es256 => (jsonwebtoken::Algorithm::ES256, DecodingKey::from_ec_der(&key.public_key)),
            Algorithm::Rs256 => (jsonwebtoken::Algorithm::RS256, DecodingKey::from_rsa_der(&key.public_key)),
        };
        let head = URL_SAFE_NO_PAD.encode(header) + ".";
        Some(Self { pair, head, algorithm, public, validation: parties.validation(algorithm) })
    }

    /// A token in its compact form (RFC 7515, section 7.1).
    ///
    /// Written here and not by the library, which would read the private key anew for every token.
    pub(super) fn sign(&self, claims: &WireClaims) -> Option<Token> {
        let mut text = self.head.clone();
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).ok()?, &mut text);
        let signature = self.pair.sign(text.as_bytes())?;
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        Some(Token::new(text))
    }

    /// What a token says, if it has such a header as ours, our signature, and is for us. Its times are not looked at.
    pub(super) fn read(&self, header: Header, token: &str) -> Option<WireClaims> {
        if !self.would_write(header) {
            return None;
        }
        let read = jsonwebtoken::decode::<WireClaims>(token, &self.public, &self.validation).ok()?;
        Some(read.claims)
    }

    /// Whether a header is such as ours: a type, this key's algorithm and id, and nothing more.
    fn would_write(&self, mut header: Header) -> bool {
        let media_type = header.typ.take().unwrap_or_default().to_ascii_lowercase();
        header.kid = None;
        let bare = Header { typ: None, ..Header::new(self.algorithm) };
        // A media type may leave out `application/` (RFC 7515, section 4.1.9).
        header == bare && media_type.strip_prefix("application/").unwrap_or(&media_type) == TYPE
    }
}
