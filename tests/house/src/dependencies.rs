//! Who may depend on whom: one row per crate. To grow a row is a decision, and this is where it is seen.

use serde_json::Value;

/// What one crate of the house may depend on.
struct Row {
    member: &'static str,
    /// Other crates of the house, for whatever purpose.
    house: &'static [&'static str],
    /// Crates from outside; `None` where the layer is free to choose.
    outside: Option<&'static [&'static str]>,
}

const fn row(member: &'static str, house: &'static [&'static str]) -> Row {
    Row { member, house, outside: None }
}

const ADAPTER: &[&str] = &["xtrem-application", "xtrem-domain"];

/// The two inner layers may use no framework, no runtime, no format; adapters never know each other.
const ROWS: &[Row] = &[
    Row {
        member: "xtrem-domain",
        house: &[],
        outside: Some(&[
            "email_address",
            "idna",
            "thiserror",
            "unicode-normalization",
            "unicode-security",
            "url",
            "uuid",
            "zeroize",
            "zxcvbn",
        ]),
    },
    Row {
        member: "xtrem-application",
        house: &["xtrem-domain"],
        outside: Some(&[
            "async-trait",
            "metrics",
            "mockall",
            "serde",
            "serde_json",
            "thiserror",
            "time",
            "tracing",
        ]),
    },
    row("xtrem-backup", ADAPTER),
    row("xtrem-http", ADAPTER),
    row("xtrem-ledger", ADAPTER),
    row("xtrem-machine", ADAPTER),
    row("xtrem-persistence", ADAPTER),
    row("xtrem-security", ADAPTER),
    // Behind the facades `tracing` and `metrics`, which are its ports.
    row("xtrem-telemetry", &[]),
    row("xtrem-web-ui", ADAPTER),
    row(
        "xtrem",
        &[
            "xtrem-application",
            "xtrem-backup",
            "xtrem-domain",
            "xtrem-http",
            "xtrem-ledger",
            "xtrem-machine",
            "xtrem-persistence",
            "xtrem-security",
            "xtrem-telemetry",
            "xtrem-web-ui",
        ],
    ),
    // It measures the real adapters, and fills databases through them.
    row("xtrem-bench", &["xtrem-application", "xtrem-domain", "xtrem-persistence", "xtrem-security"]),
    // With real seals: a double would promise what it does not keep.
    row("xtrem-contracts", &["xtrem-application", "xtrem-domain", "xtrem-persistence", "xtrem-security"]),
    row("xtrem-house", &[]),
    row("xtrem-journeys", &[]),
];

/// Crates that stand for a decision, and the only members that may know them outside of their tests.
const KEPT: &[(&str, &[&str])] = &[
    ("poem", &["xtrem", "xtrem-bench", "xtrem-http", "xtrem-web-ui"]),
    ("poem-openapi", &["xtrem-bench", "xtrem-http"]),
    ("sqlx", &["xtrem-bench", "xtrem-contracts", "xtrem-journeys", "xtrem-persistence"]),
    ("argon2", &["xtrem-bench", "xtrem-security"]),
    ("jsonwebtoken", &["xtrem", "xtrem-bench", "xtrem-security"]),
    ("p256", &["xtrem-security"]),
    ("chacha20", &["xtrem-security"]),
    ("age", &["xtrem-backup"]),
    ("config", &["xtrem"]),
    ("tracing-subscriber", &["xtrem", "xtrem-telemetry"]),
    ("opentelemetry", &["xtrem-telemetry"]),
    ("metrics-exporter-prometheus", &["xtrem-telemetry"]),
];

/// What `cargo metadata --no-deps` shows that no row allows.
#[must_use]
pub fn findings(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let members: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut found: Vec<String> = ROWS
        .iter()
        .filter(|row| !members.contains(&row.member))
        .map(|row| format!("{} has a row and does not exist", row.member))
        .collect();
    for package in packages {
        let member = package["name"].as_str().unwrap_or_default();
        let Some(row) = ROWS.iter().find(|row| row.member == member) else {
            found.push(format!("{member} has no row in tests/house/src/dependencies.rs"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
        found.extend(dependencies.iter().filter(|needed| !allows(row, needed, &members)).map(|needed| {
            format!("{member} may not depend on {}", needed["name"].as_str().unwrap_or_default())
        }));
    }
    found
}

fn allows(row: &Row, dependency: &Value, members: &[&str]) -> bool {
    let name = dependency["name"].as_str().unwrap_or_default();
    if members.contains(&name) {
        return row.house.contains(&name);
    }
    if dependency["kind"] == "dev" {
        return true;
    }
    let kept = KEPT.iter().find(|(kept, _)| *kept == name);
    kept.is_none_or(|(_, by)| by.contains(&row.member))
        && row.outside.is_none_or(|outside| outside.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn house_where(member: &str, dependency: &Value) -> Vec<String> {
        let packages: Vec<Value> = ROWS
            .iter()
            .map(|row| {
                let own = if row.member == member { vec![dependency.clone()] } else { vec![] };
                json!({"name": row.member, "dependencies": own})
            })
            .collect();
        findings(&json!({ "packages": packages }))
    }

    fn normal(name: &str) -> Value {
        json!({"name": name, "kind": null})
    }

    #[test]
    fn what_has_a_row_is_allowed() {
        assert!(house_where("xtrem-domain", &normal("uuid")).is_empty());
        assert!(house_where("xtrem-http", &normal("xtrem-application")).is_empty());
        assert!(house_where("xtrem-domain", &json!({"name": "proptest", "kind": "dev"})).is_empty());
    }

    #[test]
    fn an_inner_layer_takes_nothing_new_from_outside() {
        assert_eq!(house_where("xtrem-domain", &normal("serde")), ["xtrem-domain may not depend on serde"]);
        assert_eq!(house_where("xtrem-application", &normal("tokio")).len(), 1);
    }

    #[test]
    fn adapters_do_not_know_each_other_and_nobody_looks_outwards() {
        assert_eq!(house_where("xtrem-http", &normal("xtrem-persistence")).len(), 1);
        assert_eq!(house_where("xtrem-web-ui", &json!({"name": "xtrem-http", "kind": "dev"})).len(), 1);
        assert_eq!(house_where("xtrem-application", &normal("xtrem-http")).len(), 1);
    }

    #[test]
    fn the_framework_and_the_database_stay_in_their_adapters() {
        assert_eq!(house_where("xtrem-security", &normal("poem")).len(), 1);
        assert_eq!(house_where("xtrem-web-ui", &normal("sqlx")).len(), 1);
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_both_told() {
        let found = findings(&json!({"packages": [{"name": "xtrem-utils", "dependencies": []}]}));
        assert!(found.contains(&"xtrem-utils has no row in tests/house/src/dependencies.rs".to_owned()));
        assert_eq!(found.len(), ROWS.len() + 1);
    }
}
