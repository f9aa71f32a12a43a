//! The command line, as a person or a script meets it.

#[cfg(test)]
#[allow(dead_code, reason = "the other suite uses the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::Place;
    use serde_json::Value;

    #[test]
    fn check_config_shows_what_is_in_force_and_makes_nothing() {
        let place = Place::new();
        place.write("config.toml", "[server]\nlisten = \"127.0.0.1:1\"\n");
        let variables = [("XTREM_DATABASE__URL", "postgres://x:hunter2@db/x")];
        let shown = place.run_with(&variables, &["check-config", "--data-dir", "elsewhere"]).succeeded();
        for expected in
            ["dir = \"elsewhere\"", "config.toml, line 2", "postgres://x:redacted@db/x", "--data-dir"]
        {
            assert!(shown.contains(expected), "{expected} is not in {shown}");
        }
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(!place.path("elsewhere").exists() && !place.path("data").exists());
    }

    #[test]
    fn an_unknown_key_stops_every_command_and_names_the_nearest_one() {
        let place = Place::new();
        place.write("config.toml", "[server]\nlistne = \"127.0.0.1:1\"\n");
        for command in [&["check-config"][..], &["serve"], &["migrate"], &["user", "list"], &[]] {
            let told = place.run(command).failed(2);
            assert!(told.contains("server.listne (config.toml, line 2)"), "{told}");
            assert!(told.contains("the nearest one is server.listen"), "{told}");
        }
        assert!(!place.path("data").exists());
    }

    #[test]
    fn bad_values_are_told_all_at_once() {
        let variables = [
            ("XTREM_SERVER__LISTEN", "here"),
            ("XTREM_PASSWORDS__MINIMUM_LENGTH", "7"),
            ("XTREM_LOG__FORMAT", "xml"),
            ("XTREM_NOTHING", "x"),
        ];
        let told = Place::new().run_with(&variables, &["serve"]).failed(2);
        for (name, _) in variables {
            assert!(told.contains(name), "{name} is not in {told}");
        }
    }

    #[test]
    fn an_address_that_others_reach_needs_a_public_url() {
        let place = Place::new();
        let told = place.run(&["serve", "--listen", "0.0.0.0:0"]).failed(2);
        assert!(told.contains("server.public_url: is missing"), "{told}");
        assert!(!place.path("data").exists());
    }

    #[test]
    fn the_description_of_the_api_needs_no_settings() {
        let place = Place::new();
        place.write("config.toml", "this is no TOML");
        let printed = place.run(&["print-openapi"]).succeeded();
        let document: Value = serde_json::from_str(&printed).unwrap();
        assert!(document["paths"]["/api/v1/me"].is_object());
        assert!(!place.path("data").exists());
    }

    #[test]
    fn migrating_twice_is_no_fault() {
        let place = Place::new();
        assert!(place.run(&["migrate"]).output.contains("migrations were done"));
        assert!(place.run(&["migrate"]).succeeded().contains("nothing to do"));
    }

    #[test]
    fn a_created_account_can_be_listed_shown_and_given_another_role() {
        let place = Place::new();
        let ended = place.create("annlee", "admin");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.errors.contains("a root key was made"), "{ended:?}");
        let (id, name) = ended.output.trim().split_once(' ').unwrap();
        assert_eq!(name, "annlee");
        assert!(place.create("bob22", "user").succeeded().contains(" bob22"));

        let list = place.run(&["user", "list"]).succeeded();
        assert!(list.contains(id) && list.contains("annlee@example.com") && list.contains("bob22"), "{list}");
        let shown = place.run(&["user", "show", "ANNLEE@example.com", "--json"]).succeeded();
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!((&shown["id"], &shown["role"]), (&Value::from(id), &Value::from("admin")));
        assert!(place.run(&["user", "show", "bob22"]).succeeded().contains("bob22@example.com"));

        assert!(
            place.run(&["user", "set-role", "bob22", "moderator"]).succeeded().ends_with("is moderator\n")
        );
        let told = place.run(&["user", "set-role", "annlee", "user"]).failed(1);
        assert!(told.contains("last active administrator"), "{told}");
        assert!(place.run(&["user", "unlock", "bob22"]).succeeded().contains("was not locked"));
    }

    #[test]
    fn a_list_for_programs_is_one_object_a_line_and_can_be_taken_up_again() {
        let place = Place::new();
        for name in ["first", "second", "third"] {
            assert_eq!(place.create(name, "user").code, Some(0));
        }
        let begun = place.run(&["user", "list", "--json", "--limit", "2"]);
        let users: Vec<Value> =
            begun.output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<_> = users.iter().map(|user| user["username"].as_str().unwrap()).collect();
        assert_eq!(names, ["first", "second"]);
        let last = users[1]["id"].as_str().unwrap();
        assert!(begun.errors.contains(&format!("--after {last}")), "{begun:?}");
        let rest = place.run(&["user", "list", "--json", "--after", last]).succeeded();
        assert_eq!(rest.lines().count(), 1);
        assert!(rest.contains("third"));
    }

    #[test]
    fn everything_that_is_wrong_with_a_new_account_is_told_at_once() {
        let place = Place::new();
        let form =
            ["user", "create", "--username", "a", "--email", "nowhere", "--role", "king", "--password-stdin"];
        let told = place.run_reading("hunter2\n", &form).failed(2);
        for field in ["username", "email", "password", "role"] {
            assert!(told.contains(&format!("\n  - {field} ")), "{field} is not in {told}");
        }
        assert!(!told.contains("hunter2"), "{told}");
        assert!(!place.path("data").exists(), "nothing was to be made for it");
    }

    #[test]
    fn what_does_not_work_is_told_with_what_would_do() {
        let place = Place::new();
        assert_eq!(place.create("annlee", "user").code, Some(0));
        assert!(place.create("Annlee", "user").failed(1).contains("name"));
        let told = place.run(&["user", "show", "nobody"]).failed(1);
        assert!(told.contains("\"nobody\"") && told.contains("xtrem user list"), "{told}");
        let told = place.run(&["user", "set-role", "annlee", "king"]).failed(2);
        assert!(told.contains("user, moderator, admin"), "{told}");
        let form = ["user", "create", "--username", "carol", "--email", "carol@example.com"];
        assert!(place.run(&form).failed(2).contains("--password-stdin"));
    }
}
