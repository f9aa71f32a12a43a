use super::row::{AccountRow, ProfileRow, account, profiles};
use super::{ACCOUNT_BY_ID, email_key, list};
use crate::recent::Look;
use crate::secrets::EXPORT_TICKETS;
use crate::sql::{Sql, sql};
use crate::statement::{Beside, Statement};
use crate::store::SqlStore;
use application::store::{Account, ExportTicket, PasswordLink, StoreError, UserDirectory};
use async_trait::async_trait;
use domain::ids::UserId;
use domain::notices::Notice;
use domain::users::{LoginName, Profile, User, UserQuery};
use std::collections::HashMap;

sql! {
    ACCOUNT_BY_USERNAME = account!("u.username_key = $1");
    ACCOUNT_BY_EMAIL = account!("u.email_key = $1");
    PROFILE = profiles!("users u", "WHERE u.id = $1");
}

impl SqlStore {
    async fn one_account(
        &self,
        sql: &'static Sql,
        bind: impl Fn(Statement<'_>) -> Statement<'_> + Send + Sync,
    ) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = self.engine.optional(sql, bind).await?;
        Ok(row.map(AccountRow::into_domain).transpose()?.map(|(account, _)| account))
    }

    /// Accounts with the people behind them, by one more question for all of them, in the same order.
    async fn with_people(&self, rows: Vec<ProfileRow>) -> Result<Vec<Profile>, StoreError> {
        let (mut users, mut keys) = (Vec::with_capacity(rows.len()), HashMap::with_capacity(rows.len()));
        for Beside(user, key) in rows {
            let user = user.into_domain()?;
            keys.insert(user.id, key);
            users.push(user);
        }
        let mut people = self.people(keys).await?;
        let profile = |user: User| Some(Profile { personal: people.remove(&user.id)?, user });
        Ok(users.into_iter().filter_map(profile).collect())
    }
}

#[async_trait]
impl UserDirectory for SqlStore {
    async fn profile(&self, id: UserId) -> Result<Option<Profile>, StoreError> {
        let row: Option<ProfileRow> = self.engine.optional(&PROFILE, |s| s.bind(id.as_uuid())).await?;
        Ok(self.with_people(row.into_iter().collect()).await?.pop())
    }

    async fn own_profile(&self, id: UserId) -> Result<Option<Profile>, StoreError> {
        // Whoever has just changed it at another node would not see their change here.
        if self.engine.has_many_nodes() {
            return self.profile(id).await;
        }
        let ticket = match self.recent.profiles.look(id) {
            Look::Known(profile) => return Ok(Some(profile)),
            Look::Unknown(ticket) => ticket,
        };
        let (found, ticket) = match self.recent.accounts.take(id) {
            Some((account, began)) => {
                (self.with_people(vec![account]).await?.pop(), ticket.read_since(began))
            }
            None => (self.profile(id).await?, ticket),
        };
        // What could not be read is looked for again each time, and each time it is an alarm.
        if let Some(profile) = found.as_ref().filter(|profile| profile.personal.unreadable.is_empty()) {
            self.recent.profiles.keep(&ticket, profile.clone());
        }
        Ok(found)
    }

    async fn account(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        let (sql, key) = match login {
            LoginName::Username(name) => (&ACCOUNT_BY_USERNAME, name.key().to_owned()),
            LoginName::Email(email) => (&ACCOUNT_BY_EMAIL, email_key(&*self.sealing, email)),
            LoginName::Impossible(_) => return Ok(None),
        };
        self.one_account(sql, |s| s.bind(key.as_str())).await
    }

    async fn account_of(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        self.one_account(&ACCOUNT_BY_ID, |s| s.bind(id.as_uuid())).await
    }

    async fn page(&self, query: &UserQuery, limit: u32) -> Result<Vec<Profile>, StoreError> {
        self.with_people(list::page(self, query, limit).await?).await
    }

    async fn password_link(&self, id: UserId) -> Result<Option<PasswordLink>, StoreError> {
        self.password_link_of(id).await
    }

    async fn export_ticket(&self, id: UserId) -> Result<Option<ExportTicket>, StoreError> {
        let ticket = self.secret_of(&EXPORT_TICKETS, id).await?;
        Ok(ticket.map(|(digest, expires_at)| ExportTicket { user_id: id, digest, expires_at }))
    }

    async fn notices(&self, id: UserId, limit: u32) -> Result<Vec<Notice>, StoreError> {
        self.notices_of(id, limit).await
    }
}
