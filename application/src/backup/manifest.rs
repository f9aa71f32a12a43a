//! What a backup consists of: signed, and checked before anything else is.

use super::{FileFacts, Half, HalfFile, Keeper};
use crate::audit::{hexadecimal, moment};
use crate::document::Document;
use crate::sealing::{DocumentKind, Documents, Sealing, SealingError};
use crate::strict;
use domain::Timestamp;
use domain::audit::{Head, Link, Sequence};
use domain::ids::InstanceId;
use domain::sessions::TokenDigest;
use domain::vault::{KeyName, KeyringEntry};
use serde_json::{Value, json};

/// Which form of manifest this program writes, and reads.
const FORMAT: i64 = 1;

/// What a backup consists of.
///
/// The keyring stands in it as it stands in the main database, sealed under the root key: so that whoever has that key can
/// check the signature before a single file was opened. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Of which installation.
    pub instance: InstanceId,
    /// When it was begun: everything that was acknowledged before is in it.
    pub begun_at: Timestamp,
    /// What tells the root key that it needs from another.
    pub key_check: TokenDigest,
    /// The keys of the installation, sealed under that root key.
    pub keyring: Vec<KeyringEntry>,
    /// The end of the audit trail when it was begun.
    pub head: Head,
    /// To whom it is encrypted, if to anybody.
    pub recipient: Option<String>,
    /// The main half.
    pub main: HalfFacts,
    /// The vault.
    pub vault: HalfFacts,
}

/// What a half consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfFacts {
    /// What keeps it.
    pub keeper: Keeper,
    /// How many migrations were done on it.
    pub migrations: i64,
    /// When it was copied: nothing in it is missing that was written before.
    pub copied_at: Timestamp,
    /// Its file.
    pub file: FileFacts,
}

/// Why a manifest was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is no manifest.
    #[error("its manifest can't be read: it was damaged, or is not one of Xtrem")]
    Unreadable,
    /// A newer program has written it.
    #[error(
        "its manifest has form {0}, and this version of Xtrem knows only {FORMAT}: use the version that made it"
    )]
    OtherForm(i64),
    /// It was made under another root key.
    #[error(
        "it was made under another root key ({theirs}…) than the one that is configured here ({ours}…): put the right \
         one into its place, or name it with keys.root_key_file"
    )]
    ForeignRootKey {
        /// The beginning of its key check.
        theirs: String,
        /// The beginning of ours.
        ours: String,
    },
    /// Its signature does not hold.
    #[error("its manifest was changed, or not written by this installation: the signature does not hold")]
    Forged,
    /// The halves don't fit.
    #[error("its vault was copied before its main database, and may lack what that points to")]
    Reversed,
    /// The keyring in it does not open.
    #[error("the keys in its manifest can't be used")]
    Sealing(#[from] SealingError),
}

impl Manifest {
    /// The facts of a half.
    #[must_use]
    pub const fn half(&self, half: Half) -> &HalfFacts {
        match half {
            Half::Main => &self.main,
            Half::Vault => &self.vault,
        }
    }

    /// The file of a half.
    #[must_use]
    pub const fn file(&self, half: Half) -> HalfFile {
        let HalfFacts { keeper, file: facts, .. } = *self.half(half);
        HalfFile { keeper, is_encrypted: self.recipient.is_some(), facts }
    }

    /// How many bytes it has, apart from the manifest.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.main.file.size + self.vault.file.size
    }

    /// Signed, as it stands in its file.
    #[must_use]
    pub fn signed(&self, documents: &dyn Documents) -> String {
        let keyring: Vec<Value> = self.keyring.iter().map(written_key).collect();
        let data = json!({
            "begun_at": self.begun_at.as_micros(),
            "begun": moment(self.begun_at),
            "format": FORMAT,
            "head": {"link": hexadecimal(self.head.link.as_bytes()), "sequence": self.head.sequence.number()},
            "instance": self.instance.to_string(),
            "key_check": hexadecimal(self.key_check.as_bytes()),
            "keyring": keyring,
            "main": written_half(&self.main),
            "recipient": self.recipient,
            "vault": written_half(&self.vault),
        });
        Document::sign(documents, DocumentKind::BackupManifest, &data).as_str().to_owned() + "\n"
    }

    /// Reads one, and installs its keyring: that of another root key or with another signature is refused.
    pub fn read(text: &str, sealing: &dyn Sealing, documents: &dyn Documents) -> Result<Self, ManifestError> {
        let document = strict::read(text).ok_or(ManifestError::Unreadable)?;
        let data = document.get("data").ok_or(ManifestError::Unreadable)?;
        match data.get("format").and_then(Value::as_i64) {
            Some(FORMAT) => {}
            Some(other) => return Err(ManifestError::OtherForm(other)),
            None => return Err(ManifestError::Unreadable),
        }
        let manifest = heard(data).ok_or(ManifestError::Unreadable)?;
        let ours = sealing.key_check();
        if manifest.key_check != ours {
            let shown = |check: &TokenDigest| hexadecimal(&check.as_bytes()[..4]);
            return Err(ManifestError::ForeignRootKey {
                theirs: shown(&manifest.key_check),
                ours: shown(&ours),
            });
        }
        // The key of the signature stands in this keyring. Only what was sealed under our own root key is installed.
        sealing.install(&manifest.keyring)?;
        if Self::recognise(text, documents).as_ref() != Some(&manifest) {
            return Err(ManifestError::Forged);
        }
        if manifest.vault.copied_at < manifest.main.copied_at {
            return Err(ManifestError::Reversed);
        }
        Ok(manifest)
    }

    /// Reads one that was signed with the documents key that is in use.
    pub(super) fn recognise(text: &str, documents: &dyn Documents) -> Option<Self> {
        heard(&Document::read(documents, DocumentKind::BackupManifest, text)?)
    }
}

fn written_half(half: &HalfFacts) -> Value {
    json!({
        "copied_at": half.copied_at.as_micros(),
        "engine": half.keeper.name(),
        "migrations": half.migrations,
        "sha256": hexadecimal(&half.file.digest),
        "size": half.file.size,
    })
}

fn written_key(entry: &KeyringEntry) -> Value {
    json!({
        "created_at": entry.created_at.as_micros(),
        "id": entry.id,
        "name": entry.name.name(),
        "sealed": hexadecimal(&entry.sealed),
    })
}

fn heard(data: &Value) -> Option<Manifest> {
    let text = |name: &str| data.get(name)?.as_str();
    let head = data.get("head")?;
    let begun_at = instant(data.get("begun_at")?)?;
    Some(Manifest {
        instance: InstanceId::parse(text("instance")?)?,
        begun_at,
        key_check: TokenDigest::new(digest(text("key_check")?)?),
        keyring: data.get("keyring")?.as_array()?.iter().map(heard_key).collect::<Option<_>>()?,
        head: Head {
            sequence: Sequence::new(head.get("sequence")?.as_i64()?),
            link: Link::new(digest(head.get("link")?.as_str()?)?),
            at: begun_at,
        },
        recipient: match data.get("recipient")? {
            Value::Null => None,
            recipient => Some(recipient.as_str()?.to_owned()),
        },
        main: heard_half(data.get("main")?)?,
        vault: heard_half(data.get("vault")?)?,
    })
}

fn heard_half(half: &Value) -> Option<HalfFacts> {
    Some(HalfFacts {
        keeper: Keeper::from_name(half.get("engine")?.as_str()?)?,
        migrations: half.get("migrations")?.as_i64()?,
        copied_at: instant(half.get("copied_at")?)?,
        file: FileFacts { size: half.get("size")?.as_u64()?, digest: digest(half.get("sha256")?.as_str()?)? },
    })
}

fn heard_key(entry: &Value) -> Option<KeyringEntry> {
    Some(KeyringEntry {
        name: KeyName::from_name(entry.get("name")?.as_str()?)?,
        id: u32::try_from(entry.get("id")?.as_u64()?).ok()?,
        sealed: bytes(entry.get("sealed")?.as_str()?)?,
        created_at: instant(entry.get("created_at")?)?,
    })
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_i64().map(Timestamp::from_micros)
}

fn digest(text: &str) -> Option<[u8; 32]> {
    bytes(text)?.try_into().ok()
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let pairs = text.len().is_multiple_of(2).then(|| text.as_bytes().chunks_exact(2))?;
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
