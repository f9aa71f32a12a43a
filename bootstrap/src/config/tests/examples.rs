use super::*;

/// The lines of an example that show a default, without what comments them out.
fn defaults_of(example: &str) -> String {
    let shown = example.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if rest.split_once('=').is_some_and(|(name, _)| !name.trim_end().contains([' ', ','])) => {
            rest
        }
        _ => line,
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// Each key and its value, without where it comes from.
fn in_force(loaded: &Loaded) -> Vec<String> {
    let report = loaded.report.to_string();
    report
        .lines()
        .filter_map(|line| line.split_once(" # "))
        .map(|(value, _)| value.trim().to_owned())
        .collect()
}

#[test]
fn the_examples_show_every_default_and_nothing_that_is_unknown() {
    const KEYS: &str = include_str!("../../../../deploy/config.example.toml");
    const VARIABLES: &str = include_str!("../../../../.env.example");
    let expected = in_force(&Case::new().load());
    let (keys, variables) = (file(&defaults_of(KEYS)), Case::new().file(".env", &defaults_of(VARIABLES)));
    assert_eq!(in_force(&keys.load()), expected);
    assert_eq!(in_force(&variables.load()), expected);
    // Those whose default follows from another key are shown with an example of what they could be.
    let count = |case: &Case| case.load().report.to_string().matches("default").count();
    assert_eq!((count(&keys), count(&variables)), (4, 5));
    for name in
        ["url", "url_file", "root_key_file", "public_url", "dir", "recipient", "endpoint", "headers_file"]
    {
        assert!(KEYS.contains(&format!("#   {name} = ")), "{name}");
        assert!(VARIABLES.contains(&format!("__{}=", name.to_uppercase())), "{name}");
    }
}
