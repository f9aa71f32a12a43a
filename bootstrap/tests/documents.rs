//! What people take away: signed, and recognised when it comes back.

#[cfg(test)]
#[allow(dead_code, reason = "the other suites use the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::Place;
    use serde_json::Value;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn inhabited() -> Place {
        let place = Place::new();
        place.created("annlee", "admin");
        place.created("bob22", "user");
        place
    }

    /// K13 of the security cases.
    #[test]
    fn everything_that_is_held_about_somebody_is_written_into_a_file_of_ones_own() {
        let place = inhabited();
        let printed = &place.objects(&["user", "export", "bob22@example.com"])[0];
        assert_eq!(printed["data"]["profile"]["username"], "bob22");
        let order = ["user", "export", "bob22", "--output", "bob.json"];
        assert_eq!(place.run(&order).succeeded(), "");
        let file = place.path("bob.json");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&file).unwrap();
        let exported: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(exported["data"]["profile"]["email"], "bob22@example.com");
        assert!(!text.contains("annlee") && !text.contains("argon2"), "{text}");
        // Nothing is written over, and then nothing is exported either.
        assert!(place.run(&order).failed(1).contains("bob.json can't be written"));
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        let told = place.run(&["user", "export", "nobody", "--output", "nobody.json"]).failed(1);
        assert!(told.contains("\"nobody\"") && !place.path("nobody.json").exists(), "{told}");
        let kinds = place.objects(&["audit", "list", "--json", "--kind", "personal_data_exported"]);
        assert_eq!(kinds.len(), 2);
    }

    #[test]
    fn what_was_signed_is_recognised_and_what_was_changed_is_not() {
        let place = inhabited();
        place.run(&["user", "export", "bob22", "--output", "export"]).succeeded();
        let told = place.run(&["user", "delete", "bob22", "--yes"]).succeeded();
        place.write("receipt", told.lines().nth(1).unwrap());
        for (file, kind, what) in [
            ("export", "xtrem-personal-data-export", "an export of personal data"),
            ("receipt", "xtrem-erasure-receipt", "the receipt of an erasure"),
        ] {
            let told = place.run(&["document", "verify", file]).succeeded();
            assert!(told.starts_with(&format!("This is {what}, signed by this installation")), "{told}");
            assert_eq!(place.objects(&["document", "verify", file, "--json"])[0]["kind"], kind);
            let text = fs::read_to_string(place.path(file)).unwrap();
            place.write("changed", &text.replacen("\":\"0", "\":\"1", 1));
            let told = place.run(&["document", "verify", "changed"]).failed(1);
            assert!(told.contains("changed is no document that this installation has signed"), "{told}");
            let other = inhabited();
            fs::copy(place.path(file), other.path(file)).unwrap();
            other.run(&["document", "verify", file]).failed(1);
        }
        place.run(&["document", "verify", "nowhere"]).failed(2);
        for garbage in ["", "{}", "no JSON", "{\"data\":1,\"signature\":\"a..b\"}"] {
            place.write("changed", garbage);
            place.run(&["document", "verify", "changed"]).failed(1);
        }
    }

    #[test]
    fn who_was_erased_does_not_come_back_with_an_older_database() {
        let place = inhabited();
        let before = place.copied();
        place.run(&["user", "delete", "bob22", "--yes"]).succeeded();
        fs::copy(place.path("data/erasures.ndjson"), before.path("data/erasures.ndjson")).unwrap();
        let told = before.run(&["user", "list"]);
        assert!(told.errors.contains("who was erased since then is erased again people=1"), "{told:?}");
        assert!(told.output.contains("annlee") && !told.output.contains("bob22"), "{told:?}");
        let deleted = &before.objects(&["audit", "list", "--json", "--kind", "user_deleted"])[0];
        assert_eq!(deleted["detail"]["reason"], "replayed");
        // A list that another installation has signed erases nobody.
        let other = inhabited();
        fs::copy(place.path("data/erasures.ndjson"), other.path("data/erasures.ndjson")).unwrap();
        assert!(other.run(&["user", "list"]).succeeded().contains("bob22"));
    }
}
