//! The keys of people, as they are kept and as they are opened.
//!
//! An open key lives no longer than the question or the unit of work that needed it. One that can't be opened is an alarm
//! and no error: a key of no use stands in for it, so that what its owner has sealed reads as unreadable, and what is
//! sealed for them meanwhile is read by nobody.

use crate::alarm;
use crate::sql::sql;
use crate::statement::{Beside, listing, record};
use crate::store::{SqlStore, SqlWork};
use application::sealing::{Seal, Sealing, SealingError};
use application::store::{KeyringDirectory, KeyringRepository, StoreError};
use domain::ids::UserId;
use domain::vault::WrappedKey;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// The columns of [`KeyRow`], of a table called `k`.
macro_rules! key_columns {
    () => {
        "k.wrapping, k.sealed AS sealed_key, k.vault_version"
    };
}

pub(crate) use key_columns;

/// How many people are asked for at once: the two whose keys an event may need, for the longest page and one more.
const AT_ONCE: usize = 402;

sql! {
    OF = concat!("SELECT ", key_columns!(), " FROM data_keys k WHERE k.user_id = $1");

    OF_MANY = || {
        let sql = concat!("SELECT k.user_id, ", key_columns!(), " FROM data_keys k WHERE k.user_id IN ($list)");
        listing(sql, AT_ONCE)
    };

    /// Adds nothing where the wrapping key is gone.
    INSERT = "
        INSERT INTO data_keys (user_id, wrapping, sealed) SELECT $1, wrapping, $3 FROM keyring WHERE wrapping = $2";
}

record! {
    /// Somebody's key, and which of their versions in the vault counts.
    #[derive(Clone)]
    KeyRow { wrapping: i64, sealed_key: Vec<u8>, vault_version: Option<Uuid> }
}

record! {
    /// Whose it is.
    OwnerRow { user_id: Uuid }
}

impl KeyRow {
    /// The key by itself.
    pub(crate) fn into_wrapped(self) -> WrappedKey {
        // No wrapping key has the number 0.
        WrappedKey { wrapping: u32::try_from(self.wrapping).unwrap_or(0), sealed: self.sealed_key }
    }
}

/// The open key of a person.
#[derive(Clone)]
pub(crate) struct PersonKey {
    /// Seals and opens.
    pub(crate) seal: Arc<dyn Seal>,
    /// Whether it is theirs; otherwise it stands in for one that does not open.
    pub(crate) is_theirs: bool,
}

/// Somebody's key inside a unit of work.
pub(crate) enum Known {
    /// There is nobody with a key.
    Nobody,
    /// Not opened yet.
    Wrapped(WrappedKey),
    /// Opened.
    Open(PersonKey),
}

/// The keys that a unit of work has come across. Somebody who is deleted in it keeps theirs until its end.
pub(crate) type KnownKeys = HashMap<UserId, Known>;

/// Opens a key; `None` where the wrapping key is not installed here.
fn open(sealing: &dyn Sealing, owner: UserId, wrapped: &WrappedKey) -> Option<PersonKey> {
    match sealing.data_key(owner, wrapped) {
        Ok(seal) => Some(PersonKey { seal, is_theirs: true }),
        Err(SealingError::UnknownKey(_)) => None,
        Err(_) => Some(stand_in(sealing, owner)),
    }
}

fn stand_in(sealing: &dyn Sealing, owner: UserId) -> PersonKey {
    alarm::unreadable("data_keys", owner);
    let (_, seal) = sealing.new_data_key(owner);
    PersonKey { seal, is_theirs: false }
}

/// A keyring that can't be taken into use leaves nothing to be done here.
fn unusable(error: SealingError) -> StoreError {
    StoreError::Broken(error.to_string())
}

impl SqlStore {
    /// The keys of at most four hundred and two people, open, by one question. Who has none is left out.
    pub(crate) async fn seals_of(
        &self,
        people: &[UserId],
    ) -> Result<HashMap<UserId, Arc<dyn Seal>>, StoreError> {
        let keys = self.keys_of(people).await?;
        let wrapped: Vec<_> = keys.into_iter().map(|(owner, row)| (owner, row.into_wrapped())).collect();
        let open = self.open_keys(&wrapped).await?;
        Ok(wrapped.iter().zip(open).map(|((owner, _), key)| (*owner, key.seal)).collect())
    }

    /// The keys of people as they are kept.
    pub(crate) async fn keys_of(&self, people: &[UserId]) -> Result<Vec<(UserId, KeyRow)>, StoreError> {
        let mut found = Vec::with_capacity(people.len());
        for people in people.chunks(AT_ONCE) {
            let rows: Vec<Beside<OwnerRow, KeyRow>> = self
                .engine
                .all(&OF_MANY, |s| s.bind_list(people.iter().map(|id| id.as_uuid()), AT_ONCE))
                .await?;
            found.extend(rows.into_iter().map(|Beside(owner, key)| (UserId::from_uuid(owner.user_id), key)));
        }
        Ok(found)
    }

    /// Opens keys, in their order. Where one is sealed under a wrapping key that is not known here, the keyring is read
    /// once more: another process has just made it.
    pub(crate) async fn open_keys(
        &self,
        keys: &[(UserId, WrappedKey)],
    ) -> Result<Vec<PersonKey>, StoreError> {
        let sealing = &*self.sealing;
        let all: Option<Vec<_>> = keys.iter().map(|(owner, key)| open(sealing, *owner, key)).collect();
        if let Some(all) = all {
            return Ok(all);
        }
        sealing.install(&self.keyring().await?).map_err(unusable)?;
        let again = |(owner, key): &(UserId, WrappedKey)| {
            open(sealing, *owner, key).unwrap_or_else(|| stand_in(sealing, *owner))
        };
        Ok(keys.iter().map(again).collect())
    }
}

impl SqlWork {
    /// The key of somebody, open. `None`: there is nobody with a key, any more or at all.
    pub(crate) async fn seal_of(&mut self, owner: UserId) -> Result<Option<Arc<dyn Seal>>, StoreError> {
        Ok(self.person_key(owner).await?.map(|key| key.seal))
    }

    /// The same, with what it is worth.
    pub(crate) async fn person_key(&mut self, owner: UserId) -> Result<Option<PersonKey>, StoreError> {
        if !self.keys.contains_key(&owner) {
            self.pointed_key(owner).await?;
        }
        let wrapped = match self.keys.get(&owner) {
            None | Some(Known::Nobody) => return Ok(None),
            Some(Known::Open(key)) => return Ok(Some(key.clone())),
            Some(Known::Wrapped(wrapped)) => wrapped.clone(),
        };
        let mut key = open(&*self.sealing, owner, &wrapped);
        if key.is_none() {
            self.reload_keyring().await?;
            key = open(&*self.sealing, owner, &wrapped);
        }
        let key = key.unwrap_or_else(|| stand_in(&*self.sealing, owner));
        self.keys.insert(owner, Known::Open(key.clone()));
        Ok(Some(key))
    }

    /// Reads which of somebody's versions in the vault counts, and takes note of their key. `None`: there is nobody with a
    /// key.
    pub(crate) async fn pointed_key(&mut self, owner: UserId) -> Result<Option<Option<Uuid>>, StoreError> {
        let row: Option<KeyRow> = self.statement(&OF).bind(owner.as_uuid()).optional().await?;
        let Some(row) = row else {
            self.keys.entry(owner).or_insert(Known::Nobody);
            return Ok(None);
        };
        let version = row.vault_version;
        self.note_key(owner, row);
        Ok(Some(version))
    }

    /// Takes note of a key that was read beside something else.
    pub(crate) fn note_key(&mut self, owner: UserId, row: KeyRow) {
        let known = self.keys.entry(owner).or_insert(Known::Nobody);
        if matches!(known, Known::Nobody) {
            *known = Known::Wrapped(row.into_wrapped());
        }
    }

    /// Draws a key for somebody who has none. [`StoreError::Conflict`] where they have one, or no account.
    pub(crate) async fn add_key(&mut self, owner: UserId) -> Result<(), StoreError> {
        if !self.try_add_key(owner).await? {
            self.reload_keyring().await?;
            if !self.try_add_key(owner).await? {
                return Err(StoreError::Conflict);
            }
        }
        Ok(())
    }

    /// Says `false` where the newest wrapping key that is known here has gone in the meantime.
    async fn try_add_key(&mut self, owner: UserId) -> Result<bool, StoreError> {
        let (wrapped, seal) = self.sealing.new_data_key(owner);
        let insert = self.statement(&INSERT).bind(owner.as_uuid()).bind(i64::from(wrapped.wrapping));
        let is_added = insert.bind(wrapped.sealed.as_slice()).execute().await? > 0;
        if is_added {
            self.keys.insert(owner, Known::Open(PersonKey { seal, is_theirs: true }));
        }
        Ok(is_added)
    }

    async fn reload_keyring(&mut self) -> Result<(), StoreError> {
        let entries = KeyringRepository::all(self).await?;
        self.sealing.install(&entries).map_err(unusable)
    }
}
