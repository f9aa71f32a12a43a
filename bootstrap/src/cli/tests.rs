use super::*;
use clap::{CommandFactory, error::ErrorKind};

/// Every command with its full name.
fn commands() -> Vec<(String, clap::Command)> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let (mut left, mut found) = (vec![root], Vec::new());
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().cloned());
        found.push((command.get_bin_name().unwrap_or_default().to_owned(), command));
    }
    found
}

#[test]
fn the_command_line_fits_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_and_every_flag_says_what_it_is_for() {
    for (name, command) in commands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(about.len() > 10, "{name}: {about:?}");
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.len() > 5, "{name} {}: {help:?}", argument.get_id());
        }
    }
}

#[test]
fn what_a_script_would_read_can_be_had_as_json() {
    // What they print is JSON, a link to be sent on, or nothing that a program would read.
    let otherwise = [
        "xtrem",
        "xtrem serve",
        "xtrem health",
        "xtrem print-openapi",
        "xtrem completions",
        "xtrem man",
        "xtrem audit export",
        "xtrem user export",
    ];
    for (name, command) in commands() {
        let is_group = command.has_subcommands();
        let has_json = command.get_arguments().any(|argument| argument.get_long() == Some("json"));
        assert!(has_json || is_group || otherwise.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn a_slip_of_the_pen_is_answered_with_what_was_probably_meant() {
    let error = Cli::try_parse_from(["xtrem", "docter"]).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSubcommand);
    assert!(error.to_string().contains("'doctor'"), "{error}");
    assert_eq!(error.exit_code(), 2);
}
