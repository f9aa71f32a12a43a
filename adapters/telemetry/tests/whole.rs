//! Beginning and ending, which happen once in a process.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use telemetry::StartError;
use telemetry::logs::{Files, Form, Logs, Stream};

const LONG: Duration = Duration::from_mins(1);

#[test]
fn what_was_said_until_the_end_stands_in_the_file_of_the_day_and_so_does_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("logs");
    let logs = Logs {
        form: Form::Text,
        filter: "info".to_owned(),
        always: "ready=info",
        stream_alone: "ready",
        files_alone: "ready::kept",
        stream: Stream::Output,
        files: Some(Files { dir: dir.clone(), keep_days: 3 }),
    };
    let telemetry = telemetry::start(&logs, None).unwrap();
    assert!(matches!(telemetry::start(&logs, None), Err(StartError::Begun)));
    tracing::info!("one");
    tracing::debug!("two");
    telemetry.set_filter("debug").unwrap();
    tracing::debug!("three");
    tracing::info!(target: "ready", "a secret");
    tracing::info!(target: "ready::kept", "no secret");
    assert!(std::thread::spawn(|| panic!("four")).join().is_err());
    assert!(std::thread::spawn(|| assert_eq!("ann@xtrem.test", "five")).join().is_err());
    telemetry.close(LONG);
    let files: Vec<_> = fs::read_dir(&dir).unwrap().map(|file| file.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(file).unwrap();
    let said = |message: &str| text.contains(&format!("\"message\":\"{message}\""));
    assert_eq!(["one", "two", "three"].map(said), [true, false, true], "{text}");
    assert_eq!(["a secret", "no secret"].map(said), [false, true], "{text}");
    assert!(said("a part of the program has panicked") && text.contains("\"why\":\"four\""), "{text}");
    assert!(text.matches("tests/whole.rs").count() == 2 && !text.contains("ann@"), "{text}");
}
