use super::*;
use crate::config::{self, Sources};
use crate::ground;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An installation, or the place for one.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.set("");
        place
    }

    /// One that was started once.
    async fn started() -> Self {
        let place = Self::new();
        ground::open(&place.load().unwrap().config, None).await.unwrap().close().await;
        place
    }

    fn set(&self, more: &str) {
        let listen = "server.listen = \"127.0.0.1:0\"\nmetrics.listen = \"off\"\n";
        let data = self.data("").display().to_string();
        let text = format!("{listen}data.dir = \"{}\"\n{more}", data.trim_end_matches('/'));
        fs::write(self.0.path().join("config.toml"), text).unwrap();
    }

    fn load(&self) -> Result<Loaded, Problems> {
        config::load(&Sources { directory: self.0.path().to_owned(), ..Sources::default() })
    }

    fn data(&self, name: &str) -> PathBuf {
        self.0.path().join("data").join(name)
    }

    /// What the doctor says, having changed nothing.
    async fn examined(&self) -> Vec<Finding> {
        let before = contents(self.0.path());
        let findings = examine(self.load()).await;
        assert_eq!(contents(self.0.path()), before);
        findings
    }

    /// All that is in trouble.
    async fn troubles(&self) -> Vec<(&'static str, String)> {
        let troubles = self.examined().await.into_iter().filter(|found| found.verdict == Verdict::Trouble);
        troubles.map(|found| (found.subject, found.text)).collect()
    }
}

/// Every file below a folder, with its mode and all that stands in it.
fn contents(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        if path.is_dir() {
            found.extend(contents(&path));
            found.insert(path, (mode, Vec::new()));
        } else {
            found.insert(path.clone(), (mode, fs::read(&path).unwrap()));
        }
    }
    found
}

fn subjects(troubles: &[(&'static str, String)]) -> Vec<&'static str> {
    troubles.iter().map(|(subject, _)| *subject).collect()
}

#[tokio::test]
async fn before_the_first_start_nothing_is_in_trouble_and_nothing_is_made() {
    let place = Place::new();
    let findings = place.examined().await;
    assert!(findings.iter().all(|found| found.verdict != Verdict::Trouble), "{findings:?}");
    for subject in ["root_key", "main_database", "vault"] {
        let found = findings.iter().find(|found| found.subject == subject).unwrap();
        assert!(found.text.contains("not made yet"), "{found}");
    }
    assert!(!place.data("").exists());
}

#[tokio::test]
async fn after_it_everything_is_well() {
    let place = Place::started().await;
    let findings = place.examined().await;
    assert!(findings.iter().all(|found| found.verdict != Verdict::Trouble), "{findings:?}");
    let ok = |subject| findings.iter().any(|found| (found.subject, found.verdict) == (subject, Verdict::Ok));
    for subject in ["root_key", "files", "main_database", "vault", "migrations", "audit_trail", "clock"] {
        assert!(ok(subject), "{subject}: {findings:?}");
    }
}

#[tokio::test]
async fn a_root_key_that_is_gone_or_another_one_is_trouble() {
    let place = Place::started().await;
    let kept = fs::read(place.data("root.key")).unwrap();
    fs::remove_file(place.data("root.key")).unwrap();
    let troubles = place.troubles().await;
    assert_eq!(subjects(&troubles), ["root_key"]);
    assert!(troubles[0].1.contains("put it back"), "{troubles:?}");
    let mut other = kept.clone();
    other[0] = if kept[0] == b'0' { b'1' } else { b'0' };
    fs::write(place.data("root.key"), other).unwrap();
    fs::set_permissions(place.data("root.key"), Permissions::from_mode(0o600)).unwrap();
    let troubles = place.troubles().await;
    assert_eq!(subjects(&troubles), ["root_key"]);
    assert!(troubles[0].1.contains("not the one"), "{troubles:?}");
}

#[tokio::test]
async fn a_database_that_is_gone_is_trouble_and_not_made_anew() {
    let place = Place::started().await;
    fs::rename(place.data("vault.db"), place.data("elsewhere")).unwrap();
    assert_eq!(subjects(&place.troubles().await), ["vault"]);
    fs::rename(place.data("elsewhere"), place.data("vault.db")).unwrap();
    fs::remove_file(place.data("xtrem.db")).unwrap();
    assert_eq!(subjects(&place.troubles().await), ["main_database"]);
}

#[tokio::test]
async fn databases_that_do_not_belong_together_are_trouble() {
    let (one, other) = (Place::started().await, Place::started().await);
    fs::copy(other.data("vault.db"), one.data("vault.db")).unwrap();
    assert_eq!(subjects(&one.troubles().await), ["migrations"]);
    fs::write(one.data("vault.db"), "no database at all, whatever its name says").unwrap();
    let troubles = one.troubles().await;
    assert_eq!(subjects(&troubles), ["databases"]);
    assert!(troubles[0].1.contains("vault.db"), "{troubles:?}");
}

#[tokio::test]
async fn files_that_others_may_read_are_trouble() {
    let place = Place::started().await;
    for name in ["xtrem.db", "root.key"] {
        fs::set_permissions(place.data(name), Permissions::from_mode(0o644)).unwrap();
    }
    let troubles = place.troubles().await;
    assert_eq!(subjects(&troubles), ["root_key", "files", "files"]);
    assert!(troubles.iter().all(|(_, text)| text.contains("chmod 600")), "{troubles:?}");
}

#[tokio::test]
async fn a_folder_that_others_may_look_into_is_worth_a_second_thought() {
    let place = Place::started().await;
    fs::set_permissions(place.data(""), Permissions::from_mode(0o755)).unwrap();
    let findings = place.examined().await;
    let found = findings.iter().find(|found| found.subject == "data_folder").unwrap();
    assert_eq!(found.verdict, Verdict::Warning);
    assert!(found.text.contains("0755") && found.text.contains("chmod 700"), "{found}");
}

#[tokio::test]
async fn all_that_is_wrong_with_the_settings_is_told_at_once() {
    let place = Place::new();
    place.set("passwords.queue = \"x\"\nserver.listne = 1\n");
    let troubles = place.troubles().await;
    assert_eq!(subjects(&troubles), ["configuration", "configuration"]);
    assert!(troubles[1].1.contains("server.listen"), "{troubles:?}");
    place.set("throttle.enabled = false\n");
    let findings = place.examined().await;
    let found = findings.iter().find(|found| found.subject == "configuration").unwrap();
    assert_eq!((found.verdict, found.text.contains("throttle.enabled")), (Verdict::Warning, true), "{found}");
}

#[test]
fn a_finding_is_one_line() {
    let found = Finding::trouble("data_folder", "a\nb");
    assert_eq!(found.to_string(), "trouble  data folder     a b");
}
