use super::*;

fn load() -> Load {
    Load {
        url: "postgres://postgres@127.0.0.1:1/postgres".to_owned(),
        clients: NonZeroU32::new(16).unwrap(),
        seconds: 5,
        families: 1_000,
        program: Some("pgbench".into()),
    }
}

/// The names of the values that a script asks for: `:name`, but not the type in `::name`.
fn asked(script: &str) -> Vec<String> {
    let statements: Vec<_> = script.lines().filter(|line| !line.starts_with("--")).collect();
    let statements = statements.join(" ").replace("::", " ");
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    statements.split(':').skip(1).map(name).collect()
}

#[test]
fn every_value_the_script_asks_for_is_given_or_made_by_it() {
    let command = load().command();
    let arguments: Vec<_> =
        command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let given = arguments.iter().filter_map(|argument| argument.strip_prefix("--define=")?.split_once('='));
    let given: Vec<&str> = given.map(|(name, _)| name).collect();
    let script = std::fs::read_to_string(SCRIPT).unwrap();
    let set = script.lines().filter_map(|line| line.strip_prefix("\\set ")?.split(' ').next());
    // By pgbench itself, and by the statement that ends with \gset.
    let made: Vec<&str> = set.chain(["client_id", "generation", "digest"]).collect();
    let known = |name: &String| given.contains(&name.as_str()) || made.contains(&name.as_str());
    let (known, missing): (Vec<_>, Vec<_>) = asked(&script).into_iter().partition(known);
    assert!(missing.is_empty() && known.len() > 20, "{missing:?} {known:?}");
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
