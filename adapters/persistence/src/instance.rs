//! The one row about the installation itself. It is also where everybody queues who changes what there must be at
//! least one of: administrators and signing keys.

use crate::error::unreadable;
use crate::sessions::row::digest;
use crate::sql::sql;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use application::store::{Instance, InstanceDirectory, InstanceRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::InstanceId;
use domain::sessions::TokenDigest;
use uuid::Uuid;

sql! {
    FIND = "SELECT id, key_check, created_at, administered_at FROM instance WHERE singleton = 1";

    ESTABLISH = "
        INSERT INTO instance (singleton, id, key_check, created_at, administered_at) VALUES (1, $1, $2, $3, $4)
        ON CONFLICT (singleton) DO NOTHING";

    SETTLE_ADMINISTRATION =
        "UPDATE instance SET administered_at = $1 WHERE singleton = 1 AND administered_at IS NULL";

    REPLACE_KEY_CHECK = "UPDATE instance SET key_check = $1 WHERE singleton = 1";

    /// Changes nothing, and makes the next one wait.
    TAKE_TURN = "UPDATE instance SET created_at = created_at WHERE singleton = 1";
}

record! {
    /// The installation.
    InstanceRow { id: Uuid, key_check: Vec<u8>, created_at: i64, administered_at: Option<i64> }
}

impl InstanceRow {
    fn into_domain(self) -> Result<Instance, StoreError> {
        let id = InstanceId::from_uuid(self.id);
        Ok(Instance {
            id,
            key_check: digest(self.key_check).map_err(|_| unreadable("instance", id, "key_check"))?,
            created_at: Timestamp::from_micros(self.created_at),
            administered_at: self.administered_at.map(Timestamp::from_micros),
        })
    }
}

impl SqlWork {
    /// Waits for one's turn, and makes the next one wait until this unit of work ends.
    pub(crate) async fn queue_at_the_installation(&mut self) -> Result<(), StoreError> {
        match self.statement(&TAKE_TURN).execute().await? {
            // Nothing to queue at would mean that nobody waits.
            0 => Err(StoreError::Broken("the installation was never established".to_owned())),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl InstanceRepository for SqlWork {
    async fn establish(&mut self, fresh: &Instance) -> Result<Instance, StoreError> {
        let establish = self
            .statement(&ESTABLISH)
            .bind(fresh.id.as_uuid())
            .bind(fresh.key_check.as_bytes().as_slice())
            .bind(fresh.created_at.as_micros())
            .bind(fresh.administered_at.map(Timestamp::as_micros));
        establish.execute().await?;
        let row: InstanceRow = self.statement(&FIND).one().await?;
        row.into_domain()
    }

    async fn settle_administration(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.statement(&SETTLE_ADMINISTRATION).bind(now.as_micros()).execute().await? > 0)
    }

    async fn replace_key_check(&mut self, key_check: &TokenDigest) -> Result<(), StoreError> {
        let replace = self.statement(&REPLACE_KEY_CHECK).bind(key_check.as_bytes().as_slice());
        match replace.execute().await? {
            0 => Err(StoreError::Broken("the installation was never established".to_owned())),
            _ => Ok(()),
        }
    }

    async fn lock_administrators(&mut self) -> Result<(), StoreError> {
        self.queue_at_the_installation().await
    }
}

#[async_trait]
impl InstanceDirectory for SqlStore {
    async fn find(&self) -> Result<Option<Instance>, StoreError> {
        let row: Option<InstanceRow> = self.engine.optional(&FIND, |s| s).await?;
        row.map(InstanceRow::into_domain).transpose()
    }
}
