use super::super::days::Days;
use super::super::queue::Sink;
use super::*;
use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;
use time::{Date, Duration, Month};

thread_local! {
    static TODAY: Cell<Date> = const { Cell::new(Date::MIN) };
}

fn turn_to(day: u8) {
    TODAY.set(Date::from_calendar_date(2026, Month::November, day).unwrap());
}

/// A folder that does not exist yet, and the log that will make it.
fn case(keep_days: usize) -> (TempDir, PathBuf, Days) {
    turn_to(23);
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("logs/xtrem");
    let days = Days::told_by(&Files { dir: dir.clone(), keep_days }, || TODAY.get());
    (folder, dir, days)
}

fn names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn every_day_has_a_file_that_only_this_user_can_read() {
    let (_folder, dir, mut days) = case(14);
    days.write(b"one\n").unwrap();
    days.write(b"two\n").unwrap();
    turn_to(24);
    days.write(b"three\n").unwrap();
    assert_eq!(names(&dir), ["xtrem.2026-11-23.log", "xtrem.2026-11-24.log"]);
    assert_eq!(fs::read_to_string(dir.join("xtrem.2026-11-23.log")).unwrap(), "one\ntwo\n");
    assert_eq!((mode(&dir), mode(&dir.join("xtrem.2026-11-24.log"))), (0o700, 0o600));
}

#[test]
fn a_folder_that_is_there_keeps_its_mode() {
    let (_folder, dir, mut days) = case(14);
    fs::create_dir_all(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o750)).unwrap();
    days.write(b"one\n").unwrap();
    assert_eq!(mode(&dir), 0o750);
}

#[test]
fn as_many_files_are_kept_as_was_said_and_what_is_not_ours_is_left_alone() {
    let (_folder, dir, mut days) = case(3);
    fs::create_dir_all(&dir).unwrap();
    let others = ["access.2020-01-01.log", "xtrem.2020-01-01.log.gz", "xtrem.2026-12-24.log", "xtrem.log"];
    for name in ["xtrem.2020-01-01.log", "xtrem.2026-11-20.log", "xtrem.2026-11-22.log"].iter().chain(&others)
    {
        fs::write(dir.join(name), "").unwrap();
    }
    days.write(b"one\n").unwrap();
    turn_to(24);
    days.write(b"two\n").unwrap();
    let mut expected = vec!["xtrem.2026-11-22.log", "xtrem.2026-11-23.log", "xtrem.2026-11-24.log"];
    expected.extend(others);
    expected.sort_unstable();
    assert_eq!(names(&dir), expected);
    TODAY.set(TODAY.get() + Duration::days(1));
    days.write(b"three\n").unwrap();
    let names = names(&dir);
    let is_kept = |day: u8| names.contains(&format!("xtrem.2026-11-{day}.log"));
    assert!(!is_kept(22) && (23..=25).all(is_kept), "{names:?}");
}

#[test]
fn a_clock_that_is_wrong_by_years_makes_one_file_more_and_costs_at_most_one() {
    let (_folder, dir, mut days) = case(3);
    for day in 21..=23 {
        turn_to(day);
        days.write(b"one\n").unwrap();
    }
    for year in [2_099, 1_970, 2_026] {
        TODAY.set(TODAY.get().replace_year(year).unwrap());
        days.write(b"two\n").unwrap();
        days.write(b"three\n").unwrap();
    }
    let expected = ["1970-11-23", "2026-11-22", "2026-11-23", "2099-11-23"];
    assert_eq!(names(&dir), expected.map(|day| format!("xtrem.{day}.log")));
    let wrong = fs::read_to_string(dir.join("xtrem.1970-11-23.log")).unwrap();
    assert_eq!(wrong, "two\nthree\n", "what is written to stays");
}

#[test]
fn what_can_t_be_removed_does_not_keep_the_rest() {
    let (_folder, dir, mut days) = case(1);
    let old = |day: usize| dir.join(format!("xtrem.2026-10-{day:02}.log"));
    for day in 1..=10 {
        fs::create_dir_all(old(2 * day)).unwrap();
        fs::write(old(2 * day - 1), "").unwrap();
    }
    days.write(b"one\n").unwrap();
    assert!((1..=10).all(|day| old(2 * day).exists() && !old(2 * day - 1).exists()), "{:?}", names(&dir));
}

#[test]
fn what_was_moved_or_removed_is_made_anew() {
    let (_folder, dir, mut days) = case(14);
    let today = dir.join("xtrem.2026-11-23.log");
    days.write(b"one\n").unwrap();
    fs::rename(&today, dir.join("moved")).unwrap();
    days.write(b"two\n").unwrap();
    assert_eq!(fs::read_to_string(&today).unwrap(), "two\n");
    fs::remove_dir_all(&dir).unwrap();
    days.write(b"three\n").unwrap();
    assert_eq!(fs::read_to_string(&today).unwrap(), "three\n");
}

#[test]
fn what_can_t_be_opened_loses_lines_and_is_tried_again() {
    let (folder, dir, mut days) = case(14);
    fs::write(folder.path().join("logs"), "in the way").unwrap();
    assert_eq!(days.write(b"one\ntwo\n").unwrap_err().lines, 2);
    fs::remove_file(folder.path().join("logs")).unwrap();
    days.write(b"three\n").unwrap();
    assert_eq!(fs::read_to_string(dir.join("xtrem.2026-11-23.log")).unwrap(), "three\n");
}

#[test]
fn a_line_that_was_torn_by_the_end_of_a_program_ends_before_the_next_begins() {
    let (_folder, dir, mut days) = case(14);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("xtrem.2026-11-23.log"), "whole\nto").unwrap();
    days.write(b"next\n").unwrap();
    assert_eq!(fs::read_to_string(dir.join("xtrem.2026-11-23.log")).unwrap(), "whole\nto\nnext\n");
}
