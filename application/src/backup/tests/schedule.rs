use super::{documents, ids, installation, nobody, sample};
use crate::audit::{AuditPorts, AuditService};
use crate::backup::*;
use crate::ledger::MockLedger;
use crate::sealing::MockDocuments;
use crate::store::{
    MockAuditDirectory, MockChainDirectory, MockInstanceDirectory, MockKeyringDirectory, MockStore,
    MockUserDirectory,
};
use crate::testing::{Journal, StagedWork, samples, staged_store};
use domain::Timestamp;
use domain::ids::InstanceId;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

fn schedule(keep: usize) -> Schedule {
    Schedule { folder: PathBuf::from("/copies"), every: 24 * HOUR, keep }
}

fn kept(name: &str, hours_ago: u32) -> Kept {
    Kept { place: Path::new("/copies").join(name), begun_at: samples::NOW.minus(hours_ago * HOUR) }
}

#[test]
fn a_backup_is_due_when_the_last_one_is_as_old_as_it_may_be() {
    let due = |kept: &[Kept]| schedule(3).is_due(kept, samples::NOW);
    assert!(due(&[]));
    assert!(due(&[kept("a", 24), kept("b", 50)]));
    assert!(!due(&[kept("b", 50), kept("a", 23)]));
    let ahead = Kept { begun_at: samples::NOW.plus(HOUR), ..kept("c", 0) };
    assert!(due(std::slice::from_ref(&ahead)), "a clock that was ahead keeps nobody from taking one");
    assert!(!due(&[ahead, kept("a", 1)]));
}

#[test]
fn the_last_ones_are_kept_however_they_are_called() {
    let all = [kept("z", 72), kept("a", 24), kept("m", 48), kept("b", 0)];
    let gone =
        |keep| -> Vec<_> { schedule(keep).superfluous(&all).iter().map(|kept| kept.place.clone()).collect() };
    assert_eq!(gone(2), [Path::new("/copies/z"), Path::new("/copies/m")]);
    assert!(gone(4).is_empty() && gone(9).is_empty());
    assert_eq!(gone(0), gone(1), "the last one stays whatever was said");
    assert_eq!(gone(1).len(), 3);
}

#[test]
fn a_backup_is_named_by_its_moment_in_utc() {
    let at = Timestamp::from_micros(1_769_882_400_000_000);
    assert_eq!(schedule(1).place(at), Path::new("/copies/xtrem-20260131T180000Z"));
}

/// What lies in the folder, and what is to be done with it.
struct World {
    /// Each place, and how many hours ago it was begun.
    found: Vec<(&'static str, u32)>,
    takes: bool,
    removes: Vec<&'static str>,
    /// Whose manifests are those of another installation, not signed, or without a file.
    foreign: &'static str,
    unsigned: &'static str,
    incomplete: &'static str,
}

impl World {
    fn with(found: &[(&'static str, u32)]) -> Self {
        Self {
            found: found.to_vec(),
            takes: false,
            removes: Vec::new(),
            foreign: "",
            unsigned: "",
            incomplete: "",
        }
    }

    fn archives(&self) -> MockArchives {
        let mut archives = MockArchives::new();
        let places: Vec<PathBuf> =
            self.found.iter().map(|(name, _)| Path::new("/copies").join(name)).collect();
        archives.expect_list().times(1).returning(move |_| Ok(places.clone()));
        let (found, foreign, unsigned) = (self.found.clone(), self.foreign, self.unsigned);
        archives.expect_manifest().returning(move |place| {
            let name = place.file_name().and_then(|name| name.to_str()).unwrap();
            let (_, hours) = found.iter().find(|(known, _)| *known == name).unwrap();
            let mut manifest = Manifest { begun_at: samples::NOW.minus(*hours * HOUR), ..sample() };
            if name == foreign {
                manifest.instance = InstanceId::new(samples::NOW, &[99; 10]);
            }
            let text = manifest.signed(&documents());
            Ok(if name == unsigned { text.replace("\"size\":1000", "\"size\":999") } else { text })
        });
        let incomplete = self.incomplete;
        archives.expect_is_there().returning(move |place, half, _| {
            !(place.file_name().is_some_and(|name| name == incomplete) && half == Half::Vault)
        });
        for name in self.removes.clone() {
            archives
                .expect_remove()
                .withf(move |place| place == Path::new("/copies").join(name))
                .times(1)
                .returning(|_| Ok(()));
        }
        archives.expect_recipient().return_const(None);
        archives.expect_begin().times(usize::from(self.takes)).returning(|place| {
            assert_eq!(place, schedule(1).place(samples::NOW));
            let mut draft = MockDraft::new();
            draft.expect_room().returning(|half| PathBuf::from(half.name()));
            draft.expect_enclose().returning(|_, _, _| Ok(FileFacts { size: 1, digest: [1; 32] }));
            draft.expect_finish().times(1).returning(|_| Ok(()));
            Ok(Box::new(draft))
        });
        archives
    }

    fn service(&self) -> BackupService {
        let mut store = MockStore::new();
        if self.takes {
            let mut work = StagedWork::new(&Journal::default());
            work.keep_events();
            store = staged_store([work]);
        }
        let chain = || {
            let mut chain = MockChainDirectory::new();
            chain.expect_end().returning(|| Ok(None));
            chain.expect_is_waiting().returning(|| Ok(false));
            Arc::new(chain)
        };
        let (mut instance, mut keyring) = (MockInstanceDirectory::new(), MockKeyringDirectory::new());
        instance.expect_find().returning(|| Ok(Some(installation())));
        keyring.expect_keyring().returning(|| Ok(samples::keyring()));
        let mut snapshots = MockSnapshots::new();
        snapshots.expect_sweep_holds().withf(|now| *now == samples::NOW).times(1).returning(|_| Ok(()));
        snapshots.expect_hold().returning(|_| Ok(Hold([1; 16])));
        snapshots.expect_release().returning(|_| Ok(true));
        snapshots.expect_standing().returning(|_| Ok((Keeper::Sqlite, 16)));
        snapshots.expect_copy().returning(|_, _, _| Ok(()));
        let audit = AuditPorts {
            store: Arc::new(MockStore::new()),
            events: Arc::new(MockAuditDirectory::new()),
            chain: chain(),
            users: Arc::new(MockUserDirectory::new()),
            sealing: Arc::new(super::sealing(1)),
            documents: Arc::new(MockDocuments::new()),
            ledger: Arc::new(MockLedger::new()),
            ids: ids(),
        };
        BackupService::new(BackupPorts {
            store: Arc::new(store),
            instance: Arc::new(instance),
            keyring: Arc::new(keyring),
            chain: chain(),
            audit: Arc::new(AuditService::new(audit, None)),
            snapshots: Arc::new(snapshots),
            archives: Arc::new(self.archives()),
            documents: Arc::new(documents()),
            ids: ids(),
        })
    }

    async fn round(&self, keep: usize) -> Round {
        self.service().keep_up(&schedule(keep), &nobody()).await.unwrap()
    }
}

#[tokio::test]
async fn where_one_is_due_it_is_taken_and_the_oldest_goes() {
    let world =
        World { takes: true, removes: vec!["xtrem-1"], ..World::with(&[("xtrem-2", 25), ("xtrem-1", 49)]) };
    let round = world.round(2).await;
    assert_eq!(round.taken, Some(schedule(2).place(samples::NOW)));
    assert_eq!(round.removed, [Path::new("/copies/xtrem-1")]);
    assert_eq!(round.last_good, Some(samples::NOW));
}

#[tokio::test]
async fn where_none_is_due_nothing_is_taken_and_nothing_goes() {
    let world = World::with(&[("xtrem-3", 1), ("xtrem-2", 25), ("xtrem-1", 49)]);
    let round = world.round(1).await;
    assert_eq!(round, Round { last_good: Some(samples::NOW.minus(HOUR)), ..Round::default() });
}

#[tokio::test]
async fn what_is_not_good_counts_for_nothing_and_is_left_alone() {
    let found = [("xtrem-4", 1), ("xtrem-3", 2), ("xtrem-2", 3), ("xtrem-1", 30)];
    let (foreign, unsigned, incomplete) = ("xtrem-4", "xtrem-3", "xtrem-2");
    let world =
        World { takes: true, removes: vec!["xtrem-1"], foreign, unsigned, incomplete, ..World::with(&found) };
    let round = world.round(1).await;
    assert_eq!(round.removed, [Path::new("/copies/xtrem-1")]);
}
