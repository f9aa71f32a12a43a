//! What stands beside the code: documents whose links lead somewhere, and the two folders of migrations.

use std::collections::BTreeSet;

/// The links of a Markdown text that lead to a file of this tree, without their anchors.
#[must_use]
pub fn links(markdown: &str) -> Vec<String> {
    let mut in_fence = false;
    let mut found = Vec::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        }
        if in_fence {
            continue;
        }
        found.extend(line.split("](").skip(1).filter_map(|rest| {
            let target = rest.split([')', ' ', '#']).next().unwrap_or_default();
            let elsewhere = target.is_empty() || target.contains("://") || target.starts_with("mailto:");
            (!elsewhere).then(|| target.to_owned())
        }));
    }
    found
}

/// The names that stand in one of the two folders only.
#[must_use]
pub fn unpaired(one: &[String], other: &[String]) -> Vec<String> {
    let one: BTreeSet<&String> = one.iter().collect();
    let other: BTreeSet<&String> = other.iter().collect();
    one.symmetric_difference(&other).map(|name| format!("{name} stands in one folder only")).collect()
}

/// The numbers of migrations that are used twice or left out.
#[must_use]
pub fn misnumbered(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    (1..)
        .zip(&names)
        .filter(|(number, name)| !name.starts_with(&format!("{number:04}_")))
        .map(|(number, name)| format!("{name} is not number {number}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_to_files_are_read_and_others_are_not() {
        let text = "[a](b.md#c) ![d](e/f.png \"g\") [h](https://example.com) [i](#j)\n```\n[k](l)\n```\n";
        assert_eq!(links(text), ["b.md", "e/f.png"]);
    }

    #[test]
    fn a_migration_for_one_engine_only_is_told() {
        let one = names(&["0001_a.sql", "0002_b.sql"]);
        assert_eq!(unpaired(&one, &names(&["0001_a.sql", "0002_c.sql"])).len(), 2);
        assert!(unpaired(&one, &one).is_empty());
    }

    #[test]
    fn a_gap_or_a_twin_among_the_numbers_is_told() {
        assert_eq!(misnumbered(&names(&["0001_a.sql", "0003_b.sql"])), ["0003_b.sql is not number 2"]);
        assert_eq!(misnumbered(&names(&["0001_a.sql", "0001_b.sql"])).len(), 1);
        assert!(misnumbered(&names(&["0002_b.sql", "0001_a.sql"])).is_empty());
    }
}
