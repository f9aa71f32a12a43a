//! The manual: one page for each command, made from what the command line says of itself.

use super::Cli;
use crate::failure::Failure;
use crate::output;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Print the manual page of Xtrem, or write one page for each command
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem man | man -l -
  xtrem man --dir /usr/local/share/man/man1")]
pub(super) struct Manual {
    /// Write one page for each command into this folder, such as `xtrem-user-create.1`, instead of printing the first
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl Manual {
    /// Prints or writes it; no settings are read for that.
    pub(super) fn execute(&self) -> Result<(), Failure> {
        let Some(dir) = &self.dir else {
            return Ok(output::text(&page(command())?)?);
        };
        let count = write_all(dir)
            .map_err(|error| Failure::Failed(format!("{} can't be written: {error}", dir.display())))?;
        Ok(output::line(format!("{count} pages were written into {}", dir.display()))?)
    }
}

/// The command line, as far as it needs a page: how to ask for help is said on each.
fn command() -> Command {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    command
}

/// Writes every page, and says how many there are.
fn write_all(dir: &Path) -> io::Result<usize> {
    make(dir)?;
    let mut left = vec![command()];
    let mut count = 0;
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().cloned());
        let path = dir.join(format!("{}.1", title(&command)));
        fs::write(&path, page(command)?)?;
        fs::set_permissions(&path, Permissions::from_mode(0o644))?;
        count += 1;
    }
    Ok(count)
}

/// Makes a folder that everybody may look into: what this process makes is for its owner only, unless it says otherwise.
fn make(dir: &Path) -> io::Result<()> {
    let absent: Vec<&Path> = dir.ancestors().take_while(|folder| !folder.exists()).collect();
    fs::create_dir_all(dir)?;
    let mut named = absent.into_iter().filter(|folder| !folder.as_os_str().is_empty());
    named.try_for_each(|folder| fs::set_permissions(folder, Permissions::from_mode(0o755)))
}

fn title(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn page(mut command: Command) -> io::Result<String> {
    let has_commands = command.has_subcommands();
    let end = command.get_after_help().map(ToString::to_string);
    // As `--help` has it, with the names of values.
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    let command = command.override_usage(usage).subcommand_help_heading("COMMANDS");
    let source = format!("Xtrem {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command).source(source).manual("Xtrem");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(end) = end {
        sections(&end).to_writer(&mut page)?;
    }
    String::from_utf8(page).map_err(io::Error::other)
}

/// What stands at the end of a help text. A line with a colon behind it is the title of a section; what is indented
/// keeps its lines.
fn sections(text: &str) -> Roff {
    let mut roff = Roff::default();
    let mut is_as_it_is = false;
    for line in text.lines() {
        let is_indented = line.starts_with(' ');
        if is_indented != is_as_it_is {
            roff.control(if is_indented { "nf" } else { "fi" }, []);
            is_as_it_is = is_indented;
        }
        match line.strip_suffix(':') {
            Some(title) if !is_indented => roff.control("SH", [title.to_uppercase().as_str()]),
            _ if line.is_empty() => roff.control("PP", []),
            _ => roff.text([roman(line.trim_start())]),
        };
    }
    if is_as_it_is {
        roff.control("fi", []);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_that_everybody_may_read() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("man/man1");
        let count = write_all(&dir).unwrap();
        assert_eq!(fs::read_dir(&dir).unwrap().count(), count);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&folder.path().join("man"))), (0o755, 0o755));
        for name in ["xtrem", "xtrem-serve", "xtrem-user", "xtrem-user-create", "xtrem-keys-rotate"] {
            let path = dir.join(format!("{name}.1"));
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{name}: {text}");
            assert_eq!(mode(&path), 0o644, "{name}");
        }
    }

    #[test]
    fn examples_keep_their_lines() {
        let roff = sections("Examples:\n  a b\n  c\n\nText.").to_roff();
        assert!(roff.ends_with(".SH EXAMPLES\n.nf\na b\nc\n.fi\n.PP\nText.\n"), "{roff}");
    }
}
