use super::*;
use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const LONGEST: usize = 64 * 1024;

fn ledger(folder: &TempDir) -> FileLedger {
    FileLedger::new(folder.path().join("heads"), folder.path().join("erasures"))
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

async fn add(ledger: &FileLedger, lines: &[&str]) {
    ledger.append(Book::Heads, &owned(lines)).await.unwrap();
}

/// Writes bytes behind the file, as a process does that is killed at it.
fn tear(ledger: &FileLedger, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(&ledger.heads).unwrap();
    file.write_all(bytes).unwrap();
}

async fn heads(ledger: &FileLedger) -> Vec<String> {
    ledger.lines(Book::Heads).await.unwrap()
}

async fn refusal(ledger: &FileLedger, line: &str) -> String {
    ledger.append(Book::Heads, &[line.to_owned()]).await.unwrap_err().to_string()
}

#[tokio::test]
async fn lines_come_back_in_their_order_each_from_its_own_book() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    add(&ledger, &["one", "two"]).await;
    ledger.append(Book::Erasures, &owned(&["gone"])).await.unwrap();
    add(&ledger, &["three — drei"]).await;
    assert_eq!(heads(&ledger).await, ["one", "two", "three — drei"]);
    assert_eq!(ledger.lines(Book::Erasures).await.unwrap(), ["gone"]);
    assert_eq!(fs::read_to_string(&ledger.heads).unwrap(), "one\ntwo\nthree — drei\n");
}

#[tokio::test]
async fn a_book_that_does_not_exist_has_no_lines_and_reading_does_not_make_it() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    assert!(heads(&ledger).await.is_empty());
    ledger.append(Book::Heads, &[]).await.unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_new_file_is_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    add(&ledger, &["one"]).await;
    assert_eq!(fs::metadata(&ledger.heads).unwrap().permissions().mode() & 0o7777, 0o600);
}

#[tokio::test]
async fn a_last_line_that_was_cut_off_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    tear(&ledger, b"ha");
    assert!(heads(&ledger).await.is_empty(), "not even one line came to its end");
    tear(&ledger, b"lf\nwhole\nto");
    assert_eq!(heads(&ledger).await, ["half", "whole"]);
}

#[tokio::test]
async fn a_line_after_one_that_was_cut_off_stands_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    add(&ledger, &["one"]).await;
    tear(&ledger, b"to");
    add(&ledger, &["three", "four"]).await;
    add(&ledger, &["five"]).await;
    assert_eq!(heads(&ledger).await, ["one", "to", "three", "four", "five"]);
}

#[tokio::test]
async fn a_line_that_was_cut_off_within_a_letter_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    tear(&ledger, &"é".as_bytes()[..1]);
    add(&ledger, &["one"]).await;
    assert_eq!(heads(&ledger).await, ["\u{fffd}", "one"]);
}

#[tokio::test]
async fn what_is_not_one_line_is_refused_and_nothing_is_written_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    add(&ledger, &["one"]).await;
    for wrong in ["two\nthree", "two\n", "\n", "two\r", "a\rb"] {
        let refused = ledger.append(Book::Heads, &owned(&["before", wrong])).await.unwrap_err();
        assert!(refused.reason.contains("not one line"), "{wrong:?}: {refused}");
    }
    assert_eq!(heads(&ledger).await, ["one"]);
}

#[tokio::test]
async fn a_line_has_at_most_64_kibibytes() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    let longest = "x".repeat(LONGEST);
    add(&ledger, &[&longest]).await;
    assert!(refusal(&ledger, &"x".repeat(LONGEST + 1)).await.contains("65536"));
    assert_eq!(heads(&ledger).await, [longest]);
    tear(&ledger, format!("{}\n", "y".repeat(LONGEST + 1)).as_bytes());
    let error = ledger.lines(Book::Heads).await.unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("heads") && error.contains("backup"), "{error}");
}

#[tokio::test]
async fn an_error_names_the_file_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = FileLedger::new(folder.path().join("missing/heads"), folder.path().to_owned());
    let error = refusal(&nowhere, "one").await;
    for part in ["missing/heads: ", "folder exists", "audit.heads_file"] {
        assert!(error.contains(part), "{error}");
    }
    for error in [
        nowhere.append(Book::Erasures, &owned(&["one"])).await.unwrap_err(),
        nowhere.lines(Book::Erasures).await.unwrap_err(),
    ] {
        assert_eq!(error.place, folder.path().display().to_string());
        assert!(
            error.reason.contains("regular file") && error.reason.contains("vault.erasures_file"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_pipe_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    assert!(Command::new("mkfifo").arg(&ledger.heads).status().unwrap().success());
    assert!(refusal(&ledger, "one").await.contains("regular file"));
    assert!(ledger.lines(Book::Heads).await.is_err());
}

/// Pieces of several lines each, longer than what a pipe or a page holds, so that they would mix if they could.
fn pieces(writer: usize) -> impl Iterator<Item = Vec<String>> {
    let line =
        move |piece, line: usize| format!("{writer}:{piece}:{line}:{}", "x".repeat(3_000 + 7 * writer));
    (0..20).map(move |piece| (0..3).map(|number| line(piece, number)).collect())
}

async fn assert_unmixed(ledger: &FileLedger, writers: usize) {
    let expected: HashSet<Vec<String>> = (0..writers).flat_map(pieces).collect();
    let lines = heads(ledger).await;
    let found: HashSet<Vec<String>> = lines.chunks(3).map(<[String]>::to_vec).collect();
    assert_eq!(lines.len(), writers * 60);
    assert!(found == expected, "pieces were mixed or lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_write_to_one_book_and_their_lines_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let ledger = ledger(&folder);
            tokio::spawn(async move {
                for piece in pieces(writer) {
                    ledger.append(Book::Heads, &piece).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_unmixed(&ledger(&folder), 8).await;
}

/// Calls itself, several times at once; each of those writes and is done.
#[allow(clippy::disallowed_methods, reason = "a test that calls itself has nothing else to be told by")]
#[tokio::test]
async fn many_processes_write_to_one_book_and_their_lines_stay_whole() {
    const PLACE: &str = "XTREM_TEST_LEDGER";
    if let Ok(place) = std::env::var(PLACE) {
        let (writer, path) = place.split_once(' ').unwrap();
        let ledger = FileLedger::new(PathBuf::from(path), PathBuf::new());
        for piece in pieces(writer.parse().unwrap()) {
            ledger.append(Book::Heads, &piece).await.unwrap();
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(&folder);
    let name = "tests::many_processes_write_to_one_book_and_their_lines_stay_whole";
    let program = std::env::current_exe().unwrap();
    let running: Vec<_> = (0..6)
        .map(|writer| {
            let place = format!("{writer} {}", ledger.heads.display());
            Command::new(&program)
                .args(["--exact", name])
                .env(PLACE, place)
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut process in running {
        assert!(process.wait().unwrap().success());
    }
    assert_unmixed(&ledger, 6).await;
}
