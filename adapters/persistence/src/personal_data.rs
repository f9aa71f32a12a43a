//! The people behind the accounts. A table of its own, touched by statements of its own, because it is to move
//! into a database of its own; only the directory looks at it beside the users.

use crate::error::unreadable;
use crate::statement::record;
use crate::store::SqlWork;
use application::store::{PersonalDataRepository, StoreError};
use async_trait::async_trait;
use domain::ids::UserId;
use domain::users::{Bio, EmailAddress, FullName, Location, Website};
use domain::vault::PersonalData;
use domain::violation::Violation;

const FIND: &str = "SELECT email, full_name, bio, location, website FROM personal_data WHERE user_id = $1";

const PUT: &str = "
    INSERT INTO personal_data (user_id, email, full_name, bio, location, website)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (user_id) DO UPDATE SET
        email = excluded.email, full_name = excluded.full_name, bio = excluded.bio,
        location = excluded.location, website = excluded.website";

const REMOVE: &str = "DELETE FROM personal_data WHERE user_id = $1";

record! {
    /// A person.
    PersonRow {
        email: String,
        full_name: Option<String>,
        bio: Option<String>,
        location: Option<String>,
        website: Option<String>,
    }
}

impl PersonRow {
    pub(crate) fn into_domain(self, id: UserId) -> Result<PersonalData, StoreError> {
        let unreadable = |column| unreadable("personal_data", id, column);
        Ok(PersonalData {
            email: EmailAddress::parse(&self.email).map_err(|_| unreadable("email"))?,
            full_name: parsed(self.full_name.as_deref(), FullName::parse)
                .map_err(|_| unreadable("full_name"))?,
            bio: parsed(self.bio.as_deref(), Bio::parse).map_err(|_| unreadable("bio"))?,
            location: parsed(self.location.as_deref(), Location::parse)
                .map_err(|_| unreadable("location"))?,
            website: parsed(self.website.as_deref(), Website::parse).map_err(|_| unreadable("website"))?,
        })
    }
}

/// Reads a value that may be missing.
pub(crate) fn parsed<T>(
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> Result<Option<T>, Violation> {
    text.map(parse).transpose()
}

#[async_trait]
impl PersonalDataRepository for SqlWork {
    async fn find(&mut self, id: UserId) -> Result<Option<PersonalData>, StoreError> {
        let row: Option<PersonRow> = self.statement(FIND).bind(id.as_uuid()).optional().await?;
        row.map(|row| row.into_domain(id)).transpose()
    }

    async fn put(&mut self, id: UserId, personal: &PersonalData) -> Result<(), StoreError> {
        let put = self
            .statement(PUT)
            .bind(id.as_uuid())
            .bind(personal.email.as_str())
            .bind(personal.full_name.as_ref().map(FullName::as_str))
            .bind(personal.bio.as_ref().map(Bio::as_str))
            .bind(personal.location.as_ref().map(Location::as_str))
            .bind(personal.website.as_ref().map(Website::as_str));
        put.execute().await.map(drop)
    }

    async fn remove(&mut self, id: UserId) -> Result<(), StoreError> {
        self.statement(REMOVE).bind(id.as_uuid()).execute().await.map(drop)
    }
}
