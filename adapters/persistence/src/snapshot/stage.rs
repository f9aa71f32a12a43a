//! Where a backup is put back, or only tried: a file beside the one in use, or a database of a server.

use super::moves::Moves;
use super::postgres::Ground;
use super::server::{PostgresTools, Server, with_database};
use super::{address, clear_holds, failed, keeper, postgres, sqlite};
use crate::settings::{Address, Settings};
use crate::store::SqlStore;
use application::backup::{Half, Keeper, Loaded, SnapshotError, Stage, Step, Watcher};
use application::fault::chain;
use application::sealing::Sealing;
use async_trait::async_trait;
use domain::Timestamp;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Mutex;

/// What a backup is loaded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be put where nothing is.
    Vacant,
    /// To be put where something may be, which is moved aside.
    Replace,
    /// To be tried, and removed again.
    Trial,
}

/// Puts backups back into the databases of some settings.
pub struct SqlStage {
    purpose: Purpose,
    main: Settings,
    vault: Settings,
    folder: PathBuf,
    tools: PostgresTools,
    /// What everything that this one makes is called by.
    mark: String,
    state: Mutex<State>,
}

/// What was done so far, and has to be undone when it comes to nothing.
#[derive(Default)]
struct State {
    /// Databases that are in use by nobody else as long as these are open.
    taken: Vec<SqliteConnection>,
    /// Halves into which something was loaded on a server.
    loaded: Vec<Half>,
    /// Halves whose tables were moved aside on a server.
    aside: Vec<Half>,
}

impl SqlStage {
    /// What can't be loaded in its place is unpacked in a folder of its own inside `folder`.
    #[must_use]
    pub fn new(
        purpose: Purpose,
        main: Settings,
        vault: Settings,
        folder: PathBuf,
        tools: PostgresTools,
    ) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(1);
        let mark = format!("{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        Self { purpose, main, vault, folder, tools, mark, state: Mutex::default() }
    }

    const fn settings(&self, half: Half) -> &Settings {
        match half {
            Half::Main => &self.main,
            Half::Vault => &self.vault,
        }
    }

    fn workroom(&self) -> PathBuf {
        self.folder.join(format!(".restoring-{}", self.mark))
    }

    /// The file that a copy becomes before it is in its place.
    fn staged(&self, half: Half, target: &Path) -> PathBuf {
        if self.purpose == Purpose::Trial {
            return self.workroom().join(format!("{}.db", half.name()));
        }
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".restoring-{}", self.mark));
        PathBuf::from(name)
    }

    fn dump(&self, half: Half) -> PathBuf {
        self.workroom().join(format!("{}.pgdump", half.name()))
    }

    /// A name on a server that is this stage's own.
    fn own_name(&self, what: &str, half: Half) -> String {
        format!("xtrem_{what}_{}_{}", self.mark, half.name())
    }

    /// The database that is loaded: the one that is meant, or one of its own for a trial.
    fn loaded(&self, half: Half) -> Result<Settings, SnapshotError> {
        let settings = self.settings(half);
        match (address(settings)?, self.purpose) {
            (Address::Sqlite(target), _) => {
                Ok(settings.with_url(format!("sqlite:{}", self.staged(half, &target).display())))
            }
            (Address::Postgres(_), Purpose::Trial) => with_database(settings, &self.own_name("trial", half)),
            (Address::Postgres(_), _) => Ok(settings.clone()),
        }
    }

    async fn require_file(&self, target: &Path) -> Result<(), SnapshotError> {
        let there: Vec<PathBuf> = sqlite::family(target).filter(|path| path.exists()).collect();
        let Some(first) = there.first() else { return Ok(()) };
        if self.purpose == Purpose::Vacant {
            return Err(SnapshotError::Refused(format!(
                "there is something at {} already, and nothing was touched: name another database, or say --replace to have \
                 it moved aside",
                first.display()
            )));
        }
        if target.exists()
            && let Some(taken) = sqlite::take(target).await?
        {
            self.state.lock().await.taken.push(taken);
        }
        Ok(())
    }

    async fn load_dump(&self, half: Half) -> Result<(), SnapshotError> {
        let settings = self.settings(half);
        let Address::Postgres(options) = address(settings)? else { return Ok(()) };
        let ground = Ground::new(&options);
        match self.purpose {
            Purpose::Trial => {
                self.state.lock().await.loaded.push(half);
                ground.make(&self.own_name("trial", half)).await?;
            }
            Purpose::Replace => {
                if ground.move_aside(&self.own_name("aside", half)).await? {
                    self.state.lock().await.aside.push(half);
                }
            }
            // Nobody may have put anything there in the meantime.
            Purpose::Vacant => ground.require_room(false).await?,
        }
        let (schema, loaded) = (ground.schema().await?, self.loaded(half)?);
        let Address::Postgres(options) = address(&loaded)? else { return Ok(()) };
        if self.purpose == Purpose::Trial {
            Ground::new(&options).make_schema(&schema).await?;
        } else {
            self.state.lock().await.loaded.push(half);
        }
        postgres::load(&self.tools, &schema, &Server::new(&options, &loaded)?, &self.dump(half)).await
    }

    async fn undo(&self, half: Half, state: &State) -> Result<(), SnapshotError> {
        match address(self.settings(half))? {
            Address::Sqlite(target) => sqlite::remove(&self.staged(half, &target)),
            Address::Postgres(options) => {
                let (ground, loaded) = (Ground::new(&options), state.loaded.contains(&half));
                let aside = state.aside.contains(&half).then(|| self.own_name("aside", half));
                match self.purpose {
                    Purpose::Trial if loaded => ground.remove(&self.own_name("trial", half)).await,
                    Purpose::Trial => Ok(()),
                    _ if loaded || aside.is_some() => ground.undo(loaded, aside.as_deref()).await,
                    _ => Ok(()),
                }
            }
        }
    }

    /// Puts files in their places, and what was there aside; all or none.
    fn put_files(&self, before: &str) -> Result<Vec<String>, SnapshotError> {
        let mut files = Vec::new();
        for half in Half::BOTH {
            if let Address::Sqlite(target) = address(self.settings(half))? {
                files.push((self.staged(half, &target), target));
            }
        }
        let (mut moves, mut aside) = (Moves::default(), Vec::new());
        // The main database goes first and comes last: whoever starts in between finds none, and refuses.
        for (_, target) in &files {
            let mut gone = target.as_os_str().to_owned();
            gone.push(format!(".{before}"));
            for (there, gone) in sqlite::family(target).zip(sqlite::family(Path::new(&gone))) {
                if there.exists() {
                    moves.rename(&there, &gone)?;
                    aside.push(gone.display().to_string());
                }
            }
        }
        for (staged, target) in files.iter().rev() {
            moves.rename(staged, target)?;
        }
        moves.finish()?;
        Ok(aside)
    }

    /// Gives what was moved aside on a server its lasting name, and says where it is.
    async fn name_aside(&self, half: Half, lasting: &str) -> Result<String, SnapshotError> {
        let Address::Postgres(options) = address(self.settings(half))? else { return Ok(String::new()) };
        let (ground, own) = (Ground::new(&options), self.own_name("aside", half));
        // Everything is in its place: what has kept its first name is no less aside.
        let name = ground.name_aside(&own, lasting).await.map_or(own.as_str(), |()| lasting);
        Ok(format!("schema {name} in {}", ground.place()))
    }

    fn remove_workroom(&self) -> Result<(), SnapshotError> {
        let workroom = self.workroom();
        match fs::remove_dir_all(&workroom) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(&workroom, &error)),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Stage for SqlStage {
    fn keeper(&self, half: Half) -> Keeper {
        keeper(self.settings(half))
    }

    async fn require_room(&self) -> Result<(), SnapshotError> {
        if self.purpose == Purpose::Trial {
            return Ok(());
        }
        for half in Half::BOTH {
            match address(self.settings(half))? {
                Address::Sqlite(target) => self.require_file(&target).await?,
                Address::Postgres(options) => {
                    Ground::new(&options).require_room(self.purpose == Purpose::Replace).await?;
                }
            }
        }
        Ok(())
    }

    async fn room(&self, half: Half) -> Result<PathBuf, SnapshotError> {
        let room = match address(self.settings(half))? {
            Address::Sqlite(target) => self.staged(half, &target),
            Address::Postgres(_) => self.dump(half),
        };
        let folder = room.parent().unwrap_or(Path::new("."));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| failed(folder, &error))?;
        Ok(room)
    }

    async fn load(&self, half: Half, watcher: &Watcher) -> Result<(), SnapshotError> {
        if self.keeper(half) == Keeper::Sqlite {
            return match address(self.settings(half))? {
                Address::Sqlite(target) => sqlite::check(&self.staged(half, &target)).await,
                Address::Postgres(_) => Ok(()),
            };
        }
        watcher.begin(Step::Load(half), None);
        self.load_dump(half).await
    }

    async fn open(&self, sealing: Arc<dyn Sealing>) -> Result<Box<dyn Loaded>, SnapshotError> {
        let wrong = |text: String| SnapshotError::Failed(format!("the backup can't be used: {text}"));
        let (main, vault) = (self.loaded(Half::Main)?, self.loaded(Half::Vault)?);
        let store = SqlStore::open(&main, &vault, sealing).await.map_err(|error| wrong(chain(&error)))?;
        let ready = async {
            store.migrate().await.map_err(|error| wrong(chain(&error)))?;
            Ok(clear_holds(&store).await?)
        };
        match ready.await {
            Ok(()) => Ok(Box::new(store)),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    async fn settle(&self, at: Timestamp) -> Result<Vec<String>, SnapshotError> {
        let mut state = self.state.lock().await;
        for taken in state.taken.drain(..) {
            taken.close().await.map_err(|error| SnapshotError::Failed(error.to_string()))?;
        }
        let before = format!("before_{}", at.as_seconds());
        let mut aside = self.put_files(&before)?;
        // From here on nothing is undone any more, whatever happens to whoever waits for this.
        let done = std::mem::take(&mut *state);
        drop(state);
        for half in done.aside {
            aside.push(self.name_aside(half, &format!("xtrem_{before}")).await?);
        }
        // Everything is in its place: what is left over is no reason to say that it is not.
        if let Err(error) = self.remove_workroom() {
            tracing::warn!(%error, "what was unpacked was left behind");
        }
        Ok(aside)
    }

    async fn clear(&self) -> Result<(), SnapshotError> {
        let mut state = self.state.lock().await;
        for taken in state.taken.drain(..) {
            // What it held is left as it was.
            let _ = taken.close().await;
        }
        let mut cleared = Ok(());
        for half in Half::BOTH {
            let undone = self.undo(half, &state).await;
            cleared = cleared.and(undone);
        }
        *state = State::default();
        drop(state);
        cleared.and(self.remove_workroom())
    }
}
