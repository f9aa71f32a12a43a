//! The rules, held against the tree as it stands.
//!
//! A failing test prints every finding as `path: what`, so that one run shows all there is to mend.

use house::source::Source;
use house::tree::{self, File};
use house::{dependencies, documents, files, production};
use std::process::Command;

fn all() -> Vec<File> {
    tree::files().unwrap_or_default()
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Holds one rule against every file of a kind. That there is such a file at all is part of the rule.
fn hold(kind: impl Fn(&File) -> bool, rule: impl Fn(&File) -> Vec<String>) {
    let files = all();
    let mut looked_at = files.iter().filter(|file| kind(file)).peekable();
    assert!(looked_at.peek().is_some(), "no file to look at");
    let found: Vec<String> = looked_at
        .flat_map(|file| rule(file).into_iter().map(move |what| format!("{}: {what}", file.path)))
        .collect();
    assert_none(&found);
}

fn hold_in_production(rule: impl Fn(&Source) -> Vec<String>, except: &str) {
    hold(
        |file| file.is_production() && !file.path.starts_with(except),
        |file| rule(&Source::production(&file.text)),
    );
}

#[test]
fn every_crate_depends_only_on_what_its_row_allows() {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(tree::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_none(&dependencies::findings(&serde_json::from_slice(&output.stdout).unwrap()));
}

#[test]
fn no_source_file_hides_a_second_room() {
    hold(File::is_source, |file| files::too_long(&file.text).into_iter().collect());
}

#[test]
fn no_room_has_a_name_that_says_nothing() {
    hold(File::is_source, |file| files::nameless(&file.path).into_iter().collect());
}

#[test]
fn every_crate_begins_with_its_story() {
    hold(File::is_crate_root, |file| files::storyless(&file.text).into_iter().collect());
}

#[test]
fn every_crate_takes_the_lints_of_the_house() {
    let member = |file: &File| file.path.ends_with("/Cargo.toml");
    hold(member, |file| files::without_lints(&file.text).into_iter().collect());
}

#[test]
fn production_code_never_ends_the_process() {
    hold_in_production(production::panics, "-");
}

#[test]
fn doubles_are_compiled_for_tests_only() {
    hold_in_production(production::doubles_for_everybody, "-");
}

#[test]
fn sql_stands_in_the_persistence_adapter_only() {
    hold_in_production(production::sql, "adapters/persistence/");
}

#[test]
fn there_is_one_table_of_problems() {
    hold_in_production(production::problem_documents, "adapters/http/src/problem");
}

#[test]
fn whoever_silences_a_lint_says_why() {
    hold(File::is_source, |file| production::allows_without_reason(&Source::read(&file.text)));
}

#[test]
fn nothing_names_a_folder_of_one_machine() {
    hold(|_| true, |file| files::machine_paths(&file.text));
}

#[test]
fn both_engines_have_the_same_migrations() {
    let sqlite = tree::names("adapters/persistence/migrations/sqlite").unwrap();
    let postgres = tree::names("adapters/persistence/migrations/postgres").unwrap();
    assert!(!sqlite.is_empty());
    assert_none(&documents::unpaired(&sqlite, &postgres));
    assert_none(&documents::misnumbered(&sqlite));
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let document = |file: &File| file.has_extension("md");
    hold(document, |file| {
        let beside =
            tree::root().join(&file.path).parent().map(std::path::Path::to_path_buf).unwrap_or_default();
        let dead = documents::links(&file.text).into_iter().filter(|link| !beside.join(link).exists());
        dead.map(|link| format!("{link} does not exist")).collect()
    });
    assert!(tree::root().join("README.md").exists(), "the house has no README.md");
}
