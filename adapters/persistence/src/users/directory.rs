use super::ACCOUNT_BY_ID;
use super::list;
use super::row::{AccountRow, ProfileRow, account, profiles};
use crate::store::SqlStore;
use application::store::{Account, PasswordLink, StoreError, UserDirectory};
use async_trait::async_trait;
use domain::ids::UserId;
use domain::notices::Notice;
use domain::users::{LoginName, Profile, UserQuery};

const ACCOUNT_BY_USERNAME: &str = account!("u.username_key = $1");
const ACCOUNT_BY_EMAIL: &str = account!("u.email_key = $1");
const PROFILE: &str = profiles!("users u", "WHERE u.id = $1");

#[async_trait]
impl UserDirectory for SqlStore {
    async fn profile(&self, id: UserId) -> Result<Option<Profile>, StoreError> {
        let row: Option<ProfileRow> = self.engine.optional(PROFILE, |s| s.bind(id.as_uuid())).await?;
        row.map(ProfileRow::into_domain).transpose()
    }

    async fn account(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        let sql = match login {
            LoginName::Username(_) => ACCOUNT_BY_USERNAME,
            LoginName::Email(_) => ACCOUNT_BY_EMAIL,
            LoginName::Impossible(_) => return Ok(None),
        };
        let row: Option<AccountRow> = self.engine.optional(sql, |s| s.bind(login.key())).await?;
        row.map(AccountRow::into_domain).transpose()
    }

    async fn account_of(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = self.engine.optional(ACCOUNT_BY_ID, |s| s.bind(id.as_uuid())).await?;
        row.map(AccountRow::into_domain).transpose()
    }

    async fn page(&self, query: &UserQuery, limit: u32) -> Result<Vec<Profile>, StoreError> {
        list::page(&self.engine, query, limit).await
    }

    async fn password_link(&self, id: UserId) -> Result<Option<PasswordLink>, StoreError> {
        self.password_link_of(id).await
    }

    async fn notices(&self, id: UserId, limit: u32) -> Result<Vec<Notice>, StoreError> {
        self.notices_of(id, limit).await
    }
}
