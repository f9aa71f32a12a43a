//! What code that people run may not hold.

use crate::source::Source;

/// Ends the process, or admits that something is missing.
const PANICS: &[&str] = &[
    ".unwrap()",
    ".expect(",
    ".unwrap_err()",
    ".expect_err(",
    "panic!(",
    "unreachable!(",
    "todo!(",
    "unimplemented!(",
];

/// How a statement begins, in the spelling of this house.
const SQL: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
];

const PROBLEM: &str = "application/problem+json";

/// Where production code could end the process.
#[must_use]
pub fn panics(source: &Source) -> Vec<String> {
    hits(&source.code, PANICS)
}

/// SQL outside of the adapter that owns it.
#[must_use]
pub fn sql(source: &Source) -> Vec<String> {
    let mut found = hits(&source.texts, SQL);
    found.extend(
        source
            .texts
            .lines()
            .enumerate()
            .filter(|(_, line)| line.split_once("UPDATE ").is_some_and(|(_, rest)| rest.contains(" SET ")))
            .map(|(line, _)| format!("line {}: UPDATE … SET", line + 1)),
    );
    found
}

/// A second table of errors.
#[must_use]
pub fn problem_documents(source: &Source) -> Vec<String> {
    hits(&source.texts, &[PROBLEM])
}

/// A module of doubles that is compiled for everybody.
#[must_use]
pub fn doubles_for_everybody(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.code.lines().collect();
    let declared = lines.iter().enumerate().filter(|(_, line)| line.ends_with("mod testing;"));
    declared
        .filter(|(at, _)| {
            !lines.get(at.wrapping_sub(1)).is_some_and(|before| before.contains("cfg(any(test"))
        })
        .map(|(at, _)| format!("line {}: mod testing is not for tests only", at + 1))
        .collect()
}

/// Silenced lints that do not say why.
#[must_use]
pub fn allows_without_reason(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["#[allow(", "#![allow(", "#[expect("] {
        for (at, _) in source.code.match_indices(start) {
            let attribute = source.code[at..].split(']').next().unwrap_or_default();
            if !attribute.contains("reason") {
                found.push(format!("line {}: {start}… without a reason", line_of(&source.code, at)));
            }
        }
    }
    found
}

fn hits(view: &str, needles: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for needle in needles {
        found.extend(
            view.match_indices(needle)
                .map(|(at, _)| format!("line {}: {}", line_of(view, at), needle.trim())),
        );
    }
    found
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn production(text: &str) -> Source {
        Source::production(text)
    }

    #[test]
    fn a_panic_in_production_is_found_and_one_in_a_test_is_not() {
        for bad in ["x.unwrap();", "x.expect(\"y\");", "panic!(\"y\");", "unreachable!()", "todo!()"] {
            assert_eq!(panics(&production(&format!("fn f() {{ {bad} }}"))).len(), 1, "{bad}");
            assert!(panics(&production(&format!("#[cfg(test)] mod t {{ fn f() {{ {bad} }} }}"))).is_empty());
        }
        assert!(panics(&production("x.unwrap_or_default(); x.expected(); // todo!()")).is_empty());
    }

    #[test]
    fn sql_is_found_in_texts_only() {
        for bad in ["SELECT 1", "INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t", "PRAGMA x"]
        {
            assert_eq!(sql(&production(&format!("const Q: &str = \"{bad}\";"))).len(), 1, "{bad}");
        }
        assert!(sql(&production("// SELECT 1\nlet a = \"Select a language\";")).is_empty());
    }

    #[test]
    fn a_second_table_of_errors_is_found() {
        assert_eq!(problem_documents(&production("let a = \"application/problem+json\";")).len(), 1);
        assert!(problem_documents(&production("// application/problem+json\n")).is_empty());
    }

    #[test]
    fn doubles_that_everybody_gets_are_found() {
        assert_eq!(doubles_for_everybody(&production("mod a;\npub mod testing;")).len(), 1);
        assert!(doubles_for_everybody(&production("#[cfg(test)]\nmod testing;")).is_empty());
        let feature = "#[cfg(any(test, feature = \"testing\"))]\npub mod testing;";
        assert!(doubles_for_everybody(&production(feature)).is_empty());
    }

    #[test]
    fn silencing_a_lint_takes_a_reason() {
        assert_eq!(allows_without_reason(&production("\n#[allow(dead_code)]\nfn f() {}")).len(), 1);
        assert_eq!(allows_without_reason(&production("#![allow(missing_docs)]")).len(), 1);
        let argued = "#[allow(\n    dead_code,\n    reason = \"read by a macro\"\n)]\nfn f() {}";
        assert!(allows_without_reason(&production(argued)).is_empty());
    }
}
