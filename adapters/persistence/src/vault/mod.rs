//! The people behind the accounts, sealed under their keys, in a database of their own.
//!
//! Each person lies there in versions, of which none is ever changed; the main database is the only truth about which one
//! counts. A new version is written first, with a note that something is pending; then the main database points to it. So
//! whatever breaks in between leaves a version behind that nobody points to, and the note by which [`tidy`] finds it.

mod cells;
mod establish;
mod keeper;
mod read;
mod tidy;
mod write;

pub(crate) use establish::{examine, has_vault};
pub(crate) use write::Changes;

use crate::store::SqlWork;
use application::store::{PersonalDataRepository, StoreError};
use async_trait::async_trait;
use domain::ids::UserId;
use domain::vault::PersonalData;
use write::Change;

#[async_trait]
impl PersonalDataRepository for SqlWork {
    async fn find(&mut self, id: UserId) -> Result<Option<PersonalData>, StoreError> {
        match self.changes.get(&id) {
            Some(Change::Put(staged)) => Ok(Some(staged.personal.clone())),
            Some(Change::Forget) => Ok(None),
            None => self.stored_person(id).await,
        }
    }

    async fn put(&mut self, id: UserId, personal: &PersonalData) -> Result<(), StoreError> {
        self.stage(id, personal).await
    }

    async fn remove(&mut self, id: UserId) -> Result<(), StoreError> {
        self.forget(id).await
    }
}
