//! How people are written: staged in the unit of work, and taken to the vault when it is committed, before it points there.

use super::cells::{self, Cells};
use crate::recent::Touch;
use crate::sql::sql;
use crate::store::SqlWork;
use application::store::StoreError;
use domain::ids::UserId;
use domain::vault::PersonalData;
use std::collections::BTreeMap;
use uuid::Uuid;

sql! {
    POINT = "UPDATE data_keys SET vault_version = $2 WHERE user_id = $1";

    INSERT = "
        INSERT INTO people (user_id, version, email, full_name, bio, location, website)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";

    NOTE = "
        INSERT INTO pending (user_id, version) VALUES ($1, $2) ON CONFLICT (user_id, version) DO NOTHING";
}

/// What a unit of work is to change in the vault; in the order in which rows are taken.
pub(crate) type Changes = BTreeMap<UserId, Change>;

/// What becomes of one person.
pub(crate) enum Change {
    /// They get another version.
    Put(Box<Staged>),
    /// They go.
    Forget,
}

/// A version that is to be written.
pub(crate) struct Staged {
    version: Uuid,
    cells: Cells,
    pub(crate) personal: PersonalData,
}

/// Whose turn it is to change a person in the vault: what in an identifier was drawn (RFC 9562, section 5.7).
pub(crate) fn turn(owner: UserId) -> i64 {
    owner.as_uuid().as_u64_pair().1.cast_signed()
}

impl SqlWork {
    /// Seals a person as their next version.
    pub(super) async fn stage(&mut self, id: UserId, personal: &PersonalData) -> Result<(), StoreError> {
        let unreadable =
            || StoreError::Unavailable("a person can't be read in full, so not be written".to_owned());
        if !personal.unreadable.is_empty() {
            return Err(unreadable());
        }
        let key = self.person_key(id).await?.ok_or(StoreError::Conflict)?;
        if !key.is_theirs {
            return Err(unreadable());
        }
        let version = Uuid::from_bytes(self.sealing.version());
        let cells = cells::seal(&*key.seal, id, version, personal);
        let staged = Staged { version, cells, personal: personal.clone() };
        self.touch(Touch::Person(id));
        self.changes.insert(id, Change::Put(Box::new(staged)));
        Ok(())
    }

    /// Lets a person go. Their key, if it is to go too, is remembered until the end of this unit of work.
    pub(crate) async fn forget(&mut self, id: UserId) -> Result<(), StoreError> {
        self.person_key(id).await?;
        self.touch(Touch::Person(id));
        self.changes.insert(id, Change::Forget);
        Ok(())
    }

    /// Points to the new versions, and has them on disk in the vault. They count once this unit of work does.
    pub(crate) async fn write_changes(&mut self) -> Result<(), StoreError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let changes = std::mem::take(&mut self.changes);
        // Held until this unit of work has ended: what the vault has of them until then is no one else's to tidy.
        for owner in changes.keys() {
            self.lease.take_turn(turn(*owner)).await?;
        }
        for (owner, change) in &changes {
            self.point(*owner, change).await?;
        }
        // Each answer of the vault is waited for a moment only: others wait for this unit of work, and some for its commit.
        let mut work = self.vault.promptly(self.vault.begin()).await?;
        for (owner, change) in &changes {
            let owner = owner.as_uuid();
            let version = match change {
                Change::Put(staged) => {
                    let insert = work.statement(&INSERT).bind(owner).bind(staged.version);
                    let insert =
                        staged.cells.iter().fold(insert, |insert, cell| insert.bind(cell.as_slice()));
                    self.vault.promptly(insert.execute()).await?;
                    staged.version
                }
                // No version has the nil number (RFC 9562, section 5.9).
                Change::Forget => Uuid::nil(),
            };
            let note = work.statement(&NOTE).bind(owner).bind(version);
            self.vault.promptly(note.execute()).await?;
        }
        self.vault.promptly(work.commit()).await
    }

    async fn point(&mut self, owner: UserId, change: &Change) -> Result<(), StoreError> {
        let version = match change {
            Change::Put(staged) => Some(staged.version),
            Change::Forget => None,
        };
        let pointed = self.statement(&POINT).bind(owner.as_uuid()).bind(version).execute().await?;
        // Whoever goes may be gone by now; whoever stays must be there.
        if pointed == 0 && version.is_some() { Err(StoreError::Conflict) } else { Ok(()) }
    }
}
