//! Another machine, on which there is nothing but the root key and empty databases.

use journeys::cluster::Cluster;
use journeys::database::Database;
use journeys::server::{Ended, Program};
use journeys::{Engine, Outcome, Server, Settings};
use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// Where backups are put back.
pub struct Elsewhere {
    home: Arc<TempDir>,
    database: Database,
    vault: Database,
    engine: Engine,
}

/// A service whose backups can be taken: it knows where the programs of PostgreSQL are.
pub async fn service(engine: Engine) -> Outcome<Server> {
    Server::start(settings(engine)?).await
}

/// How it is started.
pub fn settings(engine: Engine) -> Outcome<Settings> {
    let settings = Settings::on(engine).unthrottled();
    Ok(match engine {
        Engine::Sqlite => settings,
        Engine::Postgres => {
            settings.with("BACKUP__PG_DUMP", &Cluster::tool("pg_dump")?.display().to_string())
        }
    })
}

/// Takes a backup of a service that goes on meanwhile.
pub async fn backup(server: &Server, name: &str, more: &[&str]) -> Outcome<PathBuf> {
    let place = server.home().path().join("backups").join(name);
    let told = place.display().to_string();
    server.command(&[&["backup", &told], more].concat()).await?;
    Ok(place)
}

impl Elsewhere {
    /// With the root key of that service.
    pub async fn of(server: &Server, engine: Engine) -> Outcome<Self> {
        let elsewhere = Self::without_key(engine).await?;
        std::fs::copy(server.data().join("root.key"), elsewhere.data().join("root.key"))?;
        Ok(elsewhere)
    }

    /// Without any key.
    pub async fn without_key(engine: Engine) -> Outcome<Self> {
        let home = Arc::new(tempfile::Builder::new().prefix("xtrem-elsewhere-").tempdir()?);
        let data = home.path().join("data");
        std::fs::DirBuilder::new().mode(0o700).create(&data)?;
        let database = Database::create(engine, &data).await?;
        let vault = database.vault_beside(&data).await?;
        Ok(Self { home, database, vault, engine })
    }

    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// The binary, with the settings of that service, on this machine.
    pub fn program(&self, server: &Server) -> Outcome<Program> {
        Ok(server
            .program()?
            .with("DATA__DIR", &self.data().display().to_string())
            .with("DATABASE__URL", &self.database.url())
            .with("VAULT__URL", &self.vault.url()))
    }

    /// Puts a backup back here.
    pub async fn restore(&self, server: &Server, place: &Path, more: &[&str]) -> Outcome<Ended> {
        let place = place.display().to_string();
        self.program(server)?.run(&[&["restore", &place], more].concat()).await
    }

    /// The service, here.
    pub async fn start(&self) -> Outcome<Server> {
        let settings = settings(self.engine)?.database(self.database.clone()).vault(self.vault.clone());
        Server::start(settings.living_in(&self.home)).await
    }

    /// Everything that is here: files, and the tables of servers.
    pub async fn everything(&self) -> Outcome<BTreeMap<String, u64>> {
        let mut all = BTreeMap::new();
        for entry in std::fs::read_dir(self.data())? {
            let entry = entry?;
            all.insert(entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len());
        }
        for database in [&self.database, &self.vault] {
            if let Database::Postgres(url) = database {
                let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema NOT IN \
                              ('pg_catalog', 'information_schema')";
                all.extend(
                    database.texts(tables).await?.into_iter().map(|table| (format!("{url}: {table}"), 0)),
                );
            }
        }
        Ok(all)
    }
}
