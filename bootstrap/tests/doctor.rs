//! The commands that look at an installation, and those that only print, as a script meets them.

#[cfg(test)]
#[allow(dead_code, reason = "the other suites use the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::Place;
    use serde_json::Value;

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_health_check_says_ready_and_later_that_nobody_is_there() {
        let place = Place::new();
        let service = place.start();
        let address = service.address();
        let by_settings = place.found(&["health", "--listen", &address], |ended| ended.code == Some(0));
        assert_eq!(by_settings, format!("ready: http://{address}/health/ready\n"));
        // With an address of its own it reads no settings at all.
        place.write("config.toml", "this is no TOML");
        let by_address = ["health", "--url", &format!("http://{address}")];
        assert!(place.found(&by_address, |ended| ended.code == Some(0)).starts_with("ready: "));
        service.stop();
        let told = place.run(&["health", "--url", &format!("http://{address}")]).failed(1);
        assert!(told.contains("nobody there"), "{told}");
    }

    #[test]
    fn the_doctor_finds_a_running_service_well() {
        let place = Place::new();
        let service = place.start();
        let address = service.address();
        let doctor = ["doctor", "--json", "--listen", &address];
        let report = parsed(&place.found(&doctor, |ended| ended.code == Some(0)));
        assert_eq!(report["troubles"], 0, "{report}");
        let findings = report["findings"].as_array().unwrap();
        let of = |subject: &str| findings.iter().find(|found| found["subject"] == subject).unwrap();
        assert!(of("port")["text"].as_str().unwrap().contains("answers at"), "{report}");
        for subject in ["root_key", "main_database", "vault", "migrations", "signing_key"] {
            assert_eq!(of(subject)["verdict"], "ok", "{report}");
        }
        service.stop();
    }

    #[test]
    fn the_doctor_says_what_would_help_and_exits_with_1() {
        let place = Place::new();
        assert_eq!(place.run(&["migrate"]).code, Some(0));
        let before = place.files();
        std::fs::remove_file(place.path("data/root.key")).unwrap();
        let ended = place.run(&["doctor"]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let line = ended.output.lines().find(|line| line.starts_with("trouble")).unwrap();
        assert!(line.contains("root key") && line.contains("put it back"), "{line}");
        assert!(ended.errors.contains("in one place"), "{ended:?}");
        let mut after = place.files();
        after.insert("root.key".to_owned(), before["root.key"].clone());
        assert_eq!(after, before);
    }

    #[test]
    fn the_doctor_tells_what_is_wrong_with_the_settings() {
        let place = Place::new();
        place.write("config.toml", "[server]\nlistne = \"127.0.0.1:1\"\n");
        let ended = place.run(&["doctor"]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.output.starts_with("trouble  configuration"), "{ended:?}");
        assert!(!place.path("data").exists());
        let checked = place.run(&["check-config", "--json"]);
        assert_eq!((checked.code, &parsed(&checked.output)["good"]), (Some(2), &Value::Bool(false)));
    }

    #[test]
    fn pages_and_completions_need_no_settings() {
        let place = Place::new();
        place.write("config.toml", "this is no TOML");
        assert!(place.run(&["completions", "bash"]).succeeded().contains("_xtrem"));
        assert!(place.run(&["man"]).succeeded().contains(".SH EXAMPLES"));
        assert!(place.run(&["man", "--dir", "man1"]).succeeded().contains("pages were written"));
        assert!(place.path("man1/xtrem-user-create.1").exists());
        assert!(place.run(&["completions", "tcsh"]).failed(2).contains("possible values"));
    }

    #[test]
    fn whatever_is_done_to_an_account_can_be_told_to_a_program() {
        let place = Place::new();
        let id = place.created("annlee", "user");
        let said = |arguments: &[&str]| parsed(&place.run(arguments).succeeded());
        assert_eq!(said(&["user", "set-role", "annlee", "moderator", "--json"])["role"], "moderator");
        let suspended = said(&["user", "suspend", "annlee", "--reason", "a while away", "--json"]);
        assert_eq!((&suspended["id"], &suspended["status"]), (&Value::from(&*id), &Value::from("suspended")));
        assert_eq!(said(&["user", "reinstate", "annlee", "--json"])["status"], "active");
        assert_eq!(said(&["user", "end-sessions", "annlee", "--json"])["ended"], 0);
        assert_eq!(said(&["user", "unlock", "annlee", "--json"])["was_locked"], false);
        let overview = place.found(&["overview", "--json"], |ended| ended.output.contains("\"ready\":true"));
        assert!(parsed(&overview)["ready"].as_bool().unwrap());
        let deleted = said(&["user", "delete", "annlee", "--yes", "--json"]);
        assert!(deleted["receipt"]["signature"].is_string(), "{deleted}");
        assert_eq!(said(&["migrate", "--json"])["migrations"], 0);
    }
}
