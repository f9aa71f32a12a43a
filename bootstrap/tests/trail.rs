//! The audit trail, held against itself and against what is kept outside of the database.

#[cfg(test)]
#[allow(dead_code, reason = "the other suites use the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::{Place, eventually};
    use serde_json::Value;
    use std::fs;

    const VERIFY: &[&str] = &["audit", "verify"];
    /// How many events there are at least.
    const EVENTS: i64 = 14;

    /// A place where much has happened, sealed and with a signed head, and an export of it.
    fn eventful() -> Place {
        let place = Place::new();
        place.created("annlee", "admin");
        place.created("bob22", "user");
        let service = place.start();
        service.log_in("annlee");
        service.log_in("bob22");
        for role in ["moderator", "user"].into_iter().cycle().take(8) {
            place.run(&["user", "set-role", "bob22", role, "--reason", "turn and turn about"]).succeeded();
        }
        joined(&place);
        service.stop();
        fs::write(place.path("export"), place.run(&["audit", "export"]).succeeded()).unwrap();
        // Its own event is sealed, and the head of it published.
        place.start().stop();
        place
    }

    /// Waits until every event has its number.
    fn joined(place: &Place) {
        eventually("the trail is sealed", || {
            let events = place.objects(&["audit", "list", "--json", "--limit", "1000"]);
            events.iter().all(|event| event["sequence"].is_i64())
        });
    }

    fn heads(place: &Place) -> Vec<String> {
        let text = fs::read_to_string(place.path("data/audit-heads.ndjson")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn verdict(place: &Place, arguments: &[&str], code: i32) -> Value {
        let ended = place.run(&[VERIFY, &["--json"], arguments].concat());
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(!ended.errors.contains("panicked"), "{ended:?}");
        serde_json::from_str(&ended.output).unwrap_or_else(|_| panic!("{ended:?}"))
    }

    /// What it says to people, beside what else there is to say about a database that somebody has changed.
    fn said(place: &Place) -> String {
        let ended = place.run(VERIFY);
        assert_eq!((ended.code, &*ended.output), (Some(1), ""), "{ended:?}");
        ended.errors
    }

    #[test]
    fn a_trail_that_nobody_touched_holds() {
        let place = eventful();
        let told = verdict(&place, &[], 0);
        let last = told["last"].as_i64().unwrap();
        assert!(last >= EVENTS && told["checked"] == last && told["heads"].as_u64().unwrap() >= 2, "{told}");
        let told = place.run(VERIFY).succeeded();
        assert!(told.contains(&format!("{last} events, the last of which is number {last}")), "{told}");
        let exported = verdict(&place, &["--export", "export"], 0);
        assert_eq!(exported["holds"], true);
        // To have looked changes nothing.
        assert_eq!(verdict(&place, &[], 0)["last"], last);
    }

    #[test]
    fn what_happened_last_is_sealed_and_signed_at_the_end() {
        let place = Place::new();
        place.created("annlee", "admin");
        let service = place.start();
        joined(&place);
        let tokens = service.log_in("annlee");
        assert_eq!(service.get_as(tokens["access_token"].as_str().unwrap(), "/api/v1/me").0, 200);
        service.stop();
        let events = place.objects(&["audit", "list", "--json", "--limit", "1000"]);
        let numbers: Vec<_> = events.iter().map(|event| event["sequence"].as_i64()).collect();
        assert!(numbers.iter().all(Option::is_some), "{numbers:?}");
        let told = verdict(&place, &[], 0);
        assert_eq!(told["checked"], events.len());
        let last: Value = serde_json::from_str(heads(&place).last().unwrap()).unwrap();
        assert_eq!(last["data"]["sequence"], told["last"]);
    }

    /// L2 of the security cases.
    #[test]
    fn whatever_was_done_to_it_is_found_at_the_first_number_that_is_wrong() {
        let place = eventful();
        let last = verdict(&place, &[], 0)["last"].as_i64().unwrap();
        let cut = format!("DELETE FROM events WHERE sequence = {last}");
        let rebuilt = format!(
            "{cut}; UPDATE audit_chain SET sequence = {last} - 1,
             link = (SELECT link FROM events WHERE sequence = {last} - 1)"
        );
        let made = "INSERT INTO events (id, kind, actor, at, detail, in_clear, sequence, link)
                    SELECT x'01a2056e9ab87ede97a7940dfdc7a5d7', kind, 'system', at, detail, 0, sequence, link
                    FROM (SELECT * FROM events WHERE sequence = 7)";
        let inserted = format!(
            "UPDATE events SET sequence = -sequence WHERE sequence >= 7;
             UPDATE events SET sequence = 1 - sequence WHERE sequence < 0;
             {}",
            made.replace("sequence, link\\n", "7, link\\n")
                .replace("sequence = 7", "sequence = 8")
                .replace("0, sequence, link", "0, 7, link")
        );
        let end = u64::try_from(last).unwrap();
        for (deed, statements, number, trouble) in [
            ("a kind was edited", "UPDATE events SET kind = 'logged_in' WHERE sequence = 3", 3, "altered"),
            ("a time was edited", "UPDATE events SET at = at + 1 WHERE sequence = 1", 1, "altered"),
            ("an actor was edited", "UPDATE events SET actor = 'visitor' WHERE sequence = 9", 9, "altered"),
            ("a subject was removed", "UPDATE events SET subject = NULL WHERE sequence = 9", 9, "altered"),
            ("a detail was edited", "UPDATE events SET detail = '{}' WHERE sequence = 2", 2, "altered"),
            ("a link was edited", "UPDATE events SET link = zeroblob(32) WHERE sequence = 5", 5, "altered"),
            ("one was deleted", "DELETE FROM events WHERE sequence = 4", 4, "missing"),
            ("the first was deleted", "DELETE FROM events WHERE sequence = 1", 1, "missing"),
            (
                "two were swapped",
                "UPDATE events SET sequence = -sequence WHERE sequence IN (6, 8);
                 UPDATE events SET sequence = 14 + sequence WHERE sequence < 0",
                6,
                "altered",
            ),
            (
                "the gap was closed",
                "DELETE FROM events WHERE sequence = 5;
                 UPDATE events SET sequence = 1 - sequence WHERE sequence > 5;
                 UPDATE events SET sequence = -sequence WHERE sequence < 0",
                5,
                "altered",
            ),
            ("one was inserted", &inserted, 7, "altered"),
            ("the end was cut off", &cut, end, "missing"),
            ("the end was cut off and forgotten", &rebuilt, end, "missing"),
            (
                "everything is gone",
                "DELETE FROM events; UPDATE audit_chain SET sequence = 0, link = zeroblob(32)",
                1,
                "missing",
            ),
        ] {
            let copy = place.copied();
            copy.sql("xtrem.db", statements);
            let told = verdict(&copy, &[], 1);
            assert_eq!(
                (&told["sequence"], &told["trouble"]),
                (&number.into(), &trouble.into()),
                "{deed}: {told}"
            );
            let said = said(&copy);
            assert!(said.contains(&format!("does not hold at number {number}:")), "{deed}: {said}");
        }
    }

    #[test]
    fn a_chain_that_another_installation_has_made_is_not_the_one_that_was_signed() {
        let (place, other) = (eventful(), eventful());
        fs::copy(other.path("data/audit-heads.ndjson"), place.path("heads")).unwrap();
        let told = verdict(&place, &["--heads", "heads"], 1);
        assert!(told["problem"].as_str().is_some() || told["holds"] == false, "{told}");
        // Both have the same length, so that only what was signed tells them apart.
        let told = place.run(&[VERIFY, &["--heads", "heads"]].concat()).failed(1);
        assert!(told.contains("line 1 of the heads is none that this installation has signed"), "{told}");
    }

    #[test]
    fn an_export_is_checked_without_the_database_it_came_from() {
        let place = eventful();
        let export = fs::read_to_string(place.path("export")).unwrap();
        let lines: Vec<&str> = export.lines().collect();
        let joined = |lines: Vec<&str>| lines.iter().fold(String::new(), |text, line| text + line + "\n");
        let edited = lines[2].replacen("\"at\":\"2", "\"at\":\"1", 1);
        let without = |place: usize| {
            let mut lines = lines.clone();
            lines.remove(place);
            lines
        };
        let mut swapped = lines.clone();
        swapped.swap(3, 4);
        let mut changed = lines.clone();
        changed[2] = &edited;
        let mut doubled = lines.clone();
        doubled.insert(5, lines[5]);
        for (deed, lines, number) in [
            ("edited", changed, 3),
            ("deleted", without(4), 5),
            ("swapped", swapped, 4),
            ("doubled", doubled, 6),
        ] {
            place.write("changed", &joined(lines));
            let told = verdict(&place, &["--export", "changed"], 1);
            assert_eq!(told["sequence"], number, "{deed}: {told}");
        }
        // The end can be missing because the export is older than the heads, so it has to be said which ones count.
        place.write("changed", &joined(lines[..lines.len() - 2].to_vec()));
        verdict(&place, &["--export", "changed"], 0);
        let earlier = heads(&place)[..1].join("\n") + "\n";
        place.write("heads", &earlier);
        verdict(&place, &["--export", "export", "--heads", "heads"], 0);
        let signed: Value = serde_json::from_str(&earlier).unwrap();
        let end = usize::try_from(signed["data"]["sequence"].as_i64().unwrap()).unwrap();
        place.write("changed", &joined(lines[..end - 2].to_vec()));
        let told = verdict(&place, &["--export", "changed", "--heads", "heads"], 1);
        assert_eq!((&told["sequence"], &told["trouble"]), (&(end - 1).into(), &"missing".into()), "{told}");
    }

    #[test]
    fn a_selection_shows_what_was_changed_and_nothing_is_missing_in_it() {
        let place = eventful();
        let selected = place.run(&["audit", "export", "--kind", "role_changed"]).succeeded();
        place.write("selection", &selected);
        assert_eq!(verdict(&place, &["--export", "selection", "--selection"], 0)["checked"], 8);
        let told = place.run(&[VERIFY, &["--export", "selection"]].concat()).failed(1);
        assert!(told.contains("add --selection"), "{told}");
        place.write("selection", &selected.replacen("turn and turn", "turn about turn", 1));
        assert_eq!(verdict(&place, &["--export", "selection", "--selection"], 1)["trouble"], "altered");
    }

    #[test]
    fn the_trail_in_a_backup_is_checked_where_it_lies() {
        let place = eventful();
        let last = verdict(&place, &[], 0)["last"].clone();
        place.run(&["backup", "copy"]).succeeded();
        assert_eq!(verdict(&place, &["--backup", "copy"], 0)["last"], last);
        let told = place.run(&[VERIFY, &["--backup", "copy"]].concat()).succeeded();
        assert!(told.contains(&format!("its last event is number {last}")), "{told}");
        place.sql("xtrem.db", "UPDATE events SET detail = '{}' WHERE sequence = 2");
        place.run(&["backup", "altered"]).succeeded();
        assert_eq!(verdict(&place, &["--backup", "altered"], 1)["sequence"], 2);
        verdict(&place, &["--backup", "nowhere"], 1);
        assert_eq!(place.run(&[VERIFY, &["--backup", "copy", "--heads", "x"]].concat()).code, Some(2));
    }

    #[test]
    fn heads_that_were_changed_or_cut_off_are_told_apart() {
        let place = eventful();
        let known = heads(&place);
        let torn = format!("{}\n{}\n{}\n", known[0], &known[1][..40], known[1]);
        place.write("heads", &torn);
        let told = place.run(&[VERIFY, &["--heads", "heads"]].concat());
        assert!(told.code == Some(0) && told.errors.contains("line 2 of heads is no whole line"), "{told:?}");
        assert!(told.output.contains("2 signed heads agree"), "{told:?}");
        place.write(
            "heads",
            &format!("{}\n{}\n", known[0], known[1].replace("\"sequence\":", "\"sequence\":1")),
        );
        let told = place.run(&[VERIFY, &["--heads", "heads"]].concat()).failed(1);
        assert!(told.contains("line 2 of the heads is none"), "{told}");
        for (arguments, why) in [
            (["--heads", "nowhere"], "nowhere can't be read"),
            (["--export", "nowhere"], "nowhere can't be read"),
        ] {
            assert!(place.run(&[VERIFY, &arguments].concat()).failed(2).contains(why));
        }
        assert_eq!(place.run(&["audit", "verify", "--selection"]).code, Some(2));
    }

    #[test]
    fn whatever_stands_in_a_database_it_is_told_and_nothing_panics() {
        let place = eventful();
        // A larger file is not read from end to end before it is used.
        place.sql(
            "xtrem.db",
            "CREATE TABLE padding (bytes BLOB); INSERT INTO padding VALUES (zeroblob(17000000))",
        );
        for statements in [
            "DELETE FROM audit_chain",
            "UPDATE events SET link = x'01' WHERE sequence = 3",
            "UPDATE events SET kind = 'no such kind' WHERE sequence = 3",
            "UPDATE events SET kind = '' WHERE sequence = 3",
            "UPDATE events SET detail = 'no JSON' WHERE sequence = 3",
            "UPDATE events SET detail = '[1]' WHERE sequence = 3",
            "UPDATE events SET actor = 'nobody' WHERE sequence = 3",
            "UPDATE events SET subject = x'01' WHERE sequence = 3",
            "UPDATE events SET at = 9223372036854775807 WHERE sequence = 3",
            "UPDATE events SET at = -9223372036854775807 WHERE sequence = 3",
            "UPDATE events SET sealed_address = x'00', address_commitment = zeroblob(32) WHERE sequence = 3",
            "UPDATE events SET sealed_private = x'', private_commitment = x'01' WHERE sequence = 3",
            "UPDATE events SET sequence = 9223372036854775807 WHERE sequence = 3",
            "UPDATE events SET sequence = -1 WHERE sequence = 3",
            "UPDATE events SET id = x'01' WHERE sequence = 3",
            "UPDATE audit_chain SET sequence = 9223372036854775807",
            "UPDATE audit_chain SET sequence = -5, link = x'01'",
            "INSERT INTO audit_anchor VALUES (1, 5, zeroblob(32), 0, 'nothing')",
            "INSERT INTO audit_anchor VALUES (1, -5, x'01', -1, '')",
        ] {
            let copy = place.copied();
            copy.sql("xtrem.db", statements);
            // Some of it is found before the trail is looked at: nothing is opened then.
            let said = said(&copy);
            assert!(said.contains("error: ") && !said.contains("panicked"), "{statements}: {said}");
            let told = copy.run(&[VERIFY, &["--json"]].concat());
            assert_eq!(told.code, Some(1), "{statements}: {told:?}");
            assert!(
                told.output.is_empty() || told.output.contains("\"holds\":false"),
                "{statements}: {told:?}"
            );
        }
        for garbage in ["", "\n", "{}\n", "[]\n", "null\n", "{\"sequence\":1}\n", "\u{0}\n", "no JSON\n"] {
            place.write("export", garbage);
            let ended = place.run(&["audit", "verify", "--export", "export"]);
            assert!(!ended.errors.contains("panicked") && ended.code != Some(101), "{garbage:?}: {ended:?}");
        }
    }
}
