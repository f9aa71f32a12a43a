//! The keyring: the keys of this installation, open for as long as the process runs.
//!
//! Three layers. The root key seals the keyring; a wrapping key of the keyring seals the key of each person; that key seals
//! what is held about them. So a person is erased by forgetting 32 bytes, another root key changes a handful of
//! seals, and no field is ever sealed again for either.
//!
//! Everything sealed is bound to where it belongs: an entry of the keyring to its name and number, a person's key to the
//! person, a field to its purpose, owner and record. Put anywhere else it does not open, and what does not open is
//! never half a text. The keys of people are opened for each use and wiped after it.

mod cipher;
mod documents;
mod opened;
mod root;
#[cfg(test)]
mod tests;

pub use root::RootReplacement;

use crate::access_tokens::jwk::EMPTY_SET;
use crate::derivation::{Key32, Secret, TokenSecret};
use crate::entropy::{or_abort, random};
use crate::octets::first;
use crate::root_key::RootKey;
use application::sealing::{DocumentKind, Documents, Seal, Sealing, SealingError};
use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use cipher::{Cipher, associated};
use domain::Timestamp;
use domain::audit::Link;
use domain::ids::UserId;
use domain::sessions::TokenDigest;
use domain::vault::{BlindIndex, KeyName, KeyringEntry, WrappedKey};
use opened::Opened;
use root::RootSeal;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

/// Keeps the keys of this installation, and seals and signs with them.
///
/// Before a keyring is installed nothing opens and nothing verifies. Whoever seals, links or signs then was wired
/// wrongly, and the process ends, as it does where a primitive fails: what it would make belongs to no key that anybody
/// has.
pub struct Keyring {
    root: RootSeal,
    check: TokenDigest,
    state: RwLock<State>,
}

enum State {
    /// With the secret of the root key, which becomes the `tokens` key of an installation that is older than keyrings.
    Waiting(Secret),
    /// Replaced as a whole, so that sealing and opening never wait for an exchange of keys.
    Open(Arc<Opened>),
}

impl Keyring {
    /// What opens the keyrings that are sealed under that root key. Of the root key itself nothing is kept once a
    /// keyring is installed.
    #[must_use]
    pub fn new(root: &RootKey) -> Self {
        Self {
            root: RootSeal::new(root),
            check: root.key_check(),
            state: RwLock::new(State::Waiting(root.secret())),
        }
    }

    /// What tokens, cookies, forms and the seals of signing keys follow from. Fails before a keyring is installed.
    pub fn tokens(&self) -> Result<TokenSecret, SealingError> {
        let opened = self.if_open().ok_or(SealingError::Incomplete(KeyName::Tokens.name()))?;
        Ok(opened.tokens().clone())
    }

    fn if_open(&self) -> Option<Arc<Opened>> {
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Waiting(_) => None,
            State::Open(opened) => Some(Arc::clone(opened)),
        }
    }

    fn opened(&self) -> Arc<Opened> {
        or_abort(self.if_open().ok_or(Unspecified), "the keyring, used before it was installed")
    }

    /// What tokens followed from before there was a keyring.
    fn earlier_tokens(&self) -> Secret {
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Waiting(root) => root.clone(),
            State::Open(opened) => opened.tokens().secret().clone(),
        }
    }

    fn unwrap(&self, owner: UserId, wrapped: &WrappedKey) -> Result<Key32, SealingError> {
        let opened = self.if_open().ok_or(SealingError::UnknownKey(wrapped.wrapping))?;
        opened.wrapping(wrapped.wrapping)?.unwrap(owner, &wrapped.sealed).ok_or(SealingError::Broken)
    }

    /// The key, sealed under the newest wrapping key.
    fn wrap(&self, owner: UserId, key: &Key32) -> WrappedKey {
        let opened = self.opened();
        let (wrapping, cipher) = opened.current();
        WrappedKey { wrapping, sealed: cipher.wrap(owner, key) }
    }

    fn found_by(&self, parts: &[&[u8]]) -> BlindIndex {
        BlindIndex::new(first(hmac::sign(self.opened().index(), &associated(parts)).as_ref()))
    }
}

impl Sealing for Keyring {
    fn key_check(&self) -> TokenDigest {
        self.check
    }

    fn first_keyring(&self, is_new: bool, now: Timestamp) -> Vec<KeyringEntry> {
        let first = |name| match name {
            KeyName::Tokens if !is_new => {
                let sealed = self.root.seal(name, 1, self.earlier_tokens().key(), &[]);
                KeyringEntry { name, id: 1, sealed, created_at: now }
            }
            _ => self.entry(name, 1, now),
        };
        KeyName::ALL.map(first).into()
    }

    fn entry(&self, name: KeyName, id: u32, now: Timestamp) -> KeyringEntry {
        let key = Key32::random();
        let handover = match (name, self.if_open()) {
            (KeyName::Wrapping, Some(opened)) => root::handed_over(opened.current().1, id, &key),
            _ => Vec::new(),
        };
        KeyringEntry { name, id, sealed: self.root.seal(name, id, &key, &handover), created_at: now }
    }

    fn install(&self, entries: &[KeyringEntry]) -> Result<(), SealingError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let before = match &*state {
            State::Waiting(_) => None,
            State::Open(opened) => Some(opened.as_ref()),
        };
        let opened = Opened::new(entries, &self.root, before)?;
        *state = State::Open(Arc::new(opened));
        Ok(())
    }

    fn new_data_key(&self, owner: UserId) -> (WrappedKey, Arc<dyn Seal>) {
        let key = Key32::random();
        (self.wrap(owner, &key), Arc::new(Cipher::new(key)))
    }

    fn data_key(&self, owner: UserId, wrapped: &WrappedKey) -> Result<Arc<dyn Seal>, SealingError> {
        Ok(Arc::new(Cipher::new(self.unwrap(owner, wrapped)?)))
    }

    fn rewrap(&self, owner: UserId, wrapped: &WrappedKey) -> Result<WrappedKey, SealingError> {
        Ok(self.wrap(owner, &self.unwrap(owner, wrapped)?))
    }

    fn nobody(&self) -> Arc<dyn Seal> {
        self.opened().nobody()
    }

    fn email_index(&self, canonical: &str) -> BlindIndex {
        self.found_by(&[b"xtrem/email/1", canonical.as_bytes()])
    }

    /// An address of IPv4 that is written as one of IPv6 is the same address.
    fn address_index(&self, address: IpAddr) -> BlindIndex {
        match address.to_canonical() {
            IpAddr::V4(address) => self.found_by(&[b"xtrem/address/1", &address.octets()]),
            IpAddr::V6(address) => self.found_by(&[b"xtrem/address/1", &address.octets()]),
        }
    }

    fn link(&self, canonical: &[u8]) -> Link {
        Link::new(first(hmac::sign(self.opened().audit(), canonical).as_ref()))
    }

    fn version(&self) -> [u8; 16] {
        random()
    }

    fn salt(&self) -> [u8; 32] {
        random()
    }

    fn commitment(&self, salt: &[u8; 32], text: &[u8]) -> [u8; 32] {
        let mut context = digest::Context::new(&SHA256);
        context.update(salt);
        context.update(text);
        first(context.finish().as_ref())
    }

    fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        first(digest::digest(&SHA256, bytes).as_ref())
    }
}

impl Documents for Keyring {
    fn sign(&self, kind: DocumentKind, text: &[u8]) -> String {
        self.opened().documents().sign(kind, text)
    }

    fn verify(&self, kind: DocumentKind, text: &[u8], signature: &str) -> bool {
        self.if_open().is_some_and(|opened| opened.documents().verify(kind, text, signature))
    }

    fn jwks(&self) -> String {
        self.if_open().map_or_else(|| EMPTY_SET.to_owned(), |opened| opened.documents().jwks().to_owned())
    }
}
