use super::{Trail, agreeing, first, store};
use crate::audit::{AuditPorts, AuditService};
use crate::backup::{
    BackupPorts, BackupService, FileFacts, Half, HalfFacts, Hold, Keeper, LoadedPorts, Manifest,
    MockArchives, MockDraft, MockLoaded, MockSnapshots, MockStage, RestorePorts, RestoreService,
};
use crate::store::Account;
use crate::testing::cast::MATCHES;
use crate::testing::{CountedEntropy, samples};
use crate::{Ids, sealing::Documents};
use domain::audit::Head;
use domain::ids::InstanceId;
use std::path::PathBuf;
use std::sync::Arc;

/// What takes backups, and what puts them back.
pub(in super::super) struct Backups {
    pub(in super::super) backup: BackupService,
    pub(in super::super) restore: RestoreService,
}

/// Both, where everything is as it was when the only backup was taken; and what they put into the trail.
pub(in super::super) fn backups(account: &Account) -> (Backups, Trail) {
    let (stage, trail) = agreeing(account, MATCHES, false);
    let ids = Ids::new(Arc::new(stage.clock.clone()), Arc::new(CountedEntropy::default()));
    let documents: Arc<dyn Documents> = Arc::new(stage.documents);
    let (sealing, ledger) = (Arc::new(stage.sealing), Arc::new(stage.ledger));
    let loaded = LoadedPorts {
        store: Arc::new(store(account, false, &trail)),
        instance: Arc::new(stage.instance),
        keyring: Arc::new(stage.keyring),
        keeper: Arc::new(stage.keeper),
        events: Arc::new(stage.events),
        chain: Arc::new(stage.chain),
        users: Arc::new(stage.users),
    };
    let audit = AuditPorts {
        store: loaded.store.clone(),
        events: loaded.events.clone(),
        chain: loaded.chain.clone(),
        users: loaded.users.clone(),
        sealing: sealing.clone(),
        documents: documents.clone(),
        ledger: ledger.clone(),
        ids: ids.clone(),
    };
    let archives = Arc::new(archives(manifest().signed(documents.as_ref())));
    let backup = BackupService::new(BackupPorts {
        store: loaded.store.clone(),
        instance: loaded.instance.clone(),
        keyring: loaded.keyring.clone(),
        chain: loaded.chain.clone(),
        audit: Arc::new(AuditService::new(audit, None)),
        snapshots: Arc::new(snapshots()),
        archives: archives.clone(),
        documents: documents.clone(),
        ids: ids.clone(),
    });
    let stage = Arc::new(place(loaded));
    let restore = RestoreService::new(RestorePorts { archives, stage, sealing, documents, ledger, ids });
    (Backups { backup, restore }, trail)
}

/// The backup that there is.
fn manifest() -> Manifest {
    let first = first();
    let half = HalfFacts {
        keeper: Keeper::Sqlite,
        migrations: 16,
        copied_at: samples::NOW,
        file: FileFacts { size: 1000, digest: [7; 32] },
    };
    Manifest {
        instance: InstanceId::new(samples::NOW, &[3; 10]),
        begun_at: samples::NOW,
        key_check: samples::digest(1),
        keyring: samples::keyring(),
        head: Head { sequence: first.sequence, link: first.link, at: samples::NOW },
        recipient: None,
        main: half,
        vault: half,
    }
}

fn snapshots() -> MockSnapshots {
    let mut snapshots = MockSnapshots::new();
    snapshots.expect_hold().returning(|_| Ok(Hold([5; 16])));
    snapshots.expect_release().returning(|_| Ok(true));
    snapshots.expect_sweep_holds().returning(|_| Ok(()));
    snapshots.expect_standing().returning(|_| Ok((Keeper::Sqlite, 16)));
    snapshots.expect_copy().returning(|_, _, _| Ok(()));
    snapshots
}

fn archives(manifest: String) -> MockArchives {
    let mut archives = MockArchives::new();
    archives.expect_begin().returning(|_| Ok(Box::new(draft())));
    archives.expect_recipient().return_const(None);
    archives.expect_manifest().returning(move |_| Ok(manifest.clone()));
    archives.expect_compare().returning(|_, _, _, _| Ok(()));
    archives.expect_is_there().return_const(true);
    archives.expect_unpack().returning(|_, _, _, _, _| Ok(()));
    archives.expect_list().returning(|_| Ok(Vec::new()));
    archives.expect_remove().returning(|_| Ok(()));
    archives
}

fn draft() -> MockDraft {
    let mut draft = MockDraft::new();
    draft.expect_room().returning(room);
    draft.expect_enclose().returning(|_, _, _| Ok(FileFacts { size: 1000, digest: [7; 32] }));
    draft.expect_finish().returning(|_| Ok(()));
    draft
}

fn room(half: Half) -> PathBuf {
    PathBuf::from("/room").join(half.name())
}

fn place(ports: LoadedPorts) -> MockStage {
    let mut stage = MockStage::new();
    stage.expect_keeper().return_const(Keeper::Sqlite);
    stage.expect_require_room().returning(|| Ok(()));
    stage.expect_room().returning(|half| Ok(room(half)));
    stage.expect_load().returning(|_, _| Ok(()));
    stage.expect_open().returning(move |_| {
        let mut loaded = MockLoaded::new();
        loaded.expect_ports().return_const(ports.clone());
        loaded.expect_missing_people().returning(|_| Ok(0));
        loaded.expect_close().returning(|| ());
        Ok(Box::new(loaded))
    });
    stage.expect_settle().returning(|_| Ok(Vec::new()));
    stage.expect_clear().returning(|| Ok(()));
    stage
}
