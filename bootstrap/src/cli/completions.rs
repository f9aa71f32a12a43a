//! What a shell completes, once it was told.

use super::Cli;
use crate::failure::Failure;
use crate::output;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print what makes a shell complete commands and flags
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem completions bash > ~/.local/share/bash-completion/completions/xtrem
  xtrem completions zsh > ~/.zfunc/_xtrem      (with fpath+=~/.zfunc before compinit in ~/.zshrc)
  xtrem completions fish > ~/.config/fish/completions/xtrem.fish

They hold from the next shell on.")]
pub(super) struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Prints it; no settings are read for that.
    pub(super) fn execute(&self) -> Result<(), Failure> {
        Ok(output::text(&self.script())?)
    }

    fn script(&self) -> String {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "xtrem", &mut script);
        String::from_utf8_lossy(&script).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_learns_every_command() {
        for shell in Shell::value_variants() {
            let script = Completions { shell: *shell }.script();
            for word in ["check-config", "password-link", "doctor", "data-dir", "invite"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
