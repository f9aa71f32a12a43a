use super::problem::Problem;
use super::{dotenv, file};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// What every variable of ours begins with.
pub(super) const PREFIX: &str = "XTREM_";
/// Names the configuration file, as `--config` does.
const FILE_VARIABLE: &str = "XTREM_CONFIG";
/// For whoever tests Xtrem; no setting of it.
const TEST_PREFIX: &str = "XTREM_TEST_";
/// The convention of the logging library, above `log.level`.
pub(super) const RUST_LOG: &str = "RUST_LOG";

/// Names the folder of what the service manager hands in (systemd.exec(5), *Credentials*).
pub(super) const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Where settings are looked for.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The folder that holds `config.toml` and `.env`, and from which relative paths in messages are told.
    pub directory: PathBuf,
    /// The file that was asked for; it has to be there. `None`: `config.toml`, if there is one.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(OsString, OsString)>,
    /// What the command line says.
    pub flags: Vec<Flag>,
    /// Whether a person is watching: the default of `log.format` depends on it.
    pub terminal: bool,
}

/// A flag that sets a key.
#[derive(Clone, Debug)]
pub struct Flag {
    /// As it is written: `--listen`.
    pub name: &'static str,
    /// What it sets: `server.listen`.
    pub key: &'static str,
    /// What it says.
    pub value: String,
}

impl Sources {
    /// The working directory and the environment of this process.
    pub fn of_this_process(file: Option<PathBuf>, flags: Vec<Flag>, terminal: bool) -> Self {
        let environment = std::env::vars_os().collect();
        Self { directory: PathBuf::new(), file, environment, flags, terminal }
    }

    /// The folder of what the service manager hands in.
    pub(super) fn credentials(&self) -> Option<&Path> {
        let named = self.environment.iter().find(|(name, value)| name == CREDENTIALS && !value.is_empty());
        named.map(|(_, folder)| Path::new(folder))
    }
}

/// Where a setting stood. The order is that of the layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: it has its default, which may follow from another key.
    Default(&'static str),
    /// In the configuration file.
    File { path: PathBuf, line: usize },
    /// In `.env`.
    DotEnv { name: String, line: usize },
    /// In the environment.
    Variable(String),
    /// On the command line.
    Flag(&'static str),
}

impl Place {
    /// How far up the layer lies.
    pub(super) const fn height(&self) -> u8 {
        match self {
            Self::Default(_) => 0,
            Self::File { .. } => 1,
            Self::DotEnv { .. } => 2,
            Self::Variable(_) => 3,
            Self::Flag(_) => 4,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default("") => f.write_str("default"),
            Self::Default(why) => write!(f, "default: {why}"),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::DotEnv { name, line } => write!(f, "{name} in .env, line {line}"),
            Self::Variable(name) => write!(f, "{name} in the environment"),
            Self::Flag(name) => write!(f, "{name} on the command line"),
        }
    }
}

/// What a layer says, before it is known what type it should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// A text from a layer that knows nothing but texts.
    Plain(String),
    /// A TOML string.
    Text(String),
    /// A TOML integer, as written.
    Integer(String),
    /// A TOML boolean.
    Boolean(bool),
    /// A TOML array of strings.
    List(Vec<String>),
    /// Another TOML type that no key has.
    Other(&'static str),
    /// A section without keys.
    Section,
}

/// One setting of one layer.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key: `server.listen`.
    pub key: String,
    /// What it is set to.
    pub raw: Raw,
    /// Where.
    pub place: Place,
}

/// All settings of all layers, from the bottom to the top.
#[derive(Debug, Default)]
pub(super) struct Layers(Vec<Entry>);

impl Layers {
    /// Reads every layer; what can't be read is noted beside it.
    pub(super) fn collect(sources: &Sources) -> (Self, Vec<Problem>) {
        let mut collected = Collected::default();
        let dotenv = collected.dotenv(&sources.directory);
        let environment = collected.environment(&sources.environment);
        let named = file_named_by(&environment).or_else(|| file_named_by(&dotenv));
        collected.file(sources, named);
        collected.variables(dotenv);
        collected.variables(environment);
        for flag in &sources.flags {
            collected.put(flag.key.to_owned(), Raw::Plain(flag.value.clone()), Place::Flag(flag.name));
        }
        (Self(collected.entries), collected.problems)
    }

    /// Takes out what the highest layer says of a key.
    pub(super) fn take(&mut self, key: &str) -> Option<Entry> {
        let top = self.0.iter().rfind(|entry| entry.key == key).cloned();
        self.0.retain(|entry| entry.key != key);
        top
    }

    /// What nobody has taken.
    pub(super) fn rest(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.0)
    }
}

/// A variable of ours and where it stands.
type Variable = (String, String, Place);

fn file_named_by(variables: &[Variable]) -> Option<PathBuf> {
    variables.iter().find(|(name, ..)| name == FILE_VARIABLE).map(|(_, value, _)| value.into())
}

#[derive(Default)]
struct Collected {
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl Collected {
    fn put(&mut self, key: String, raw: Raw, place: Place) {
        self.entries.push(Entry { key, raw, place });
    }

    fn note(&mut self, subject: impl Into<String>, place: Option<Place>, text: String) {
        self.problems.push(Problem { subject: subject.into(), place, text });
    }

    fn file(&mut self, sources: &Sources, named: Option<PathBuf>) {
        let asked = sources.file.clone().or(named);
        let must_exist = asked.is_some();
        let path = asked.unwrap_or_else(|| "config.toml".into());
        match std::fs::read_to_string(sources.directory.join(&path)) {
            Ok(text) => match file::parse(&text, &path) {
                Ok(entries) => self.entries.extend(entries),
                Err(problems) => self.problems.extend(problems),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => {}
            Err(error) => self.note(path.display().to_string(), None, unreadable(&error)),
        }
    }

    fn dotenv(&mut self, directory: &Path) -> Vec<Variable> {
        let text = match std::fs::read_to_string(directory.join(".env")) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                self.note(".env", None, unreadable(&error));
                return Vec::new();
            }
        };
        let (assignments, problems) = dotenv::parse(&text);
        self.problems.extend(problems);
        let ours = assignments.into_iter().filter(|a| a.name.starts_with(PREFIX));
        ours.map(|a| (a.name.clone(), a.value, Place::DotEnv { name: a.name, line: a.line })).collect()
    }

    fn environment(&mut self, environment: &[(OsString, OsString)]) -> Vec<Variable> {
        let mut ours = Vec::new();
        for (name, value) in environment {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) || *name == RUST_LOG)
            else {
                continue;
            };
            let place = Place::Variable(name.to_owned());
            match value.to_str() {
                Some(value) => ours.push((name.to_owned(), value.to_owned(), place)),
                None => self.note(name, Some(place), "is not UTF-8; write it anew".to_owned()),
            }
        }
        // RUST_LOG last: it stands above our own variable for the same key.
        ours.sort_by(|a, b| (a.0 == RUST_LOG, &a.0).cmp(&(b.0 == RUST_LOG, &b.0)));
        ours
    }

    /// An empty variable counts as one that is not set: that is how compose files pass on what nobody has set.
    fn variables(&mut self, variables: Vec<Variable>) {
        for (name, value, place) in variables {
            if value.is_empty() || name == FILE_VARIABLE || name.starts_with(TEST_PREFIX) {
                continue;
            }
            self.put(key_of(&name), Raw::Plain(value), place);
        }
    }
}

fn unreadable(error: &std::io::Error) -> String {
    format!("can't be read ({error}); name another file, or make this one readable")
}

/// `XTREM_SERVER__LISTEN` sets `server.listen`.
fn key_of(variable: &str) -> String {
    match variable.strip_prefix(PREFIX) {
        Some(rest) => rest.replace("__", ".").to_lowercase(),
        None => "log.level".to_owned(),
    }
}

/// The variable that sets a key.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// The sections that those keys stand in.
pub(super) fn sections(keys: &[&'static str]) -> BTreeSet<&'static str> {
    keys.iter().filter_map(|key| key.split_once('.').map(|(section, _)| section)).collect()
}
