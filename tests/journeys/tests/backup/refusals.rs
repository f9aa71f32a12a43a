//! What is wrong with a backup is found before anything is touched.

use crate::elsewhere::{Elsewhere, backup, service};
use journeys::{Engine, Outcome, Resident, Server, on_both_engines};
use std::fs;
use std::path::{Path, PathBuf};

on_both_engines! {
    a_backup_that_is_not_what_was_taken_is_refused_and_nothing_is_touched,
    a_backup_is_refused_under_another_root_key_and_without_any,
    what_is_in_the_place_of_a_backup_is_kept,
}

/// A backup in which something is to be spoilt.
struct Copy {
    place: PathBuf,
    main: &'static str,
    vault: &'static str,
}

impl Copy {
    fn of(place: &Path, name: &str, engine: Engine) -> Outcome<Self> {
        let copy = place.with_file_name(name);
        fs::create_dir(&copy)?;
        for entry in fs::read_dir(place)? {
            let entry = entry?;
            fs::copy(entry.path(), copy.join(entry.file_name()))?;
        }
        let (main, vault) = match engine {
            Engine::Sqlite => ("main.db", "vault.db"),
            Engine::Postgres => ("main.pgdump", "vault.pgdump"),
        };
        Ok(Self { place: copy, main, vault })
    }

    fn flip(&self, name: &str, at: impl Fn(usize) -> usize) -> Outcome {
        let path = self.place.join(name);
        let mut bytes = fs::read(&path)?;
        let at = at(bytes.len());
        bytes[at] ^= 1;
        Ok(fs::write(path, bytes)?)
    }
}

type Spoil = fn(&Copy, &Path) -> Outcome;

/// What is done to a backup, with another one at hand, and what is said of it.
const SPOILT: &[(&str, Spoil, &str)] = &[
    ("main-begin", |copy, _| copy.flip(copy.main, |_| 0), "altered"),
    ("main-middle", |copy, _| copy.flip(copy.main, |size| size / 2), "altered"),
    ("vault-end", |copy, _| copy.flip(copy.vault, |size| size - 1), "altered"),
    ("manifest-middle", |copy, _| copy.flip("manifest.json", |size| size / 2), "manifest"),
    ("no-main", |copy, _| Ok(fs::remove_file(copy.place.join(copy.main))?), "is missing"),
    ("no-vault", |copy, _| Ok(fs::remove_file(copy.place.join(copy.vault))?), "is missing"),
    ("no-manifest", |copy, _| Ok(fs::remove_file(copy.place.join("manifest.json"))?), "no backup"),
    (
        "cut-off",
        |copy, _| {
            let file = fs::OpenOptions::new().write(true).open(copy.place.join(copy.vault))?;
            Ok(file.set_len(file.metadata()?.len() - 7)?)
        },
        "cut off",
    ),
    ("other-vault", |copy, other| swap(copy, other, copy.vault), "belongs to another backup"),
    ("other-main", |copy, other| swap(copy, other, copy.main), "belongs to another backup"),
    ("old-manifest", |copy, other| swap(copy, other, "manifest.json"), "belongs to another backup"),
    (
        "later-form",
        |copy, _| {
            let path = copy.place.join("manifest.json");
            Ok(fs::write(&path, fs::read_to_string(&path)?.replace("\"format\":1", "\"format\":2"))?)
        },
        "use the version that made it",
    ),
];

/// Takes a file from another backup.
fn swap(copy: &Copy, other: &Path, name: &str) -> Outcome {
    fs::copy(other.join(name), copy.place.join(name))?;
    Ok(())
}

async fn two_backups(server: &Server) -> Outcome<(PathBuf, PathBuf)> {
    let ann = Resident::user(server).await?;
    let older = backup(server, "older", &[]).await?;
    ann.reads("fr").await?;
    ann.client
        .send(reqwest::Method::PATCH, "/api/v1/me", &serde_json::json!({"bio": "changed"}))
        .await?
        .expect(200)?;
    Resident::user(server).await?;
    Ok((older, backup(server, "newer", &[]).await?))
}

async fn a_backup_that_is_not_what_was_taken_is_refused_and_nothing_is_touched(engine: Engine) -> Outcome {
    let server = service(engine).await?;
    let (older, newer) = two_backups(&server).await?;
    let there = Elsewhere::of(&server, engine).await?;
    let before = there.everything().await?;
    for (name, spoil, said) in SPOILT {
        let copy = Copy::of(&newer, name, engine)?;
        spoil(&copy, &older)?;
        let refused = there.restore(&server, &copy.place, &[]).await?;
        assert_eq!(refused.code, Some(1), "{name}: {refused:?}");
        assert!(refused.aside.contains(said), "{name}: {}", refused.aside);
        assert_eq!(there.everything().await?, before, "{name}");
        let place = copy.place.display().to_string();
        let checked = there.program(&server)?.run(&["backup", "--verify", &place, "--json"]).await?;
        assert!(checked.clone().expect(1)?.contains("\"good\":false"), "{name}: {checked:?}");
    }
    there.restore(&server, &newer, &[]).await?.expect(0)?;
    Ok(())
}

async fn a_backup_is_refused_under_another_root_key_and_without_any(engine: Engine) -> Outcome {
    let (server, other) = (service(engine).await?, service(Engine::Sqlite).await?);
    let place = backup(&server, "one", &[]).await?;
    let there = Elsewhere::without_key(engine).await?;
    let refused = there.restore(&server, &place, &[]).await?;
    assert!(refused.clone().expect(1)?.is_empty());
    assert!(refused.aside.contains("no root key"), "{}", refused.aside);
    fs::copy(other.data().join("root.key"), there.data().join("root.key"))?;
    let before = there.everything().await?;
    for arguments in [&["restore"][..], &["backup", "--verify"]] {
        let place = place.display().to_string();
        let refused = there.program(&server)?.run(&[arguments, &[&place]].concat()).await?;
        refused.clone().expect(1)?;
        assert!(refused.aside.contains("another root key"), "{}", refused.aside);
        assert_eq!(there.everything().await?, before);
    }
    Ok(())
}

async fn what_is_in_the_place_of_a_backup_is_kept(engine: Engine) -> Outcome {
    let mut server = service(engine).await?;
    let ann = Resident::user(&server).await?;
    let place = backup(&server, "one", &[]).await?.display().to_string();
    let bob = Resident::user(&server).await?;
    for (more, said) in [(&[][..], "--replace"), (&["--replace"], "in use")] {
        let refused = server.program()?.run(&[&["restore", place.as_str()], more].concat()).await?;
        refused.clone().expect(1)?;
        assert!(refused.aside.contains(said), "{}", refused.aside);
    }
    let taken = server.program()?.run(&["backup", &place]).await?;
    assert!(
        taken.clone().expect(1)?.is_empty() && taken.aside.contains("something already"),
        "{}",
        taken.aside
    );
    assert_eq!(bob.knocks().await?, 200);
    server.terminate()?;
    server.ended().await?;
    let told = server.command(&["restore", &place, "--replace"]).await?;
    // Both databases, and the heads of the trail that went on after the backup.
    assert_eq!(told.matches("What was there before is kept").count(), 3, "{told}");
    server.start_again().await?;
    server.client()?.log_in(&ann.person).await?;
    let gone = server.client()?.post("/api/v1/sessions", &bob.person.log_in()).await?;
    assert_eq!(gone.status, 401);
    let events = journeys::trail::at_the_command_line(&server).await?;
    let restored = events.iter().filter(|event| event["kind"] == "backup_restored").count();
    assert_eq!(restored, 1);
    server.command(&["audit", "verify"]).await.map(drop)
}
