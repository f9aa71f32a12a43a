use super::{documents, ids, installation, nobody, sealing};
use crate::audit::{AuditPorts, AuditService};
use crate::backup::*;
use crate::ledger::MockLedger;
use crate::store::{
    MockAuditDirectory, MockChainDirectory, MockInstanceDirectory, MockKeyringDirectory, MockUserDirectory,
    StoreError,
};
use crate::testing::{Committed, Events, Journal, StagedWork, samples, staged_store};
use domain::audit::{EventKind, Link, Sequence};
use domain::vault::KeyName;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What one backup may find on its way.
#[allow(clippy::struct_excessive_bools, reason = "each is one thing that may go wrong by itself")]
struct World {
    journal: Journal,
    keys_change: bool,
    copy: fn(Half) -> Result<(), SnapshotError>,
    hold_stands: bool,
    commit: fn() -> Result<(), StoreError>,
    writes_event: bool,
    finishes: bool,
}

impl World {
    fn new() -> Self {
        Self {
            journal: Journal::default(),
            keys_change: false,
            copy: |_| Ok(()),
            hold_stands: true,
            commit: || Ok(()),
            writes_event: true,
            finishes: true,
        }
    }

    fn open(&self) -> (BackupService, Events, Committed) {
        self.open_with(Arc::new(self.snapshots()))
    }

    fn open_with(&self, snapshots: Arc<dyn Snapshots>) -> (BackupService, Events, Committed) {
        let mut work = StagedWork::new(&self.journal);
        let (events, committed, commit) = (work.keep_events(), work.committed(), self.commit);
        work.at_commit(commit);
        let store = Arc::new(staged_store(self.writes_event.then_some(work)));
        let service = BackupService::new(BackupPorts {
            store: store.clone(),
            instance: Arc::new(Self::instance()),
            keyring: Arc::new(self.keyring()),
            chain: Arc::new(self.chain()),
            audit: Arc::new(AuditService::new(
                AuditPorts {
                    store,
                    events: Arc::new(MockAuditDirectory::new()),
                    chain: Arc::new(self.chain()),
                    users: Arc::new(MockUserDirectory::new()),
                    sealing: Arc::new(sealing(1)),
                    documents: Arc::new(documents()),
                    ledger: Arc::new(MockLedger::new()),
                    ids: ids(),
                },
                None,
            )),
            snapshots,
            archives: Arc::new(self.archives()),
            documents: Arc::new(documents()),
            ids: ids(),
        });
        (service, events, committed)
    }

    fn instance() -> MockInstanceDirectory {
        let mut instance = MockInstanceDirectory::new();
        instance.expect_find().returning(|| Ok(Some(installation())));
        instance
    }

    fn keyring(&self) -> MockKeyringDirectory {
        let (mut keyring, mut asked, change) = (MockKeyringDirectory::new(), 0, self.keys_change);
        keyring.expect_keyring().returning(move || {
            asked += 1;
            let mut keys = samples::keyring();
            if change && asked == 2 {
                keys.push(samples::keyring_entry(KeyName::Wrapping, 2));
            }
            Ok(keys)
        });
        keyring
    }

    fn chain(&self) -> MockChainDirectory {
        let (mut chain, journal) = (MockChainDirectory::new(), self.journal.clone());
        chain.expect_end().returning(move || {
            journal.note("end of the trail");
            Ok(Some((Sequence::new(40), Link::new([4; 32]))))
        });
        let journal = self.journal.clone();
        chain.expect_is_waiting().returning(move || {
            journal.note("seal");
            Ok(false)
        });
        chain
    }

    fn snapshots(&self) -> MockSnapshots {
        let mut snapshots = MockSnapshots::new();
        let (journal, hold) = (self.journal.clone(), Hold([5; 16]));
        snapshots.expect_hold().times(1).returning(move |until| {
            assert_eq!(until, samples::NOW.plus(BackupService::LONGEST));
            journal.note("hold");
            Ok(hold)
        });
        let (journal, stands) = (self.journal.clone(), self.hold_stands);
        snapshots.expect_release().withf(move |released| *released == hold).times(1).returning(move |_| {
            journal.note("release");
            Ok(stands)
        });
        snapshots.expect_standing().returning(|_| Ok((Keeper::Sqlite, 16)));
        let (journal, copy) = (self.journal.clone(), self.copy);
        snapshots.expect_copy().returning(move |half, to, _| {
            assert_eq!(to, Path::new("/room").join(half.name()));
            journal.note(if half == Half::Main { "copy main" } else { "copy vault" });
            copy(half)
        });
        snapshots
    }

    fn archives(&self) -> MockArchives {
        let mut draft = MockDraft::new();
        draft.expect_room().returning(|half| Path::new("/room").join(half.name()));
        draft.expect_enclose().returning(|half, _, _| {
            Ok(FileFacts { size: 1000, digest: [if half == Half::Main { 1 } else { 2 }; 32] })
        });
        let journal = self.journal.clone();
        draft.expect_finish().times(usize::from(self.finishes)).returning(move |manifest| {
            assert!(Manifest::read(manifest, &sealing(1), &documents()).is_ok());
            journal.note("finish");
            Ok(())
        });
        let (mut archives, journal) = (MockArchives::new(), self.journal.clone());
        archives.expect_recipient().return_const(None);
        archives.expect_begin().times(1).return_once(move |_| {
            journal.note("draft");
            Ok(Box::new(draft))
        });
        archives
    }
}

async fn taken(world: &World) -> (Result<Manifest, BackupError>, Events, Committed) {
    let (service, events, committed) = world.open();
    let taken = service.take(&PathBuf::from("/copies/one"), &nobody()).await;
    (taken, events, committed)
}

#[tokio::test]
async fn the_main_database_is_copied_before_the_vault_while_nothing_goes_from_that() {
    let world = World::new();
    let (taken, events, committed) = taken(&world).await;
    let manifest = taken.unwrap();
    let steps = world.journal.steps();
    assert_eq!(
        steps,
        [
            "draft",
            "hold",
            "seal",
            "end of the trail",
            "copy main",
            "copy vault",
            "release",
            "begin",
            "audit",
            "commit",
            "finish"
        ]
    );
    assert_eq!((manifest.head.sequence, manifest.key_check), (Sequence::new(40), samples::digest(1)));
    assert_eq!((manifest.main.file.digest, manifest.vault.file.digest), ([1; 32], [2; 32]));
    assert_eq!(manifest.keyring, samples::keyring());
    assert!(committed.happened());
    let event = events.all().pop().unwrap();
    assert_eq!(event.kind, EventKind::BackupTaken);
    assert_eq!(event.detail, [("encrypted".into(), "false".to_owned()), ("through".into(), "40".to_owned())]);
}

#[tokio::test]
async fn a_copy_that_fails_ends_the_hold_and_leaves_nothing() {
    let world = World {
        copy: |half| match half {
            Half::Main => Ok(()),
            Half::Vault => Err(SnapshotError::Failed("no room".to_owned())),
        },
        writes_event: false,
        finishes: false,
        ..World::new()
    };
    let (taken, ..) = taken(&world).await;
    assert_eq!(taken.unwrap_err().to_string(), "no room");
    assert_eq!(world.journal.steps().last(), Some(&"release"));
}

#[tokio::test]
async fn a_backup_whose_hold_did_not_last_is_not_kept() {
    let world = World { hold_stands: false, writes_event: false, finishes: false, ..World::new() };
    let (taken, ..) = taken(&world).await;
    assert!(matches!(taken, Err(BackupError::TookTooLong)), "{taken:?}");
}

#[tokio::test]
async fn a_backup_between_two_root_keys_is_not_kept() {
    let world = World { keys_change: true, writes_event: false, finishes: false, ..World::new() };
    let (taken, ..) = taken(&world).await;
    assert!(matches!(taken, Err(BackupError::KeysChanged)), "{taken:?}");
    assert_eq!(world.journal.steps().last(), Some(&"release"));
}

#[tokio::test]
async fn what_can_not_be_written_down_does_not_happen() {
    let full = || Err(StoreError::Unavailable("full".to_owned()));
    let world = World { commit: full, finishes: false, ..World::new() };
    let (taken, _, committed) = taken(&world).await;
    assert!(matches!(taken, Err(BackupError::Store(StoreError::Unavailable(_)))), "{taken:?}");
    assert!(!committed.happened());
}

#[tokio::test]
async fn what_was_given_up_half_way_holds_nothing_any_more() {
    let world = World { writes_event: false, finishes: false, ..World::new() };
    let (mut snapshots, journal) = (MockSnapshots::new(), world.journal.clone());
    snapshots.expect_hold().times(1).returning(|_| Ok(Hold([5; 16])));
    snapshots.expect_release().times(1).returning(move |_| {
        journal.note("release");
        Ok(true)
    });
    let (service, ..) = world.open_with(Arc::new(Halting(snapshots)));
    let place = PathBuf::from("/copies/one");
    {
        let watcher = nobody();
        let mut taking = Box::pin(service.take(&place, &watcher));
        let first_look =
            std::future::poll_fn(|context| std::task::Poll::Ready(taking.as_mut().poll(context))).await;
        assert!(first_look.is_pending());
    }
    assert!(!world.journal.steps().contains(&"release"));
    service.abandon().await;
    service.abandon().await;
    assert_eq!(world.journal.steps().iter().filter(|step| **step == "release").count(), 1);
}

/// Never comes to the end of a copy.
struct Halting(MockSnapshots);

#[async_trait::async_trait]
impl Snapshots for Halting {
    async fn hold(&self, until: domain::Timestamp) -> Result<Hold, StoreError> {
        self.0.hold(until).await
    }

    async fn release(&self, hold: Hold) -> Result<bool, StoreError> {
        self.0.release(hold).await
    }

    async fn sweep_holds(&self, _: domain::Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    async fn standing(&self, _: Half) -> Result<(Keeper, i64), StoreError> {
        Ok((Keeper::Sqlite, 16))
    }

    async fn copy(&self, _: Half, _: &Path, _: &Watcher) -> Result<(), SnapshotError> {
        std::future::pending().await
    }
}
