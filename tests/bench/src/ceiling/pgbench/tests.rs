use super::*;
use std::path::Path;

fn load() -> Load {
    Load {
        url: "postgres://postgres@127.0.0.1:1/postgres".to_owned(),
        clients: NonZeroU32::new(16).unwrap(),
        seconds: 5,
        families: 1_000,
        program: Some("pgbench".into()),
    }
}

/// The script without its comments.
fn script() -> String {
    let script = std::fs::read_to_string(SCRIPT).unwrap();
    let lines: Vec<_> = script.lines().filter(|line| !line.starts_with("--")).collect();
    lines.join("\n")
}

/// A text in which what stands behind each of these marks has no name, and every space is one.
fn nameless(text: &str, mark: char) -> String {
    let text = text.replace("::", "\u{0}");
    let mut parts = text.split(mark);
    let mut nameless = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        nameless.push('$');
        nameless.push_str(part.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'));
    }
    nameless.replace('\u{0}', "::").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the script has the server do, one by one.
fn statements() -> Vec<String> {
    let script = script();
    let lines: Vec<_> = script.lines().filter(|line| !line.starts_with('\\')).collect();
    let script = lines.join("\n").replace("\\gset", ";");
    let statements = script.split(';').map(|statement| nameless(statement, ':'));
    statements.filter(|statement| !statement.is_empty()).collect()
}

/// The texts of the store, as its files declare them.
struct Store(String);

impl Store {
    fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../adapters/persistence/src");
        let files = [
            "audit/mod.rs",
            "keys.rs",
            "postgres.rs",
            "refresh_tokens.rs",
            "sessions/directory.rs",
            "sessions/row.rs",
        ];
        Self(files.map(|file| std::fs::read_to_string(folder.join(file)).unwrap()).concat())
    }

    /// The text that stands behind that, as it is after its macros.
    fn text(&self, declared: &str) -> String {
        let (_, text) = self.0.split_once(declared).unwrap_or_else(|| panic!("no {declared}"));
        nameless(&self.expanded(text.split_once(";\n").unwrap().0), '$')
    }

    fn expanded(&self, source: &str) -> String {
        let mut text = String::new();
        for (number, part) in source.split('"').enumerate() {
            if number % 2 == 1 {
                text.push_str(&part.replace('\\', " "));
                continue;
            }
            for before in part.split("!()").take(part.matches("!()").count()) {
                let name = before.rsplit(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap();
                let (_, columns) = self.0.split_once(&format!("macro_rules! {name} ")).unwrap();
                text.push_str(
                    &self.expanded(columns.split_once("\n}").unwrap().0.replace("() =>", "").as_str()),
                );
            }
        }
        text
    }
}

#[test]
fn the_script_does_what_the_store_does() {
    let (store, script) = (Store::read(), statements());
    let session = "('00000000-0000-7000-8000-' || $)::uuid";
    assert_eq!(script[0].replace(session, "$"), store.text("WITH_FAMILY = "));
    assert_eq!(script[1], store.text("const BEGIN: &'static str = "));
    assert_eq!(script[2], store.text("ROTATE = "));
    // What it records is there in part, and in part it is nothing.
    let columns = |text: &str| text.split_once(" VALUES").unwrap().0.to_owned();
    assert_eq!(columns(&script[3]), columns(&store.text("RECORD = ")));
    assert_eq!(script[4..], ["COMMIT"]);
}

#[test]
fn every_value_the_script_asks_for_is_given_or_made_by_it() {
    let command = load().command();
    let arguments: Vec<_> =
        command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let given = arguments.iter().filter_map(|argument| argument.strip_prefix("--define=")?.split_once('='));
    let given: Vec<&str> = given.map(|(name, _)| name).collect();
    let script = script();
    let set = script.lines().filter_map(|line| line.strip_prefix("\\set ")?.split(' ').next());
    // By pgbench itself, and by the statement that ends with \gset.
    let made: Vec<&str> = set.chain(["client_id", "id", "user_id", "generation", "digest"]).collect();
    let asked = script.replace("::", " ");
    let asked = asked.split(':').skip(1);
    let asked: Vec<&str> =
        asked.filter_map(|text| text.split(|c: char| c != '_' && !c.is_alphanumeric()).next()).collect();
    let missing: Vec<_> = asked.iter().filter(|name| !given.contains(name) && !made.contains(name)).collect();
    assert!(missing.is_empty() && asked.len() > 20, "{missing:?} of {asked:?}");
}

#[test]
fn the_figure_of_a_report_is_the_one_without_connecting() {
    let report = "transaction type: rotation.sql\nnumber of failed transactions: 0 (0.000%)\n\
                  initial connection time = 12.5 ms\ntps = 4321.750000 (without initial connection time)\n";
    assert_eq!(transactions_per_second(report).map(f64::to_bits), Some(4_321.75_f64.to_bits()));
    assert!(transactions_per_second("pgbench: error: connection failed").is_none());
}

#[tokio::test]
async fn clients_without_a_family_of_their_own_are_refused() {
    let refused = Load { families: 15, ..load() }.run().await.unwrap_err();
    assert_eq!(refused.to_string(), "each client needs a family of its own");
}
