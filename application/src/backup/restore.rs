use super::check::Examination;
use super::{
    ArchiveError, Archives, Half, Keeper, Loaded, Manifest, ManifestError, SnapshotError, Stage, Watcher,
};
use crate::Ids;
use crate::audit::VerifyError;
use crate::fault::{Describe, Fault, FaultKind};
use crate::ledger::Ledger;
use crate::sealing::{Documents, Sealing};
use crate::store::StoreError;
use crate::vault::EstablishError;
use domain::audit::{Flaw, Sequence};
use std::path::Path;
use std::sync::Arc;

/// Why a backup was not put back, or is not good. Nothing stands in its place then but what stood there before.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Its manifest was refused.
    #[error("the backup was refused: {0}")]
    Manifest(#[from] ManifestError),
    /// A half is of another engine than where it is to go.
    #[error(
        "the {} of this backup is from {}, and the one that is configured is {}: a backup goes back into the engine that it \
         came from",
        .half.name(), .of.name(), .configured.name()
    )]
    OtherEngine {
        /// Which.
        half: Half,
        /// What the copy is of.
        of: Keeper,
        /// What is configured.
        configured: Keeper,
    },
    /// The copies are not those of the installation in the manifest.
    #[error("the backup was refused: its databases are not of the installation that its manifest names")]
    OtherInstance,
    /// The vault lacks people.
    #[error("the backup was refused: its vault lacks {0} people to whom its main database points")]
    HalvesDiffer(u64),
    /// The audit trail does not hold.
    #[error("the backup was refused: its audit trail does not hold at event {}: {}", .0.sequence, .0.trouble)]
    BrokenTrail(Flaw),
    /// Its files were refused or could not be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A database could not be loaded or put in its place.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// What was loaded can't be used.
    #[error("the backup was refused")]
    Establish(#[from] EstablishError),
    /// The audit trail could not be followed.
    #[error("the backup was refused")]
    Verify(#[from] VerifyError),
    /// A database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for RestoreError {
    fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Snapshot(error) => error.fault(),
            Self::Archive(error) => error.fault(),
            Self::Manifest(_)
            | Self::OtherEngine { .. }
            | Self::OtherInstance
            | Self::HalvesDiffer(_)
            | Self::BrokenTrail(_)
            | Self::Establish(_)
            | Self::Verify(_) => Fault::new(FaultKind::Conflict, "conflict", crate::fault::chain(self)),
        }
    }
}

/// What the examination of a backup has shown: that it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// Its manifest.
    pub manifest: Manifest,
    /// Up to which event its audit trail holds: to the end.
    pub trail: Sequence,
}

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What was found before.
    pub findings: Findings,
    /// How many people were erased again.
    pub erased: usize,
    /// Where what was there before has gone.
    pub aside: Vec<String>,
}

/// Puts backups back, or only tries whether that would work.
pub struct RestoreService {
    archives: Arc<dyn Archives>,
    stage: Arc<dyn Stage>,
    sealing: Arc<dyn Sealing>,
    documents: Arc<dyn Documents>,
    ledger: Arc<dyn Ledger>,
    ids: Ids,
}

/// The ports that a restore needs.
pub struct RestorePorts {
    /// Where backups are kept.
    pub archives: Arc<dyn Archives>,
    /// Where one is put back.
    pub stage: Arc<dyn Stage>,
    /// Opens the keys in manifests.
    pub sealing: Arc<dyn Sealing>,
    /// Knows signatures.
    pub documents: Arc<dyn Documents>,
    /// The list of erased people.
    pub ledger: Arc<dyn Ledger>,
    /// Names things.
    pub ids: Ids,
}

impl RestoreService {
    /// Joins the ports it works through.
    #[must_use]
    pub fn new(ports: RestorePorts) -> Self {
        let RestorePorts { archives, stage, sealing, documents, ledger, ids } = ports;
        Self { archives, stage, sealing, documents, ledger, ids }
    }

    /// Checks a backup wholly: everything that a restore would do, up to where it would touch what is in use. Heads of the
    /// trail that were kept elsewhere have to agree with it, as far as they are not later than the backup.
    pub async fn verify(
        &self,
        place: &Path,
        heads: &[String],
        watcher: &Watcher,
    ) -> Result<Findings, RestoreError> {
        let manifest = self.admitted(place, watcher).await?;
        let done = self.staged(place, manifest, Errand::Check { heads }, watcher).await;
        let cleared = self.stage.clear().await;
        let (findings, _) = done?;
        cleared?;
        Ok(findings)
    }

    /// Checks a backup in the same way, erases everybody again whom `erasures`, the lines of such a list, name, and only then
    /// puts it in its place.
    pub async fn restore(
        &self,
        place: &Path,
        erasures: &[String],
        watcher: &Watcher,
    ) -> Result<Restored, RestoreError> {
        let manifest = self.admitted(place, watcher).await?;
        let done = match self.staged(place, manifest, Errand::Restore { erasures }, watcher).await {
            Ok((findings, erased)) => match self.stage.settle(self.ids.now()).await {
                Ok(aside) => Ok(Restored { findings, erased, aside }),
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error),
        };
        if done.is_err() {
            self.clear().await;
        }
        done
    }

    /// Removes what an attempt has left that was given up half way.
    pub async fn clear(&self) {
        if let Err(error) = self.stage.clear().await {
            tracing::warn!(%error, "something that was only tried was left behind");
        }
    }

    /// What can be known without loading anything: the manifest, the room for it, the files.
    async fn admitted(&self, place: &Path, watcher: &Watcher) -> Result<Manifest, RestoreError> {
        let text = self.archives.manifest(place).await?;
        let manifest = Manifest::read(&text, self.sealing.as_ref(), self.documents.as_ref())?;
        for half in Half::BOTH {
            let (of, configured) = (manifest.half(half).keeper, self.stage.keeper(half));
            if of != configured {
                return Err(RestoreError::OtherEngine { half, of, configured });
            }
        }
        self.stage.require_room().await?;
        for half in Half::BOTH {
            self.archives.compare(place, half, &manifest.file(half), watcher).await?;
        }
        Ok(manifest)
    }

    async fn staged(
        &self,
        place: &Path,
        manifest: Manifest,
        errand: Errand<'_>,
        watcher: &Watcher,
    ) -> Result<(Findings, usize), RestoreError> {
        for half in Half::BOTH {
            let room = self.stage.room(half).await?;
            self.archives.unpack(place, half, &manifest.file(half), &room, watcher).await?;
        }
        for half in Half::BOTH {
            self.stage.load(half, watcher).await?;
        }
        let loaded = self.stage.open(self.sealing.clone()).await?;
        let examined = self.examined(loaded.as_ref(), manifest, errand, watcher).await;
        loaded.close().await;
        examined
    }

    async fn examined(
        &self,
        loaded: &dyn Loaded,
        manifest: Manifest,
        errand: Errand<'_>,
        watcher: &Watcher,
    ) -> Result<(Findings, usize), RestoreError> {
        let examination = Examination::of(loaded, &self.sealing, &self.documents, &self.ledger, &self.ids);
        let (trail, erased) = match errand {
            Errand::Check { heads } => (examination.check(&manifest, heads, watcher).await?, 0),
            Errand::Restore { erasures } => {
                let trail = examination.check(&manifest, &[], watcher).await?;
                (trail, examination.settle(&manifest, erasures).await?)
            }
        };
        Ok((Findings { manifest, trail }, erased))
    }
}

/// What a backup was loaded for.
#[derive(Clone, Copy)]
enum Errand<'a> {
    /// To be looked at, also against these heads.
    Check { heads: &'a [String] },
    /// To be put in its place, without those whom this list names.
    Restore { erasures: &'a [String] },
}
