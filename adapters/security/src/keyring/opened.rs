use super::cipher::Cipher;
use super::documents::Signer;
use super::root::{RootSeal, taken_over};
use crate::derivation::{Key32, Secret, TokenSecret};
use application::sealing::SealingError;
use aws_lc_rs::hmac;
use domain::vault::{KeyName, KeyringEntry};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The keys of a keyring, each in the form in which it works.
pub(super) struct Opened {
    /// All that are known, also those that have gone from the keyring.
    wrapping: BTreeMap<u32, Arc<Cipher>>,
    /// The newest that stands in the keyring.
    current: Installed<Cipher>,
    index: Installed<hmac::Key>,
    audit: Installed<hmac::Key>,
    documents: Installed<Signer>,
    nobody: Installed<Cipher>,
    tokens: Installed<TokenSecret>,
}

/// A key of which there is one, and its number.
struct Installed<T> {
    id: u32,
    key: Arc<T>,
}

impl Opened {
    /// Opens what was not open before.
    pub(super) fn new(
        entries: &[KeyringEntry],
        root: &RootSeal,
        before: Option<&Self>,
    ) -> Result<Self, SealingError> {
        let mut wrapping = before.map(|before| before.wrapping.clone()).unwrap_or_default();
        for entry in entries.iter().filter(|entry| entry.name == KeyName::Wrapping) {
            if wrapping.contains_key(&entry.id) {
                continue;
            }
            let handed_over = || wrapping.values().find_map(|before| taken_over(before, entry));
            let key = root.open(entry).or_else(|foreign| handed_over().ok_or(foreign))?;
            wrapping.insert(entry.id, Arc::new(Cipher::new(key)));
        }
        let opener = Opener { entries, root };
        let id = opener.newest(KeyName::Wrapping)?.id;
        let key = wrapping.get(&id).cloned().ok_or(SealingError::UnknownKey(id))?;
        let hmac_key = |key: Key32| Some(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()));
        Ok(Self {
            wrapping,
            current: Installed { id, key },
            index: opener.one(KeyName::Index, before.map(|before| &before.index), hmac_key)?,
            audit: opener.one(KeyName::Audit, before.map(|before| &before.audit), hmac_key)?,
            documents: opener
                .one(KeyName::Documents, before.map(|before| &before.documents), |seed| Signer::new(&seed))?,
            nobody: opener
                .one(KeyName::Nobody, before.map(|before| &before.nobody), |key| Some(Cipher::new(key)))?,
            tokens: opener.one(KeyName::Tokens, before.map(|before| &before.tokens), |key| {
                Some(TokenSecret::new(Secret::new(key)))
            })?,
        })
    }

    /// The wrapping key with that number.
    pub(super) fn wrapping(&self, id: u32) -> Result<&Cipher, SealingError> {
        self.wrapping.get(&id).map(AsRef::as_ref).ok_or(SealingError::UnknownKey(id))
    }

    /// The wrapping key that new keys are sealed under, and its number.
    pub(super) fn current(&self) -> (u32, &Cipher) {
        (self.current.id, &self.current.key)
    }

    pub(super) fn index(&self) -> &hmac::Key {
        &self.index.key
    }

    pub(super) fn audit(&self) -> &hmac::Key {
        &self.audit.key
    }

    pub(super) fn documents(&self) -> &Signer {
        &self.documents.key
    }

    pub(super) fn nobody(&self) -> Arc<Cipher> {
        Arc::clone(&self.nobody.key)
    }

    pub(super) fn tokens(&self) -> &TokenSecret {
        &self.tokens.key
    }
}

struct Opener<'a> {
    entries: &'a [KeyringEntry],
    root: &'a RootSeal,
}

impl Opener<'_> {
    fn newest(&self, name: KeyName) -> Result<&KeyringEntry, SealingError> {
        let named = self.entries.iter().filter(|entry| entry.name == name);
        named.max_by_key(|entry| entry.id).ok_or(SealingError::Incomplete(name.name()))
    }

    fn one<T>(
        &self,
        name: KeyName,
        before: Option<&Installed<T>>,
        make: impl FnOnce(Key32) -> Option<T>,
    ) -> Result<Installed<T>, SealingError> {
        let entry = self.newest(name)?;
        let known = before.filter(|before| before.id == entry.id).map(|before| Arc::clone(&before.key));
        let key = match known {
            Some(key) => key,
            None => Arc::new(make(self.root.open(entry)?).ok_or(SealingError::Broken)?),
        };
        Ok(Installed { id: entry.id, key })
    }
}
