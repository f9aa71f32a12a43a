use super::{documents, half, ids, installation, nobody, sample, sealing};
use crate::audit::VerifyError;
use crate::backup::*;
use crate::document::Document;
use crate::ledger::MockLedger;
use crate::sealing::DocumentKind;
use crate::store::{
    Instance, MockAuditDirectory, MockChainDirectory, MockInstanceDirectory, MockKeyringDirectory, MockStore,
    MockUserDirectory, MockVaultKeeper, StoreError,
};
use crate::testing::{Events, Journal, StagedWork, samples};
use domain::audit::{Event, EventKind, Head, Link, Sequence, Trouble};
use domain::ids::InstanceId;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// What one restore may find on its way.
#[allow(clippy::struct_excessive_bools, reason = "each is one thing that may go wrong by itself")]
struct World {
    journal: Journal,
    events: OnceLock<Events>,
    manifest: Manifest,
    has_room: bool,
    compares: fn(Half) -> bool,
    unpacks: bool,
    found: Option<Instance>,
    missing: u64,
    end: Option<(Sequence, Link)>,
    settles: bool,
    restores: bool,
}

impl World {
    fn new() -> Self {
        Self {
            journal: Journal::default(),
            events: OnceLock::new(),
            manifest: sample(),
            has_room: true,
            compares: |_| true,
            unpacks: true,
            found: Some(installation()),
            missing: 0,
            end: None,
            settles: true,
            restores: true,
        }
    }

    fn archives(&self) -> MockArchives {
        let mut archives = MockArchives::new();
        let text = self.manifest.signed(&documents());
        archives.expect_manifest().times(1).return_once(move |_| Ok(text));
        let (journal, compares) = (self.journal.clone(), self.compares);
        archives.expect_compare().returning(move |_, half, _, _| {
            journal.note("compare");
            if compares(half) { Ok(()) } else { Err(refused("altered")) }
        });
        let (journal, unpacks) = (self.journal.clone(), self.unpacks);
        archives.expect_unpack().returning(move |_, half, _, to, _| {
            assert_eq!(to, Path::new("/stage").join(half.name()));
            journal.note("unpack");
            if unpacks { Ok(()) } else { Err(refused("no key")) }
        });
        archives
    }

    fn stage(&self) -> MockStage {
        let mut stage = MockStage::new();
        stage.expect_keeper().return_const(Keeper::Sqlite);
        let (journal, has_room) = (self.journal.clone(), self.has_room);
        stage.expect_require_room().returning(move || {
            journal.note("room");
            if has_room { Ok(()) } else { Err(SnapshotError::Refused("taken".to_owned())) }
        });
        stage.expect_room().returning(|half| Ok(Path::new("/stage").join(half.name())));
        for (step, is_load) in [("load", true), ("clear", false)] {
            let journal = self.journal.clone();
            if is_load {
                stage.expect_load().returning(move |_, _| {
                    journal.note(step);
                    Ok(())
                });
            } else {
                stage.expect_clear().returning(move || {
                    journal.note(step);
                    Ok(())
                });
            }
        }
        let loaded = self.loaded();
        stage.expect_open().times(..=1).return_once(move |_| Ok(Box::new(loaded)));
        let (journal, settles) = (self.journal.clone(), self.settles);
        stage.expect_settle().times(..=1).returning(move |at| {
            assert_eq!(at, samples::NOW);
            journal.note("settle");
            let aside = vec!["xtrem.db.before".to_owned()];
            if settles { Ok(aside) } else { Err(SnapshotError::Failed("no right".to_owned())) }
        });
        stage
    }

    fn loaded(&self) -> MockLoaded {
        let mut loaded = MockLoaded::new();
        let (ports, journal) = (self.ports(), self.journal.clone());
        loaded.expect_ports().return_const(ports);
        let missing = self.missing;
        loaded.expect_missing_people().returning(move |_| Ok(missing));
        loaded.expect_close().times(..=1).returning(move || journal.note("close"));
        loaded
    }

    fn ports(&self) -> LoadedPorts {
        let mut store = MockStore::new();
        if self.restores {
            let mut work = StagedWork::new(&self.journal);
            let _ = self.events.set(work.keep_events());
            let mut works = vec![work];
            store.expect_begin().times(..=1).returning(move || {
                let work = works.pop().ok_or_else(|| StoreError::Broken("only one".to_owned()))?;
                Ok(Box::new(work))
            });
        }
        let (mut instance, mut keyring) = (MockInstanceDirectory::new(), MockKeyringDirectory::new());
        let found = self.found.clone();
        instance.expect_find().returning(move || Ok(found.clone()));
        keyring.expect_keyring().returning(|| Ok(samples::keyring()));
        let (mut chain, end) = (MockChainDirectory::new(), self.end);
        chain.expect_anchor().returning(|| Ok(None));
        chain.expect_end().returning(move || Ok(end));
        chain.expect_entries().returning(|_, _| Ok(Vec::new()));
        LoadedPorts {
            store: Arc::new(store),
            instance: Arc::new(instance),
            keyring: Arc::new(keyring),
            keeper: Arc::new(self.keeper()),
            events: Arc::new(MockAuditDirectory::new()),
            chain: Arc::new(chain),
            users: Arc::new(MockUserDirectory::new()),
        }
    }

    fn keeper(&self) -> MockVaultKeeper {
        let (mut keeper, journal) = (MockVaultKeeper::new(), self.journal.clone());
        keeper.expect_establish().returning(|_| Ok(()));
        keeper.expect_erased().returning(move |_, _| {
            journal.note("replay");
            Ok(Vec::new())
        });
        keeper.expect_present().returning(|_| Ok(Vec::new()));
        let journal = self.journal.clone();
        keeper.expect_tidy().returning(move || {
            journal.note("tidy");
            Ok(0)
        });
        keeper.expect_unlisted().returning(|_| Ok(Vec::new()));
        keeper
    }

    fn service(&self) -> RestoreService {
        RestoreService::new(RestorePorts {
            archives: Arc::new(self.archives()),
            stage: Arc::new(self.stage()),
            sealing: Arc::new(sealing(1)),
            documents: Arc::new(documents()),
            ledger: Arc::new(MockLedger::new()),
            ids: ids(),
        })
    }

    async fn restore(&self) -> Result<Restored, RestoreError> {
        self.service().restore(&PathBuf::from("/copies/one"), &[], &nobody()).await
    }

    async fn refusal(&self) -> RestoreError {
        self.restore().await.unwrap_err()
    }

    fn events(&self) -> Vec<Event> {
        self.events.get().map(Events::all).unwrap_or_default()
    }

    fn did(&self, step: &str) -> bool {
        self.journal.steps().contains(&step)
    }
}

fn refused(reason: &str) -> ArchiveError {
    ArchiveError { place: "/copies/one".to_owned(), reason: reason.to_owned() }
}

#[tokio::test]
async fn everything_is_checked_before_anything_is_put_in_its_place() {
    let world = World::new();
    let restored = world.restore().await.unwrap();
    assert_eq!(
        world.journal.steps(),
        [
            "room", "compare", "compare", "unpack", "unpack", "load", "load", "replay", "tidy", "audit",
            "commit", "close", "settle"
        ]
    );
    assert_eq!((restored.erased, restored.aside), (0, vec!["xtrem.db.before".to_owned()]));
    assert_eq!(restored.findings.manifest, sample());
    let event = world.events().pop().unwrap();
    assert_eq!(event.kind, EventKind::BackupRestored);
    let from = samples::NOW.as_micros().to_string();
    assert_eq!(event.detail, [("from".into(), from), ("count".into(), "0".to_owned())]);
}

#[tokio::test]
async fn a_trial_changes_nothing_and_leaves_nothing() {
    let world = World { restores: false, ..World::new() };
    let findings = world.service().verify(&PathBuf::from("/copies/one"), &[], &nobody()).await.unwrap();
    assert_eq!(findings, Findings { manifest: sample(), trail: Sequence::NONE });
    let steps = world.journal.steps();
    assert_eq!(&steps[steps.len() - 2..], ["close", "clear"]);
    assert!(!world.did("settle") && !world.did("replay"));
}

#[tokio::test]
async fn what_is_refused_before_anything_was_unpacked_leaves_the_stage_alone() {
    let world = World { has_room: false, ..World::new() };
    assert_eq!(world.refusal().await.to_string(), "taken");
    assert_eq!(world.journal.steps(), ["room"]);

    let world = World { compares: |half| half == Half::Main, ..World::new() };
    assert!(world.refusal().await.to_string().contains("altered"));
    assert_eq!(world.journal.steps(), ["room", "compare", "compare"]);

    let dumped = Manifest { vault: half(Keeper::Postgres, 2), ..sample() };
    let world = World { manifest: dumped, ..World::new() };
    let told = world.refusal().await.to_string();
    assert!(told.contains("vault") && told.contains("postgres") && told.contains("sqlite"), "{told}");
    assert!(world.journal.steps().is_empty());
}

#[tokio::test]
async fn a_manifest_of_another_root_key_is_refused_first() {
    let world = World { manifest: Manifest { key_check: samples::digest(2), ..sample() }, ..World::new() };
    assert!(matches!(world.refusal().await, RestoreError::Manifest(ManifestError::ForeignRootKey { .. })));
    assert!(world.journal.steps().is_empty());
}

async fn cleared(world: World, is_meant: impl FnOnce(&RestoreError) -> bool) {
    let refusal = world.refusal().await;
    assert!(is_meant(&refusal), "{refusal:?}");
    assert!(world.did("clear") && !world.did("settle"), "{:?}", world.journal.steps());
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn what_does_not_hold_once_it_is_loaded_is_cleared_away() {
    let head = Head { sequence: Sequence::new(9), link: Link::new([9; 32]), at: samples::NOW };
    let another = Instance { id: InstanceId::new(samples::NOW, &[8; 10]), ..installation() };
    let rekeyed = Instance { key_check: samples::digest(2), ..installation() };
    let differ = |error: &RestoreError| matches!(error, RestoreError::HalvesDiffer(3));
    let is_other = |error: &RestoreError| matches!(error, RestoreError::OtherInstance);
    let is_cut = |error: &RestoreError| matches!(error, RestoreError::BrokenTrail(flaw) if flaw.trouble == Trouble::Missing);
    cleared(World { missing: 3, ..World::new() }, differ).await;
    for found in [None, Some(another), Some(rekeyed)] {
        cleared(World { found, ..World::new() }, is_other).await;
    }
    cleared(World { manifest: Manifest { head, ..sample() }, ..World::new() }, is_cut).await;
    cleared(World { end: Some((Sequence::new(2), Link::new([2; 32]))), ..World::new() }, is_cut).await;
    let is_locked = |error: &RestoreError| matches!(error, RestoreError::Archive(_));
    cleared(World { unpacks: false, ..World::new() }, is_locked).await;
}

#[tokio::test]
async fn what_can_not_be_put_in_its_place_is_cleared_away_too() {
    let world = World { settles: false, ..World::new() };
    assert_eq!(world.refusal().await.to_string(), "no right");
    assert_eq!(world.journal.steps().last(), Some(&"clear"));
}

#[tokio::test]
async fn heads_that_were_kept_elsewhere_have_to_be_signed_and_to_agree() {
    let place = PathBuf::from("/copies/one");
    let told = |sequence: i64| {
        let data = serde_json::json!({"at": "", "link": "09".repeat(32), "sequence": sequence});
        Document::sign(&documents(), DocumentKind::AuditHead, &data).as_str().to_owned()
    };
    let head = Head { sequence: Sequence::new(9), link: Link::new([9; 32]), at: samples::NOW };
    let verify = async |manifest: Manifest, line: String| {
        let world = World { manifest, restores: false, ..World::new() };
        world.service().verify(&place, &[line], &nobody()).await
    };
    // What came after the backup says nothing about it.
    assert!(verify(sample(), told(1)).await.is_ok());
    let forged = verify(sample(), told(1).replace("\"sequence\":1", "\"sequence\":2")).await;
    assert!(matches!(forged, Err(RestoreError::Verify(VerifyError::ForgedHead(1)))), "{forged:?}");
    let missing = verify(Manifest { head, ..sample() }, told(3)).await;
    assert!(matches!(missing, Err(RestoreError::BrokenTrail(_))), "{missing:?}");
}
