use super::*;
use application::backup::{FileFacts, Unwatched};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use tempfile::TempDir;

const COPY: &[u8] = b"everything that there is, whoever reads it";

struct Ground {
    folder: TempDir,
}

impl Ground {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn archives(&self, recipient: Option<Recipient>, identities: Option<Identities>) -> FolderArchives {
        FolderArchives::new(self.at("data"), recipient, identities)
    }

    /// A pair of keys: the public one, and a file with the private one.
    fn pair(&self, name: &str) -> (Recipient, Identities) {
        use age::secrecy::ExposeSecret;
        let key = age::x25519::Identity::generate();
        let file = self.at(name);
        let text = format!("# created: today\n\n{}\n", key.to_string().expose_secret());
        fs::write(&file, text).unwrap();
        (Recipient::parse(&key.to_public().to_string()).unwrap(), Identities::read(&file).unwrap())
    }
}

fn nobody() -> Watcher {
    Arc::new(Unwatched)
}

async fn taken(archives: &FolderArchives, place: &Path) -> [HalfFile; 2] {
    let mut draft = archives.begin(place).await.unwrap();
    let mut files = Vec::new();
    for half in Half::BOTH {
        fs::write(draft.room(half), [COPY, half.name().as_bytes()].concat()).unwrap();
        let facts = draft.enclose(half, Keeper::Sqlite, &nobody()).await.unwrap();
        files.push(HalfFile { keeper: Keeper::Sqlite, is_encrypted: archives.recipient.is_some(), facts });
    }
    draft.finish("{\"signed\":1}\n").await.unwrap();
    files.try_into().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn what_was_taken_is_whole_private_and_comes_back_as_it_was() {
    let ground = Ground::new();
    let (archives, place) = (ground.archives(None, None), ground.at("deep/in/here"));
    let [main, vault] = taken(&archives, &place).await;
    assert_eq!(names(&place), ["main.db", "manifest.json", "vault.db"]);
    assert_eq!(names(place.parent().unwrap()), ["here"]);
    assert_eq!(mode(&place), 0o700);
    for name in names(&place) {
        assert_eq!(mode(&place.join(&name)), 0o600, "{name}");
    }
    assert_eq!(archives.manifest(&place).await.unwrap(), "{\"signed\":1}\n");
    for (half, file) in [(Half::Main, main), (Half::Vault, vault)] {
        assert!(archives.is_there(&place, half, &file).await);
        archives.compare(&place, half, &file, &nobody()).await.unwrap();
        let to = ground.at(half.name());
        archives.unpack(&place, half, &file, &to, &nobody()).await.unwrap();
        assert_eq!(fs::read(&to).unwrap(), [COPY, half.name().as_bytes()].concat());
        assert_eq!(mode(&to), 0o600);
    }
}

#[tokio::test]
async fn what_is_encrypted_is_read_with_the_private_key_alone() {
    let ground = Ground::new();
    let (recipient, identities) = ground.pair("right");
    let (_, others) = ground.pair("wrong");
    let place = ground.at("copy");
    let [main, _] = taken(&ground.archives(Some(recipient), None), &place).await;
    assert_eq!(names(&place), ["main.db.age", "manifest.json", "vault.db.age"]);
    let stored = fs::read(place.join("main.db.age")).unwrap();
    assert!(stored.starts_with(b"age-encryption.org/v1\n"));
    assert!(!stored.windows(10).any(|bytes| bytes == &COPY[..10]));
    assert!(names(&ground.at("data")).is_empty(), "{:?}", names(&ground.at("data")));

    let to = ground.at("read");
    let unpack = async |identities| {
        let archives = ground.archives(None, identities);
        archives.unpack(&place, Half::Main, &main, &to, &nobody()).await.map_err(|error| error.to_string())
    };
    assert!(unpack(None).await.unwrap_err().contains("--identity"));
    assert!(unpack(Some(others)).await.unwrap_err().contains("none of the private keys"));
    assert!(!to.exists());
    unpack(Some(identities)).await.unwrap();
    assert_eq!(fs::read(&to).unwrap(), [COPY, b"main"].concat());
}

#[tokio::test]
async fn a_file_that_is_not_the_one_that_was_taken_is_refused() {
    let ground = Ground::new();
    let (archives, place) = (ground.archives(None, None), ground.at("copy"));
    let [main, vault] = taken(&archives, &place).await;
    let file = place.join("main.db");
    let refusal = async |half, facts: &HalfFile| {
        archives.compare(&place, half, facts, &nobody()).await.unwrap_err().to_string()
    };
    assert!(refusal(Half::Main, &vault).await.contains("cut off"));
    let stored = fs::read(&file).unwrap();
    fs::write(&file, &stored[1..]).unwrap();
    assert!(refusal(Half::Main, &main).await.contains("cut off"));
    assert!(!archives.is_there(&place, Half::Main, &main).await);
    for at in 0..stored.len() {
        let mut altered = stored.clone();
        altered[at] ^= 1;
        fs::write(&file, altered).unwrap();
        assert!(refusal(Half::Main, &main).await.contains("altered"), "byte {at}");
    }
    fs::remove_file(&file).unwrap();
    assert!(refusal(Half::Main, &main).await.contains("is missing"));
    fs::remove_file(place.join("manifest.json")).unwrap();
    assert!(archives.manifest(&place).await.unwrap_err().to_string().contains("no backup"));
}

#[tokio::test]
async fn a_backup_that_was_not_finished_is_gone_and_was_never_taken_for_one() {
    let ground = Ground::new();
    let (recipient, _) = ground.pair("right");
    let (archives, folder) = (ground.archives(Some(recipient), None), ground.at("copies"));
    let mut draft = archives.begin(&folder.join("xtrem-1")).await.unwrap();
    fs::write(draft.room(Half::Main), COPY).unwrap();
    draft.enclose(Half::Main, Keeper::Postgres, &nobody()).await.unwrap();
    fs::write(draft.room(Half::Vault), COPY).unwrap();
    assert!(archives.list(&folder).await.unwrap().is_empty());
    assert_eq!(names(&folder).len(), 1);
    drop(draft);
    assert!(names(&folder).is_empty() && names(&ground.at("data")).is_empty());
}

#[tokio::test]
async fn what_a_dead_process_has_begun_is_swept_away_and_what_a_living_one_has_is_not() {
    let ground = Ground::new();
    let (archives, folder) = (ground.archives(None, None), ground.at("copies"));
    let living = archives.begin(&folder.join("xtrem-1")).await.unwrap();
    fs::write(living.room(Half::Main), COPY).unwrap();
    fs::create_dir(folder.join(".xtrem-0.partial-77-1")).unwrap();
    fs::write(folder.join(".xtrem-0.partial-77-1/main"), COPY).unwrap();
    taken(&archives, &folder.join("xtrem-2")).await;
    assert!(living.room(Half::Main).exists());
    assert!(!folder.join(".xtrem-0.partial-77-1").exists());
    assert_eq!(archives.list(&folder).await.unwrap(), [folder.join("xtrem-2")]);
}

#[tokio::test]
async fn a_backup_never_takes_the_place_of_anything() {
    let ground = Ground::new();
    let (archives, place) = (ground.archives(None, None), ground.at("copy"));
    fs::create_dir(&place).unwrap();
    taken(&archives, &place).await;
    let refused = archives.begin(&place).await.map(drop).unwrap_err().to_string();
    assert!(refused.contains("there is something already"), "{refused}");
    let mut draft = archives.begin(&ground.at("late")).await.unwrap();
    for half in Half::BOTH {
        fs::write(draft.room(half), COPY).unwrap();
        draft.enclose(half, Keeper::Sqlite, &nobody()).await.unwrap();
    }
    fs::create_dir(ground.at("late")).unwrap();
    fs::write(ground.at("late/mine"), "mine").unwrap();
    let refused = draft.finish("{}").await.unwrap_err().to_string();
    assert!(refused.contains("somebody else"), "{refused}");
    assert_eq!(names(&ground.at("late")), ["mine"]);
}

#[tokio::test]
async fn only_what_has_a_manifest_and_a_name_by_time_is_listed_and_what_is_removed_is_gone() {
    let ground = Ground::new();
    let (archives, folder) = (ground.archives(None, None), ground.at("copies"));
    assert!(archives.list(&folder).await.unwrap().is_empty());
    for name in ["xtrem-2", "xtrem-1", "by-hand"] {
        taken(&archives, &folder.join(name)).await;
    }
    fs::create_dir(folder.join("xtrem-3")).unwrap();
    assert_eq!(archives.list(&folder).await.unwrap(), [folder.join("xtrem-1"), folder.join("xtrem-2")]);
    archives.remove(&folder.join("xtrem-1")).await.unwrap();
    assert_eq!(names(&folder), ["by-hand", "xtrem-2", "xtrem-3"]);
}

#[test]
fn a_key_of_another_kind_is_refused_and_a_private_one_is_never_shown() {
    let ground = Ground::new();
    let (recipient, identities) = ground.pair("right");
    assert_eq!(format!("{identities:?}"), "Identities([redacted])");
    assert!(format!("{recipient:?}").contains("age1"));
    for bad in ["", "age1", "ssh-ed25519 AAAA", &recipient.to_string().replace("age1", "age2")] {
        assert!(Recipient::parse(bad).is_err(), "{bad}");
    }
    let file = ground.at("bad");
    for (text, told) in [("# nothing\n", "no private key"), ("\nage1x\n", "line 2")] {
        fs::write(&file, text).unwrap();
        let refused = Identities::read(&file).map(drop).unwrap_err();
        assert!(refused.contains(told), "{refused}");
    }
    assert!(Identities::read(&ground.at("none")).is_err());
}

#[tokio::test]
async fn how_far_it_is_counts_up_to_the_size_of_the_file() {
    struct Seen(std::sync::Mutex<(Option<u64>, u64)>);
    impl application::backup::Progress for Seen {
        fn begin(&self, _: application::backup::Step, of: Option<u64>) {
            self.0.lock().unwrap().0 = of;
        }
        fn at(&self, done: u64) {
            self.0.lock().unwrap().1 = done;
        }
    }
    let ground = Ground::new();
    let file = ground.at("file");
    fs::write(&file, vec![7; 700_000]).unwrap();
    let seen = Seen(std::sync::Mutex::default());
    let FileFacts { size, .. } = enclosed::take(&file, Half::Main, &seen).unwrap();
    assert_eq!((size, seen.0.into_inner().unwrap()), (700_000, (Some(700_000), 700_000)));
}
