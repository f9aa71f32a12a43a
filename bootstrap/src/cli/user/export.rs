//! Everything that is held about somebody, for whoever asks on paper.

use super::super::house::with_house;
use super::super::person::Person;
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::wiring::House;
use application::actor::Actor;
use application::document::Document;
use clap::Args;
use std::fs::{File, OpenOptions, remove_file};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Whose data, and where to.
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem user export ada --output ada.json
  xtrem document verify ada.json")]
pub(in crate::cli) struct Export {
    #[command(flatten)]
    person: Person,
    /// Write it into this file, which only you can read; nothing is ever written over
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        let Some(path) = self.output.as_deref() else {
            return with_house(config, async |house| {
                Ok(output::line(gather(house, &self.person).await?.as_str())?)
            })
            .await;
        };
        // That it was exported is written down, so it must be possible to write it.
        let file = make(path)?;
        let done = with_house(config, async |house| {
            let document = gather(house, &self.person).await?;
            write(file, &document).map_err(|error| unwritable(path, &error))
        })
        .await;
        if done.is_err() {
            // What is in it is nothing, or half of something.
            let _ = remove_file(path);
        }
        done
    }
}

async fn gather(house: &House, person: &Person) -> Result<Document, Failure> {
    let id = person.find(house).await?.user.id;
    house.users.export_of(&Actor::system(), id).await.map_err(|error| Failure::of_use_case(&error))
}

fn make(path: &Path) -> Result<File, Failure> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map_err(|error| unwritable(path, &error))
}

fn write(mut file: File, document: &Document) -> io::Result<()> {
    writeln!(file, "{}", document.as_str())?;
    file.sync_all()
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Failed(format!("{} can't be written: {error}", path.display()))
}
