use super::Options;
use crate::driver::Rotation;
use crate::machine::Cores;
use crate::seed::{Failure, House};
use crate::service::{Launch, Service};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tempfile::TempDir;

/// What every row stands on: the machine, the binary, and databases of any number of people.
pub struct Ground {
    /// What was asked for.
    pub options: Options,
    /// Which core does what.
    pub cores: Cores,
    /// Where databases of people are that nobody has worked on yet.
    originals: PathBuf,
    scratch: TempDir,
}

/// A running service on a copy of such a database, and the same database from inside.
pub struct Stage {
    /// The service.
    pub service: Service,
    /// What it works on.
    pub house: House,
    // Last: it goes when nobody works on it any more.
    _folder: TempDir,
}

impl Ground {
    /// Takes the driver's core, and makes the folders.
    pub fn prepare(options: Options) -> Result<Self, Failure> {
        let cores = Cores::find()?;
        cores.drive()?;
        fs::create_dir_all(&options.out)?;
        // Not in the system's folder for what is temporary, which may lie in memory: what is durable has to be so here.
        let scratch = TempDir::with_prefix_in("run-", fs::canonicalize(&options.out)?)?;
        let originals = match &options.keep {
            Some(folder) => {
                fs::create_dir_all(folder)?;
                fs::canonicalize(folder)?
            }
            None => scratch.path().join("originals"),
        };
        Ok(Self { options, cores, originals, scratch })
    }

    /// A folder that goes with what is in it.
    pub fn folder(&self) -> io::Result<TempDir> {
        TempDir::new_in(self.scratch.path())
    }

    /// How to start the service in a folder.
    pub fn launch(&self, folder: &Path) -> io::Result<Launch> {
        let binary = fs::canonicalize(&self.options.binary)?;
        Ok(Launch { binary, folder: folder.to_owned(), extra: Vec::new(), cores: self.cores })
    }

    /// The service on a database of so many people.
    pub async fn stage(&self, people: usize) -> Result<Stage, Failure> {
        let folder = self.copy(people).await?;
        let launch = self.launch(folder.path())?;
        let service = launch.start().await?;
        let house = open(&launch).await?;
        Ok(Stage::new(service, house, folder))
    }

    /// A copy of a database of so many people, to be worked on.
    pub async fn copy(&self, people: usize) -> Result<TempDir, Failure> {
        let original = self.original(people).await?;
        let folder = self.folder()?;
        copy(&original, folder.path())?;
        Ok(folder)
    }

    /// A database of so many people, which the service has founded and then was filled.
    async fn original(&self, people: usize) -> Result<PathBuf, Failure> {
        let place = |people: usize| self.originals.join(people.to_string());
        let wanted = place(people);
        if wanted.exists() {
            return Ok(wanted);
        }
        let making = self.originals.join("making");
        let _ = fs::remove_dir_all(&making);
        // Whoever is in a smaller one already need not come in again.
        let smaller = [100_000, 10_000].into_iter().find(|fewer| *fewer < people && place(*fewer).exists());
        fs::create_dir_all(&making)?;
        if let Some(fewer) = smaller {
            copy(&place(fewer), &making)?;
        }
        let began = Instant::now();
        let launch = self.launch(&making)?;
        launch.start().await?.stop().await?;
        let house = open(&launch).await?;
        house.take_in(smaller.unwrap_or(0)..people).await?;
        house.close().await;
        let fresh = people - smaller.unwrap_or(0);
        say(&format!("{fresh} people taken in within {:.0} s", began.elapsed().as_secs_f64()))?;
        fs::rename(&making, &wanted)?;
        Ok(wanted)
    }
}

/// The database of a service in its data folder, from inside.
async fn open(launch: &Launch) -> Result<House, Failure> {
    let data = launch.data();
    let file = |name: &str| format!("sqlite:{}", data.join(name).display());
    House::open(&data, &file("xtrem.db"), &file("vault.db")).await
}

impl Stage {
    /// A service and its database, with the folder that goes when both are done.
    pub(super) fn new(service: Service, house: House, folder: TempDir) -> Self {
        Self { service, house, _folder: folder }
    }

    /// Access tokens of these people, each with a session of their own that began just now.
    pub async fn tokens(&self, people: &[usize]) -> Result<Vec<String>, Failure> {
        let bearers = self.house.log_in(people).await?;
        self.house.access_tokens(&self.service.url(), &bearers).await
    }

    /// As many users who each carry a session on.
    pub async fn rotations(&self, people: &[usize]) -> Result<Vec<Rotation>, Failure> {
        let bearers = self.house.log_in(people).await?;
        Ok(bearers.into_iter().map(|bearer| Rotation::new(bearer.refresh_token)).collect())
    }

    /// Ends the service and closes the database.
    pub async fn end(self) -> Result<(), Failure> {
        self.service.stop().await?;
        self.house.close().await;
        Ok(())
    }
}

/// So many numbers of people, evenly spread over all there are; nobody's is the administrator's.
#[must_use]
pub fn spread(people: usize, count: usize) -> Vec<usize> {
    (0..count).map(|place| 1 + place * (people - 1) / count).collect()
}

/// Copies a folder with what is in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Tells whoever waits.
pub(super) fn say(text: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_spread_over_all_there_are_and_each_is_named_once() {
        for (people, count) in [(10_000, 16), (10_000, 5_000), (100_000, 10_000), (1_000_000, 5_000)] {
            let chosen = spread(people, count);
            assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]), "{people}, {count}");
            assert!(chosen[0] > 0 && chosen[count - 1] < people && chosen[count - 1] > people / 16 * 14);
        }
    }
}
