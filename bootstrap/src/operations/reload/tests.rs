use super::*;
use crate::config::Flag;
use std::sync::Mutex;
use tempfile::TempDir;
use tokio::sync::mpsc::channel;

struct Settings {
    folder: TempDir,
    sources: Sources,
}

impl Settings {
    fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources { directory: folder.path().to_owned(), ..Sources::default() };
        let settings = Self { folder, sources };
        settings.write(text);
        settings
    }

    fn write(&self, text: &str) {
        std::fs::write(self.folder.path().join("config.toml"), text).unwrap();
    }

    fn load(&self) -> Loaded {
        config::load(&self.sources).unwrap()
    }
}

const CALM: &str = "[log]\nlevel = \"info\"\n[backup]\ndir = \"/srv/copies\"\n";

/// Reads the settings again after each of these texts. Answers with what the log was told to tell.
async fn reloaded(settings: &Settings, texts: &[&str]) -> Vec<String> {
    let set = Mutex::new(Vec::new());
    let set_filter = |filter: &str| {
        set.lock().unwrap().push(filter.to_owned());
        Ok(())
    };
    let Loaded { config, report, .. } = settings.load();
    let (sources, filter) = (&settings.sources, config.log.filter);
    let reload = Reload { sources, in_force: report, filter, set_filter: &set_filter };
    let (ask, asked) = channel(1);
    let asking = async {
        for text in texts {
            settings.write(text);
            ask.send(()).await.unwrap();
            // It is read when there is room to ask again, and nobody has taken this one.
            while ask.capacity() == 0 {
                tokio::task::yield_now().await;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        never = reload.follow(asked) => match never {},
        () = asking => {}
    }
    set.into_inner().unwrap()
}

#[tokio::test]
async fn a_new_level_applies_and_the_same_one_is_not_set_again() {
    let settings = Settings::of(CALM);
    let louder = CALM.replace("info", "debug");
    assert_eq!(reloaded(&settings, &[CALM, &louder, &louder, CALM]).await, ["debug", "info"]);
}

#[tokio::test]
async fn settings_that_do_not_read_leave_everything_as_it_is() {
    let settings = Settings::of(CALM);
    let broken = "[log]\nlevel = \"debug\"\n[server]\nlisten = 7\n";
    assert_eq!(reloaded(&settings, &[broken, "log = ["]).await, [""; 0]);
}

#[test]
fn what_waits_for_a_restart_is_named_key_by_key() {
    let settings = Settings::of(CALM);
    let in_force = settings.load().report;
    assert_eq!(differing(&in_force, &settings.load().report), [""; 0]);
    settings.write("[log]\nlevel = \"debug\"\nformat = \"text\"\n[server]\nmax_connections = 7\n");
    let found = settings.load().report;
    assert_eq!(differing(&in_force, &found), ["server.max_connections", "log.format", "backup.dir"]);
}

#[test]
fn what_stands_above_a_file_stays_as_it_was() {
    let mut settings = Settings::of(CALM);
    settings.sources.flags =
        vec![Flag { name: "--listen", key: "server.listen", value: "127.0.0.1:8081".to_owned() }];
    let in_force = settings.load().report;
    settings.write(&format!("{CALM}[server]\nlisten = \"127.0.0.1:8082\"\n"));
    assert_eq!(differing(&in_force, &settings.load().report), [""; 0]);
}
