//! Whether the vault is the one that belongs to this installation, and how the two come together the first time.

use crate::engine::Engine;
use crate::migrate::{self, PresenceRow};
use crate::sql::{Sql, sql};
use crate::store::SqlStore;
use crate::users::IdRow;
use application::store::{StoreError, VaultError};
use domain::ids::InstanceId;

/// The migration of the main database that knows of a vault.
const FIRST_WITH_VAULT: i64 = 15;

sql! {
    HAS_VAULT = "SELECT has_vault AS present FROM instance WHERE singleton = 1";

    /// The same, and whoever else wants to know waits.
    TAKE_TURN = "
        UPDATE instance SET has_vault = has_vault WHERE singleton = 1 RETURNING has_vault AS present";

    TAKE_INTO_USE = "UPDATE instance SET has_vault = TRUE WHERE singleton = 1";

    MAIN_INSTANCE = "SELECT id FROM instance WHERE singleton = 1";

    VAULT_INSTANCE = "SELECT instance_id AS id FROM vault WHERE singleton = 1";

    GIVE = "INSERT INTO vault (singleton, instance_id) VALUES (1, $1) ON CONFLICT (singleton) DO NOTHING";
}

/// Whether the main database says that a vault was taken into use.
pub(crate) async fn has_vault(main: &Engine) -> Result<bool, StoreError> {
    if migrate::standing(main).await?.last < FIRST_WITH_VAULT {
        return Ok(false);
    }
    let row: Option<PresenceRow> = main.optional(&HAS_VAULT, |s| s).await?;
    Ok(row.is_some_and(|row| row.present))
}

async fn instance_in(engine: &Engine, sql: &'static Sql) -> Result<Option<InstanceId>, StoreError> {
    if migrate::standing(engine).await?.last == 0 {
        return Ok(None);
    }
    let row: Option<IdRow> = engine.optional(sql, |s| s).await?;
    Ok(row.map(|row| InstanceId::from_uuid(row.id)))
}

/// Refuses a vault that does not belong to the main database, and changes nothing.
///
/// In this order: what the first question answers was true of the next one's database before, whoever is just taking the
/// two into use.
pub(crate) async fn examine(main: &Engine, vault: &Engine) -> Result<(), VaultError> {
    let has_vault = has_vault(main).await?;
    match instance_in(vault, &VAULT_INSTANCE).await? {
        None if has_vault => Err(VaultError::Lost),
        None => Ok(()),
        Some(owner) if instance_in(main, &MAIN_INSTANCE).await? == Some(owner) => Ok(()),
        Some(_) => Err(VaultError::Foreign),
    }
}

impl SqlStore {
    pub(super) async fn take_into_use(&self, instance: InstanceId) -> Result<(), VaultError> {
        let mut main = self.engine.begin().await?;
        let row: Option<PresenceRow> = main.statement(&TAKE_TURN).optional().await?;
        let PresenceRow { present: has_vault } =
            row.ok_or_else(|| StoreError::Broken("the installation was never established".to_owned()))?;
        let owner = match instance_in(&self.vault, &VAULT_INSTANCE).await? {
            None if has_vault => return Err(VaultError::Lost),
            None => self.give_vault_to(instance).await?,
            Some(owner) => owner,
        };
        if owner != instance {
            return Err(VaultError::Foreign);
        }
        if !has_vault {
            main.statement(&TAKE_INTO_USE).execute().await?;
        }
        Ok(main.commit().await?)
    }

    /// Says whose it is afterwards: somebody else may have been faster.
    async fn give_vault_to(&self, instance: InstanceId) -> Result<InstanceId, StoreError> {
        let mut work = self.vault.begin().await?;
        work.statement(&GIVE).bind(instance.as_uuid()).execute().await?;
        let IdRow { id } = work.statement(&VAULT_INSTANCE).one().await?;
        work.commit().await?;
        Ok(InstanceId::from_uuid(id))
    }
}
