//! The real binary in a folder of its own.

use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;

pub const PASSWORD: &str = "vexing-zebra-lantern";

/// The root key of the database that an earlier version has left.
pub const PREVIOUS_KEY: &str = "22ba59e24737b75ff53f9bf878fd9c9345d40b952d7dfee175d98c2a2ee26221";
/// A session in it lasts as long as the longest that can be asked for.
pub const LONG_SESSIONS: [(&str, &str); 2] = [
    ("XTREM_SESSIONS__IDLE_LIFETIME_SECONDS", "315360000"),
    ("XTREM_SESSIONS__ABSOLUTE_LIFETIME_SECONDS", "315360000"),
];

/// A folder in which Xtrem is run, without any setting of whoever runs the test.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with the database of an earlier version.
    pub fn of_an_earlier_version() -> Self {
        let place = Self::new();
        std::fs::create_dir(place.path("data")).unwrap();
        sql(&place.path("data/xtrem.db"), include_str!("../fixtures/previous.sql"));
        place.write_key("data/root.key", PREVIOUS_KEY);
        place
    }

    /// The same databases, keys and books in another folder.
    pub fn copied(&self) -> Self {
        let copy = Self::new();
        std::fs::create_dir(copy.path("data")).unwrap();
        for (name, bytes) in self.files() {
            std::fs::write(copy.path(&format!("data/{name}")), bytes).unwrap();
            copy.protect(&format!("data/{name}"), 0o600);
        }
        copy
    }

    /// Everything in the data folder, apart from what SQLite keeps beside a database while it is open.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.path("data")).unwrap().map(Result::unwrap);
        let is_beside = |name: &str| name.ends_with("-wal") || name.ends_with("-shm");
        entries
            .filter(|entry| !entry.file_name().to_str().is_some_and(is_beside))
            .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
            .collect()
    }

    /// Changes a database behind everybody's back.
    pub fn sql(&self, database: &str, statements: &str) {
        sql(&self.path("data").join(database), statements);
    }

    pub fn write_key(&self, name: &str, key: &str) {
        self.write(name, &format!("{key}\n"));
        self.protect(name, 0o600);
    }

    pub fn protect(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), PermissionsExt::from_mode(mode)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtrem"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        // Beside others of its kind.
        command.env("XTREM_METRICS__LISTEN", "127.0.0.1:0");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).output().unwrap())
    }

    pub fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).envs(variables.iter().copied()).output().unwrap())
    }

    /// Runs a command that reads `input`.
    pub fn run_reading(&self, input: &str, arguments: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that refuses before it reads closes its end; that is no fault of the test.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ended::of(&child.wait_with_output().unwrap())
    }

    /// What a command prints that looks at the databases, once it finds all of it as it is wanted: on a machine that has much
    /// else to do a look may end without an answer.
    pub fn found(&self, arguments: &[&str], is_wanted: impl Fn(&Ended) -> bool) -> String {
        let mut ended = self.run(arguments);
        for _ in 0..600 {
            if is_wanted(&ended) {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(50));
            ended = self.run(arguments);
        }
        ended.succeeded()
    }

    /// Creates an account.
    pub fn create(&self, username: &str, role: &str) -> Ended {
        let email = format!("{username}@example.com");
        let form =
            ["user", "create", "--username", username, "--email", &email, "--role", role, "--password-stdin"];
        self.run_reading(&format!("{PASSWORD}\n"), &form)
    }

    /// Creates an account and answers with its id.
    pub fn created(&self, username: &str, role: &str) -> String {
        let ended = self.create(username, role);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.output.split_once(' ').unwrap().0.to_owned()
    }

    /// What a command printed, one JSON object a line.
    pub fn objects(&self, arguments: &[&str]) -> Vec<Value> {
        let printed = self.run(arguments).succeeded();
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Starts the service on a free port and waits until it says that it is ready.
    pub fn start(&self) -> Service {
        self.start_with(&[])
    }

    pub fn start_with(&self, variables: &[(&str, &str)]) -> Service {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stdout.take().unwrap());
        let mut ready = Value::Null;
        while ready["message"] != "ready" {
            let mut line = String::new();
            log.read_line(&mut line).unwrap();
            assert!(
                !line.is_empty(),
                "the service ended before it was ready: {:?}",
                child.wait_with_output()
            );
            ready = serde_json::from_str(&line).unwrap();
        }
        // Whoever does not read what a service says stops it as soon as the pipe is full.
        let log = std::thread::spawn(move || {
            let mut rest = String::new();
            log.read_to_string(&mut rest).unwrap();
            rest
        });
        Service { child, log: Some(log), ready }
    }
}

/// Runs statements on a database, whatever it is meant to allow.
fn sql(file: &Path, statements: &str) {
    let work = async {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let options = options.foreign_keys(false).pragma("ignore_check_constraints", "ON");
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

/// Waits until something has come to pass, however slow the machine is, and no longer than three minutes.
pub fn eventually(what: &str, has_happened: impl Fn() -> bool) {
    for _ in 0..3_600 {
        if has_happened() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    panic!("waited for nothing: {what}");
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub output: String,
    pub errors: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            output: String::from_utf8(output.stdout.clone()).unwrap(),
            errors: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// What it printed, if it succeeded and had nothing to say beside that.
    pub fn succeeded(self) -> String {
        assert_eq!((self.code, &*self.errors), (Some(0), ""), "{self:?}");
        self.output
    }

    /// What it said, if it printed nothing and ended with that code.
    pub fn failed(self, code: i32) -> String {
        assert_eq!((self.code, &*self.output), (Some(code), ""), "{self:?}");
        assert!(self.errors.starts_with("error: ") && !self.errors.contains("panicked"), "{self:?}");
        self.errors
    }
}

/// A running service.
pub struct Service {
    child: Child,
    log: Option<JoinHandle<String>>,
    pub ready: Value,
}

impl Service {
    pub fn address(&self) -> String {
        self.ready["url"].as_str().unwrap().trim_start_matches("http://").to_owned()
    }

    /// The status and the text of an answer.
    pub fn get(&self, path: &str) -> (u16, String) {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    pub fn post(&self, path: &str, body: &Value) -> (u16, String) {
        self.send("POST", path, "application/json", &body.to_string())
    }

    pub fn put(&self, path: &str, body: &Value) -> (u16, String) {
        self.send("PUT", path, "application/json", &body.to_string())
    }

    pub fn post_form(&self, path: &str, body: &str) -> (u16, String) {
        self.send("POST", path, "application/x-www-form-urlencoded", body)
    }

    fn send(&self, method: &str, path: &str, media_type: &str, body: &str) -> (u16, String) {
        self.exchange(&format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: \
             close\r\n\r\n{body}",
            body.len()
        ))
    }

    /// The same as somebody who has that access token.
    pub fn get_as(&self, token: &str, path: &str) -> (u16, String) {
        self.exchange(&format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        ))
    }

    /// Logs somebody in and answers with what that gives.
    pub fn log_in(&self, login: &str) -> Value {
        let (status, text) = self.post("/api/v1/sessions", &json!({"login": login, "password": PASSWORD}));
        assert_eq!(status, 201, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    fn exchange(&self, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Tells it to stop, as a service manager does, and waits for the end.
    pub fn stop(mut self) -> Ended {
        self.signal("TERM");
        let output = self.log.take().unwrap().join().unwrap();
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        Ended { code: self.child.wait().unwrap().code(), output, errors }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // After an orderly stop there is nobody left to be told.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
