//! Signing keys, the audit trail and the overview, from the command line.

#[cfg(test)]
#[allow(dead_code, reason = "the other suites use the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::Place;
    use serde_json::Value;
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    fn states(keys: &[Value]) -> Vec<&str> {
        keys.iter().map(|key| key["state"].as_str().unwrap()).collect()
    }

    #[test]
    fn keys_are_rotated_with_time_to_fetch_them_and_revoked_without() {
        let place = Place::new();
        place.created("annlee", "admin");
        assert!(place.run(&["keys", "list"]).succeeded().contains("no keys yet"));
        assert_eq!(place.objects(&["keys", "list", "--json"]).len(), 0);

        let told = place.run(&["keys", "rotate"]).succeeded();
        let keys = place.objects(&["keys", "list", "--json"]);
        assert_eq!(states(&keys), ["current", "next"]);
        let (next, from) = (keys[1]["kid"].as_str().unwrap(), keys[1]["active_from"].as_str().unwrap());
        assert!(
            told.starts_with(&format!("{next} (EdDSA) begins to sign at {}", &from[..19])),
            "{told} {keys:?}"
        );
        let table = place.run(&["keys", "list"]).succeeded();
        assert!(table.starts_with("KEY ") && table.contains(next), "{table}");

        let told = place.run(&["keys", "rotate", "--revoke"]).succeeded();
        for key in &keys {
            let taken = format!("{} (EdDSA) was taken out of use", key["kid"].as_str().unwrap());
            assert!(told.contains(&taken), "{taken} is not in {told}");
        }
        let fresh = place.objects(&["keys", "list", "--json"]);
        assert_eq!(states(&fresh), ["current"]);
        let signs = format!("{} (EdDSA) signs from now on", fresh[0]["kid"].as_str().unwrap());
        assert!(told.contains(&signs) && told.contains("is refused"), "{told}");
        assert!(!keys.iter().any(|key| key["kid"] == fresh[0]["kid"]));
        assert_eq!(place.objects(&["keys", "rotate", "--revoke", "--json"]).len(), 1);
    }

    #[test]
    fn the_next_key_is_of_the_configured_kind_and_signs_at_once_where_none_is_published() {
        let place = Place::new();
        place.write("config.toml", "[keys]\nalgorithm = \"ES256\"\npublication_seconds = 0\n");
        let ended = place.run(&["keys", "rotate"]);
        assert!(ended.output.contains("(ES256) signs from now on"), "{ended:?}");
    }

    #[test]
    fn the_trail_is_exported_as_safe_lines_the_earliest_first() {
        let place = Place::new();
        let ann = place.created("annlee", "admin");
        let bob = place.created("bob22", "user");
        let reason = "d\u{e9}part \u{1f600}\ntoday";
        place.run(&["user", "suspend", "bob22", "--reason", reason]).succeeded();
        let printed = place.run(&["audit", "export"]).succeeded();
        assert!(printed.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')), "{printed}");
        let events: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
        // The whole of it ends with what this export itself has added.
        assert_eq!(kinds, ["user_created", "user_created", "user_suspended", "audit_exported"]);
        let Value::Object(event) = &events[2] else { panic!("{printed}") };
        let mut names: Vec<_> = event.keys().map(String::as_str).collect();
        names.sort_unstable();
        let members =
            ["actor", "address", "at", "detail", "id", "kind", "proof", "request_id", "sequence", "subject"];
        assert_eq!(names, members);
        assert_eq!((&event["actor"]["type"], &event["subject"]), (&"system".into(), &Value::from(&*bob)));
        assert_eq!((&event["detail"]["reason"], &event["sequence"]), (&reason.into(), &3.into()));

        let of = |filter: &[&str]| place.objects(&[&["audit", "export"], filter].concat()).len();
        assert_eq!(of(&["--subject", "bob22"]), 2);
        assert_eq!(of(&["--subject", &ann, "--kind", "user_created"]), 1);
        assert_eq!(of(&["--kind", "audit_exported"]), 3);
        assert_eq!(of(&["--actor", "annlee"]), 0);
        assert_eq!(of(&["--until", "2020-01-01T00:00:00Z"]), 0);
        assert_eq!(of(&["--address", "192.0.2.1"]), 0);
        place.run(&["user", "delete", "bob22", "--yes"]).succeeded();
        assert_eq!(of(&["--subject", &bob]), 3);
        let exported =
            place.objects(&["audit", "list", "--json", "--kind", "audit_exported", "--limit", "200"]);
        assert!(
            exported.iter().any(|event| event["detail"]["until"] == "2020-01-01T00:00:00Z"),
            "{exported:?}"
        );
    }

    #[test]
    fn the_trail_is_listed_the_latest_first_and_taken_up_again() {
        let place = Place::new();
        for name in ["annlee", "bob22", "carol"] {
            place.created(name, "user");
        }
        let begun = place.run(&["audit", "list", "--limit", "2"]);
        assert!(begun.output.starts_with("AT ") && begun.output.lines().count() == 3, "{begun:?}");
        assert!(begun.output.contains("user_created") && begun.output.contains("  role=user"), "{begun:?}");
        let place_after = begun.errors.split_once("--after ").unwrap().1.split(' ').next().unwrap();
        let rest = place.objects(&["audit", "list", "--json", "--after", place_after]);
        assert_eq!(rest.len(), 1);
        let first = place.objects(&["user", "list", "--json", "--limit", "3"]).remove(0);
        assert_eq!(rest[0]["subject"], first["id"]);
    }

    #[test]
    fn what_is_wrong_with_a_filter_is_told_at_once() {
        let place = Place::new();
        let filter = ["audit", "list", "--from", "x", "--until", "y", "--address", "z", "--after", "1"];
        let told = place.run(&filter).failed(2);
        for field in
            ["from must be a date", "until must be a date", "address is not an IP", "after is not a place"]
        {
            assert!(told.contains(&format!("\n  - {field}")), "{field} is not in {told}");
        }
        let told = place.run(&["audit", "export", "--kind", "user_create"]).failed(2);
        assert!(told.contains("user_created"), "{told}");
        place.created("annlee", "user");
        assert!(place.run(&["audit", "export", "--actor", "nobody"]).failed(1).contains("\"nobody\""));
    }

    #[test]
    fn whoever_reads_only_the_beginning_of_an_export_is_no_failure() {
        let place = Place::new();
        place.created("annlee", "user");
        let mut command = place.command(&["audit", "export"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("user_created"), "{line}");
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    }

    #[test]
    fn the_overview_counts_accounts_and_what_happened_today() {
        let place = Place::new();
        place.created("annlee", "admin");
        place.created("bob22", "user");
        place.run(&["user", "suspend", "bob22", "--reason", "x"]).succeeded();
        let overview = place.found(&["overview", "--json"], |ended| ended.output.contains("\"ready\":true"));
        let overview: Value = serde_json::from_str(&overview).unwrap();
        let count = |role: &str, status: &str| {
            let users = overview["users"].as_array().unwrap().iter();
            let of = users.filter(|count| count["role"] == role && count["status"] == status);
            of.map(|count| count["count"].as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!(
            [count("admin", "active"), count("user", "suspended"), count("user", "active")],
            [1, 1, 0]
        );
        let days = overview["days"].as_array().unwrap();
        let sign_ups: u64 = days.iter().map(|day| day["sign_ups"].as_u64().unwrap()).sum();
        assert_eq!((days.len(), sign_ups, &overview["ready"]), (30, 2, &Value::Bool(true)));
        assert_eq!(overview["latest_sign_ups"][0]["username"], "bob22");
        assert_eq!(overview["latest_events"][0]["kind"], "user_suspended");
        assert_eq!(overview["version"], env!("CARGO_PKG_VERSION"));
        let page = place.found(&["overview"], |ended| ended.output.contains("Requests can be served."));
        for expected in
            ["ACCOUNTS", "admin                 1          0", "user_suspended", "Requests can be served."]
        {
            assert!(page.contains(expected), "{expected} is not in {page}");
        }
    }

    #[test]
    fn every_command_says_what_it_is_for() {
        let place = Place::new();
        for (command, expected) in [
            (&["--help"][..], &["keys", "audit", "overview", "user"][..]),
            (
                &["user", "--help"],
                &["suspend", "reinstate", "delete", "sessions", "end-sessions", "password-link"],
            ),
            (&["user", "create", "--help"], &["--invite", "--password-stdin"]),
            (&["keys", "rotate", "--help"], &["--revoke", "leaked"]),
            (
                &["audit", "export", "--help"],
                &["--actor", "--subject", "--kind", "--from", "--until", "--address"],
            ),
        ] {
            let told = place.run(command).succeeded();
            for word in expected {
                assert!(told.contains(word), "{word} is not in {told}");
            }
        }
    }
}
