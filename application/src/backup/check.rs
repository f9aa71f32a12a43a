use super::{Loaded, LoadedPorts, Manifest, RestoreError, Step, Watcher};
use crate::Ids;
use crate::actor::Actor;
use crate::audit::{AuditPorts, AuditService};
use crate::ledger::Ledger;
use crate::sealing::{Documents, Sealing};
use crate::store::StoreError;
use crate::vault::{VaultPorts, VaultService};
use domain::audit::{EventKind, Sequence};
use std::sync::Arc;

/// A backup that was loaded, and the services of the house on it.
pub(super) struct Examination<'a> {
    loaded: &'a dyn Loaded,
    ports: LoadedPorts,
    vault: VaultService,
    audit: AuditService,
    ids: Ids,
}

impl<'a> Examination<'a> {
    pub(super) fn of(
        loaded: &'a dyn Loaded,
        sealing: &Arc<dyn Sealing>,
        documents: &Arc<dyn Documents>,
        ledger: &Arc<dyn Ledger>,
        ids: &Ids,
    ) -> Self {
        let ports = loaded.ports();
        let vault = VaultService::new(VaultPorts {
            store: ports.store.clone(),
            instance: ports.instance.clone(),
            keyring: ports.keyring.clone(),
            keeper: ports.keeper.clone(),
            sealing: sealing.clone(),
            documents: documents.clone(),
            ledger: ledger.clone(),
            ids: ids.clone(),
        });
        let audit = AuditService::new(
            AuditPorts {
                store: ports.store.clone(),
                events: ports.events.clone(),
                chain: ports.chain.clone(),
                users: ports.users.clone(),
                sealing: sealing.clone(),
                documents: documents.clone(),
                ledger: ledger.clone(),
                ids: ids.clone(),
            },
            None,
        );
        Self { loaded, ports, vault, audit, ids: ids.clone() }
    }

    /// Holds everything against the manifest and against heads that were kept elsewhere, and the halves against each other.
    /// Says up to where the audit trail holds.
    pub(super) async fn check(
        &self,
        manifest: &Manifest,
        heads: &[String],
        watcher: &Watcher,
    ) -> Result<Sequence, RestoreError> {
        let known = self.ports.instance.find().await?.ok_or(RestoreError::OtherInstance)?;
        if known.id != manifest.instance || known.key_check != manifest.key_check {
            return Err(RestoreError::OtherInstance);
        }
        self.vault.open().await?;
        match self.loaded.missing_people(watcher).await? {
            0 => {}
            missing => return Err(RestoreError::HalvesDiffer(missing)),
        }
        watcher.begin(Step::Follow, u64::try_from(manifest.head.sequence.number()).ok());
        let mut heads = self.audit.heads(heads.iter().map(String::as_str))?;
        heads.push(manifest.head);
        // Before the first event there is nothing that a head could tell of, nor in the backup of what came after it.
        heads.retain(|head| (Sequence::NONE.next()..=manifest.head.sequence).contains(&head.sequence));
        let report = self.audit.verify(&heads, |events| watcher.at(events)).await?;
        report.outcome.map(|verdict| verdict.last).map_err(RestoreError::BrokenTrail)
    }

    /// Erases everybody again whom the list names, finishes what was between the halves, and writes down that a backup was
    /// put back. Says how many were erased again.
    pub(super) async fn settle(
        &self,
        manifest: &Manifest,
        erasures: &[String],
    ) -> Result<usize, RestoreError> {
        let replayed = self.vault.replay(erasures.iter().map(String::as_str)).await?;
        self.vault.tidy().await?;
        self.record(manifest, replayed.len()).await?;
        Ok(replayed.len())
    }

    async fn record(&self, manifest: &Manifest, erased: usize) -> Result<(), StoreError> {
        let mut event = Actor::system().event(&self.ids, self.ids.now(), EventKind::BackupRestored, None);
        event.detail = vec![
            ("from".into(), manifest.begun_at.as_micros().to_string()),
            ("count".into(), erased.to_string()),
        ];
        let mut work = self.ports.store.begin().await?;
        work.audit().record(&event).await?;
        work.commit().await
    }
}
