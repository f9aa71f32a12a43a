use super::cipher::{Cipher, SEALED_KEY};
use crate::derivation::{Key32, Purpose};
use crate::root_key::RootKey;
use application::sealing::{RootChange, SealingError};
use domain::sessions::TokenDigest;
use domain::vault::{KeyName, KeyringEntry};

/// Seals the keyring: all that is left of a root key once it was read.
pub(super) struct RootSeal(Cipher);

impl RootSeal {
    pub(super) fn new(root: &RootKey) -> Self {
        Self(Cipher::new(root.derive(Purpose::Keyring)))
    }

    /// Seals a key as an entry; what stands behind the seal can't be changed without breaking it.
    pub(super) fn seal(&self, name: KeyName, id: u32, key: &Key32, behind: &[u8]) -> Vec<u8> {
        let sealed = self.0.seal_for(&entry_of(name, &id.to_be_bytes(), behind), key.as_bytes());
        [sealed.as_slice(), behind].concat()
    }

    /// The key of an entry. One that was damaged looks like one of another root key: neither opens.
    pub(super) fn open(&self, entry: &KeyringEntry) -> Result<Key32, SealingError> {
        let (sealed, behind) = halves(entry);
        let id = entry.id.to_be_bytes();
        self.0.open_key(&entry_of(entry.name, &id, behind), sealed).ok_or(SealingError::ForeignRoot)
    }
}

/// A wrapping key, sealed under the one before it: so it is handed over to processes that began under an earlier root key.
/// It stands behind the seal of the root key until the rotation is finished, and goes with the key under which it is.
pub(super) fn handed_over(before: &Cipher, id: u32, key: &Key32) -> Vec<u8> {
    before.seal_for(&handover_of(&id.to_be_bytes()), key.as_bytes())
}

/// The wrapping key of an entry that was handed over under that key.
pub(super) fn taken_over(before: &Cipher, entry: &KeyringEntry) -> Option<Key32> {
    before.open_key(&handover_of(&entry.id.to_be_bytes()), halves(entry).1)
}

/// The seal of the root key, and what stands behind it.
fn halves(entry: &KeyringEntry) -> (&[u8], &[u8]) {
    entry.sealed.split_at_checked(SEALED_KEY).unwrap_or((&entry.sealed, &[]))
}

fn handover_of(id: &[u8; 4]) -> [&[u8]; 2] {
    [b"xtrem/handover/1", id]
}

fn entry_of<'p>(name: KeyName, id: &'p [u8; 4], behind: &'p [u8]) -> Vec<&'p [u8]> {
    let parts: [&[u8]; 4] = [b"xtrem/keyring/1", name.name().as_bytes(), id, behind];
    // An entry with nothing behind it is bound to what it always was.
    parts.into_iter().take(if behind.is_empty() { 3 } else { 4 }).collect()
}

/// The way of a keyring from one root key to another.
///
/// It may be gone in as many steps as one likes: what is under the new key already stays as it is, so that whoever was
/// interrupted begins again.
pub struct RootReplacement {
    old: RootSeal,
    new: RootSeal,
    check: TokenDigest,
}

impl RootReplacement {
    /// From the old root key to the new one. Neither is needed any longer after that.
    #[must_use]
    pub fn new(old: &RootKey, new: &RootKey) -> Self {
        Self { old: RootSeal::new(old), new: RootSeal::new(new), check: new.key_check() }
    }
}

impl RootChange for RootReplacement {
    fn key_check(&self) -> TokenDigest {
        self.check
    }

    fn reseal(&self, entry: &KeyringEntry) -> Result<KeyringEntry, SealingError> {
        let opened = self.new.open(entry);
        if opened.is_ok() && halves(entry).1.is_empty() {
            return Ok(entry.clone());
        }
        let key = opened.or_else(|_| self.old.open(entry))?;
        Ok(KeyringEntry { sealed: self.new.seal(entry.name, entry.id, &key, &[]), ..entry.clone() })
    }
}
