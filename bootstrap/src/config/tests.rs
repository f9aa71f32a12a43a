use super::*;
use domain::keys::Algorithm;
use secrecy::ExposeSecret;
use std::fs;
use std::time::Duration;
use tempfile::TempDir;

mod examples;
mod limits;
mod operation;
mod storage;

const DAY: Duration = Duration::from_hours(24);

/// A folder with what a test puts into it, and nothing of this process's own environment.
struct Case {
    folder: TempDir,
    sources: Sources,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources { directory: folder.path().to_owned(), ..Sources::default() };
        Self { folder, sources }
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.push((name.into(), value.into()));
        self
    }

    fn flag(mut self, name: &'static str, key: &'static str, value: &str) -> Self {
        self.sources.flags.push(Flag { name, key, value: value.to_owned() });
        self
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn load(&self) -> Loaded {
        load(&self.sources).unwrap()
    }

    fn refused(&self) -> String {
        load(&self.sources).unwrap_err().to_string()
    }
}

fn file(text: &str) -> Case {
    Case::new().file("config.toml", text)
}

#[test]
fn without_any_setting_everything_has_its_default() {
    let config = Case::new().load().config;
    let schedule = config.schedule();
    let Config {
        data_dir,
        server,
        database,
        vault,
        keys,
        passwords,
        attempts_per_minute,
        sessions,
        audit,
        backup,
        log,
        traces,
        metrics_listen,
        least_free,
    } = config;
    assert_eq!(data_dir.to_str(), Some("./data"));
    assert_eq!(server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((server.public_url, server.trusted_proxies), (None, Vec::new()));
    assert_eq!(
        [server.request_timeout, server.header_timeout, server.shutdown_grace, server.drain]
            .map(|span| span.as_secs()),
        [30, 10, 30, 0]
    );
    assert_eq!(server.max_connections, 10_000);
    assert_eq!(database.url.expose_secret(), "sqlite:./data/xtrem.db");
    assert_eq!(vault.database.url.expose_secret(), "sqlite:./data/vault.db");
    assert_eq!((database.connections, vault.database.connections), (4, 4));
    assert_eq!(vault.erasures_file.to_str(), Some("./data/erasures.ndjson"));
    assert_eq!(audit.heads_file.to_str(), Some("./data/audit-heads.ndjson"));
    assert_eq!((audit.retention, backup.dir, backup.every), (None, None, None));
    assert_eq!((backup.keep, backup.recipient), (7, None));
    assert!(matches!(keys.root, KeySource::File(path) if path.to_str() == Some("./data/root.key")));
    assert_eq!((keys.algorithm, keys.rotation, keys.publication), (Algorithm::EdDsa, 90 * DAY, DAY));
    assert_eq!(
        (schedule.algorithm, schedule.rotation, schedule.publication),
        (Algorithm::EdDsa, 90 * DAY, DAY)
    );
    assert_eq!(schedule.verification, Duration::from_secs(630));
    assert_eq!(passwords.policy.minimum_length(), 12);
    assert_eq!((passwords.cost, passwords.queue.get()), (security::Parameters::default(), 64));
    assert_eq!(passwords.workers, security::Argon2id::available_cores());
    assert_eq!(attempts_per_minute, Some(30));
    assert_eq!(sessions, application::sessions::SessionSettings::default());
    assert_eq!((log.format, log.filter.as_str(), log.is_asked_for), (LogFormat::Json, "info", false));
    assert_eq!((log.dir, log.keep_days, traces.is_none()), (None, 14, true));
    assert_eq!(metrics_listen.map(|address| address.to_string()).as_deref(), Some("127.0.0.1:9464"));
    assert_eq!(least_free, 64 * 1_024 * 1_024);
}

#[test]
fn each_layer_stands_above_the_one_before() {
    let key = "max_connections";
    let mut case = file("[server]\nmax_connections = 2\n");
    let value = |case: &Case| case.load().config.server.max_connections;
    assert_eq!(value(&case), 2, "{key}");
    case = case.file(".env", "XTREM_SERVER__MAX_CONNECTIONS=3\n");
    assert_eq!(value(&case), 3);
    case = case.variable("XTREM_SERVER__MAX_CONNECTIONS", "4");
    assert_eq!(value(&case), 4);
    case = case.flag("--most", "server.max_connections", "5");
    assert_eq!(value(&case), 5);
}

#[test]
fn the_report_says_where_each_value_comes_from() {
    let case = file("[server]\nlisten = \"127.0.0.1:1\"\n")
        .file(".env", "# comment\nXTREM_LOG__FORMAT=text\n")
        .variable("XTREM_PASSWORDS__MINIMUM_LENGTH", "16")
        .flag("--data-dir", "data.dir", "/srv/xtrem");
    let report = case.load().report.to_string();
    let lines: Vec<String> =
        report.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for expected in [
        "dir = \"/srv/xtrem\" # --data-dir on the command line",
        "listen = \"127.0.0.1:1\" # config.toml, line 2",
        "format = \"text\" # XTREM_LOG__FORMAT in .env, line 2",
        "minimum_length = 16 # XTREM_PASSWORDS__MINIMUM_LENGTH in the environment",
        "url = \"sqlite:/srv/xtrem/xtrem.db\" # default: inside data.dir",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} is not in {report}");
    }
}

#[test]
fn the_report_is_a_configuration_that_means_the_same() {
    let case = file("[server]\ntrusted_proxies = [\"10.0.0.0/8\"]\n[throttle]\nattempts_per_minute = 7\n");
    let first = case.load();
    let again = file(&first.report.to_string()).load();
    assert_eq!(format!("{:?}", again.config.sessions), format!("{:?}", first.config.sessions));
    assert_eq!(again.config.server.trusted_proxies, ["10.0.0.0/8".parse().unwrap()]);
    assert_eq!(again.config.attempts_per_minute, Some(7));
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_nearest_known_one() {
    let case = file("[server]\nlisten = \"127.0.0.1:1\"\nmax_conections = 5\n[sever]\nlisten = \"x\"\n")
        .file(".env", "OTHER=1\nXTREM_LOG_LEVEL=info\n")
        .variable("XTREM_THROTTLE__ENABLE", "true")
        .variable("UNRELATED", "x");
    let told = case.refused();
    for expected in [
        "server.max_conections (config.toml, line 3): there is no such key; the nearest one is server.max_connections",
        "sever.listen (config.toml, line 5): there is no such key; the nearest one is server.listen",
        "XTREM_LOG_LEVEL (.env, line 2): there is no such setting; the nearest one is XTREM_LOG__LEVEL",
        "XTREM_THROTTLE__ENABLE (in the environment): there is no such setting; the nearest one is XTREM_THROTTLE__ENABLED",
    ] {
        assert!(told.contains(expected), "{expected} is not in {told}");
    }
    assert!(told.starts_with("the configuration has 4 faults"), "{told}");
}

#[test]
fn a_key_without_its_section_and_a_section_without_keys_are_understood() {
    assert!(file("listen = \"127.0.0.1:1\"\n").refused().contains("the nearest one is server.listen"));
    assert!(file("server = 5\n").refused().contains("server (config.toml, line 1): is a section"));
    assert!(file("[servers]\n").refused().contains("servers (config.toml, line 1)"));
    file("[server]\n[log]\n").load();
}

#[test]
fn all_faults_of_all_layers_are_told_at_once() {
    let case = file("[passwords]\nminimum_length = 4\nmemory_kib = 8\n[throttle]\nenabled = \"true\"\n")
        .variable("XTREM_SERVER__LISTEN", "localhost")
        .variable("XTREM_SERVER__REQUEST_TIMEOUT_SECONDS", "0")
        .variable("XTREM_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.0/33, nobody")
        .variable("XTREM_DATABASE__URL", "mysql://root:hunter2@localhost/x")
        .variable("XTREM_LOG__FORMAT", "xml")
        .variable("XTREM_LOG__LEVEL", "inof")
        .variable("XTREM_UNKNOWN", "x");
    let told = case.refused();
    for expected in [
        "passwords.minimum_length (config.toml, line 2): 4 is out of bounds; it takes a whole number from 8 to 64",
        "(config.toml, line 3): hashing passwords with 8 KiB",
        "throttle.enabled (config.toml, line 5): \"true\" in quotes is neither yes nor no",
        "server.listen (XTREM_SERVER__LISTEN in the environment): \"localhost\" is no address with a port",
        "server.request_timeout_seconds",
        "\"10.0.0.0/33\", \"nobody\" is neither an address nor a block",
        "database.url (XTREM_DATABASE__URL in the environment): names no database that Xtrem knows",
        "\"xml\" is no form of a log; write text or json",
        "\"inof\" is no level",
        "XTREM_UNKNOWN",
    ] {
        assert!(told.contains(expected), "{expected} is not in {told}");
    }
    assert!(told.starts_with("the configuration has 10 faults"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn an_empty_variable_is_not_set_and_an_empty_text_is_a_fault() {
    assert_eq!(Case::new().variable("XTREM_SERVER__LISTEN", "").load().config.server.listen.port(), 8080);
    assert!(file("[data]\ndir = \"\"\n").refused().contains("is empty"));
}

#[test]
fn the_address_of_the_service_is_required_where_others_can_reach_it() {
    let open = || Case::new().variable("XTREM_SERVER__LISTEN", "0.0.0.0:80");
    let told = open().refused();
    assert!(told.contains("server.public_url: is missing") && told.contains("https://"), "{told}");
    let named = open().variable("XTREM_SERVER__PUBLIC_URL", "https://Accounts.example.com:443/");
    assert_eq!(named.load().config.server.public_url.as_deref(), Some("https://accounts.example.com"));
    Case::new().variable("XTREM_SERVER__LISTEN", "[::1]:0").load();
}

#[test]
fn the_address_of_the_service_is_a_scheme_and_a_host() {
    for bad in [
        "example.com",
        "ftp://example.com",
        "https://example.com/accounts",
        "https://example.com?x",
        "https://example.com#x",
        "https://ann:secret@example.com",
        "https://",
    ] {
        let told = Case::new().variable("XTREM_SERVER__PUBLIC_URL", bad).refused();
        assert!(told.contains("such as https://accounts.example.com"), "{bad}: {told}");
    }
}

#[test]
fn plain_http_is_warned_of_unless_it_stays_on_the_machine() {
    let warnings =
        |url: &str| Case::new().variable("XTREM_SERVER__PUBLIC_URL", url).load().warnings.join("\n");
    assert!(warnings("http://accounts.example.com").contains("without https"));
    for quiet in
        ["https://accounts.example.com", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:1"]
    {
        assert_eq!(warnings(quiet), "", "{quiet}");
    }
}

#[test]
fn a_secret_comes_by_value_or_from_a_file() {
    let case = Case::new().file("url", "postgres://x:hunter2@db/x\n");
    let path = case.path("url");
    let loaded = case.variable("XTREM_DATABASE__URL_FILE", &path).load();
    assert_eq!(loaded.config.database.url.expose_secret(), "postgres://x:hunter2@db/x");
    assert_eq!(loaded.config.database.connections, 10);
    let missing = Case::new().variable("XTREM_DATABASE__URL_FILE", "/nowhere/url").refused();
    assert!(missing.contains("database.url_file") && missing.contains("/nowhere/url"), "{missing}");
    let key = Case::new().variable("XTREM_KEYS__ROOT_KEY", &"ab".repeat(32)).load();
    assert!(matches!(key.config.keys.root, KeySource::Value(_)));
    let short = Case::new().variable("XTREM_KEYS__ROOT_KEY", "abcdef").refused();
    assert!(short.contains("64 hexadecimal digits") && !short.contains("abcdef"), "{short}");
}

#[test]
fn of_a_secret_and_its_file_the_higher_layer_wins_and_one_layer_can_t_have_both() {
    let both = "[keys]\nroot_key = \"x\"\nroot_key_file = \"y\"\n";
    let told = file(both).refused();
    assert!(told.contains("stands beside keys.root_key_file (config.toml, line 3)"), "{told}");
    let higher = file("[keys]\nroot_key = \"x\"\n").variable("XTREM_KEYS__ROOT_KEY_FILE", "/srv/root.key");
    assert!(matches!(higher.load().config.keys.root, KeySource::File(path) if path.ends_with("root.key")));
}

#[test]
fn no_secret_is_shown_anywhere() {
    let case = Case::new()
        .variable("XTREM_DATABASE__URL", "postgres://x:hunter2@db/x")
        .variable("XTREM_VAULT__URL", "postgres://v:hunter3@db/v")
        .variable("XTREM_KEYS__ROOT_KEY", &"ab".repeat(32));
    let loaded = case.load();
    let shown = format!("{} {:?}", loaded.report, loaded);
    assert!(!shown.contains("hunter") && !shown.contains("abab"), "{shown}");
    assert!(loaded.report.to_string().contains("postgres://v:redacted@db/v"));
    assert!(loaded.report.to_string().contains("postgres://x:redacted@db/x"));
}

#[test]
fn a_file_that_was_asked_for_has_to_be_there_and_may_be_named_by_a_variable() {
    let mut asked = Case::new();
    asked.sources.file = Some("other.toml".into());
    assert!(asked.refused().contains("other.toml: can't be read"));
    let named =
        Case::new().file("other.toml", "[log]\nformat = \"text\"\n").variable("XTREM_CONFIG", "other.toml");
    assert_eq!(named.load().config.log.format, LogFormat::Text);
}

#[test]
fn what_is_no_toml_is_refused_with_its_line() {
    let told = file("[server]\nlisten = 127.0.0.1:8080\n").refused();
    assert!(told.contains("config.toml, line 2"), "{told}");
}

#[test]
fn rust_log_stands_above_the_level_and_is_read_as_other_programs_read_it() {
    let case = Case::new().variable("XTREM_LOG__LEVEL", "warn").variable("RUST_LOG", "hyper");
    assert_eq!(case.load().config.log.filter, "hyper");
    assert_eq!(file("[log]\nlevel = \"warn,sqlx=info\"\n").load().config.log.filter, "warn,sqlx=info");
}

#[test]
fn on_a_terminal_the_log_is_for_people() {
    let mut case = Case::new();
    case.sources.terminal = true;
    assert_eq!(case.load().config.log.format, LogFormat::Text);
}
