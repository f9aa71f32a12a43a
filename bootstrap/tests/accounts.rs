//! What the command line does with accounts.

#[cfg(test)]
#[allow(dead_code, reason = "the other suites use the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::Place;
    use serde_json::Value;

    const LATER: &str = "2999-12-31T20:00:00+02:00";
    const LATER_IN_UTC: &str = "2999-12-31T18:00:00Z";

    /// A folder with an administrator and a user, and the user's id.
    fn place() -> (Place, String) {
        let place = Place::new();
        place.created("annlee", "admin");
        let id = place.created("bob22", "user");
        (place, id)
    }

    fn shown(place: &Place, login: &str) -> Value {
        place.objects(&["user", "show", login, "--json"]).remove(0)
    }

    #[test]
    fn an_account_is_found_by_name_address_and_id() {
        let (place, id) = place();
        for login in ["BOB22", " bob22@example.com ", &id] {
            assert_eq!(shown(&place, login)["id"], *id, "{login}");
        }
        let told = place.run(&["user", "show", "00000000-0000-7000-8000-000000000000"]).failed(1);
        assert!(told.contains("or id") && told.contains("xtrem user list"), "{told}");
    }

    #[test]
    fn a_role_is_given_until_a_date_with_a_reason() {
        let (place, id) = place();
        let change = ["user", "set-role", "bob22", "admin", "--until", LATER, "--reason", "covers for Ann"];
        let told = place.run(&change).succeeded();
        assert_eq!(told, format!("{id} bob22 is admin until {LATER_IN_UTC}\n"));
        let account = shown(&place, "bob22");
        assert_eq!((&account["role"], &account["role_expires_at"]), (&"admin".into(), &LATER_IN_UTC.into()));
        let card = place.run(&["user", "show", "bob22"]).succeeded();
        assert!(card.contains(&format!("role_expires_at      {LATER_IN_UTC}")), "{card}");
        // Whoever administers for a time does not count as somebody who administers the installation.
        let told = place.run(&["user", "set-role", "annlee", "user"]).failed(1);
        assert!(told.contains("last active administrator"), "{told}");
        assert!(
            place.run(&["user", "set-role", "bob22", "moderator"]).succeeded().ends_with("is moderator\n")
        );
        assert_eq!(shown(&place, "bob22")["role_expires_at"], Value::Null);
    }

    #[test]
    fn an_account_is_suspended_with_a_reason_and_opened_again() {
        let (place, id) = place();
        let told = place.run(&["user", "suspend", "bob22", "--reason", "lost laptop"]).succeeded();
        assert_eq!(told, format!("{id} bob22 is suspended\n"));
        let again = ["user", "suspend", "bob22", "--reason", "still lost", "--until", LATER];
        assert!(place.run(&again).succeeded().ends_with(&format!(" is suspended until {LATER_IN_UTC}\n")));
        let account = shown(&place, "bob22");
        assert_eq!(
            (&account["status"], &account["suspension"]["reason"]),
            (&"suspended".into(), &"still lost".into())
        );
        assert_eq!(account["suspension"]["until"], LATER_IN_UTC);
        let card = place.run(&["user", "show", "bob22"]).succeeded();
        assert!(card.contains("suspension.reason    still lost"), "{card}");
        assert!(place.run(&["user", "reinstate", "bob22"]).succeeded().ends_with(" is active\n"));
        assert!(place.run(&["user", "reinstate", "bob22"]).succeeded().contains("was not suspended"));
        assert_eq!(shown(&place, "bob22")["suspension"], Value::Null);
        let last = place.run(&["user", "suspend", "annlee", "--reason", "x"]).failed(1);
        assert!(last.contains("last active administrator"), "{last}");
    }

    #[test]
    fn an_account_is_deleted_only_when_it_is_meant() {
        let (place, id) = place();
        let told = place.run(&["user", "delete", "bob22"]).failed(2);
        assert!(told.contains("\"bob22\" for ever") && told.contains("--yes"), "{told}");
        assert_eq!(shown(&place, "bob22")["id"], *id);
        let told = place.run(&["user", "delete", "bob22", "--yes"]).succeeded();
        assert!(told.starts_with(&format!("{id} bob22 was deleted")), "{told}");
        place.run(&["user", "show", "bob22"]).failed(1);
        assert!(
            place.run(&["user", "delete", "annlee", "--yes"]).failed(1).contains("last active administrator")
        );
    }

    #[test]
    fn what_is_wrong_is_told_at_once_and_in_the_words_of_the_flags() {
        let (place, _) = place();
        let long = "x".repeat(501);
        let change = ["user", "set-role", "bob22", "king", "--until", "tomorrow", "--reason", &long];
        let told = place.run(&change).failed(2);
        for expected in [
            "- role must be one of",
            "- until must be a date and time with its zone",
            "- reason must have at most 500",
        ] {
            assert!(told.contains(expected), "{expected} is not in {told}");
        }
        let past = ["user", "set-role", "bob22", "admin", "--until", "2020-01-01T00:00:00Z"];
        assert!(place.run(&past).failed(2).contains("- until must lie in the future"));
        let lower = ["user", "set-role", "annlee", "user", "--until", LATER];
        assert!(place.run(&lower).failed(2).contains("- until is only possible with a role above"));
        let told =
            place.run(&["user", "suspend", "bob22", "--reason", "  ", "--until", "2030-01-31"]).failed(2);
        assert!(told.contains("- reason is required") && told.contains("- until must be a date"), "{told}");
        assert!(place.run(&["user", "suspend", "bob22"]).failed(2).contains("--reason"));
        let past = ["user", "suspend", "bob22", "--reason", "x", "--until", "2020-01-01T00:00:00Z"];
        assert!(place.run(&past).failed(2).contains("- until must lie in the future"));
    }

    #[test]
    fn nothing_is_made_for_what_is_refused_before() {
        let place = Place::new();
        for command in [
            &["user", "delete", "bob22"][..],
            &["user", "set-role", "bob22", "king"],
            &["user", "suspend", "bob22", "--reason", ""],
            &["user", "list", "--after", "x"],
            &["audit", "export", "--from", "x"],
            &["user", "password-link", "bob22", "--listen", "127.0.0.1:0"],
        ] {
            place.run(command).failed(2);
            assert!(!place.path("data").exists(), "{command:?}");
        }
    }

    #[test]
    fn an_invited_person_gets_a_link_instead_of_a_password() {
        let (place, _) = place();
        let form = ["user", "create", "--username", "carol", "--email", "carol@example.com", "--invite"];
        let ended = place.run(&form);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let (account, link) = ended.output.trim_end().split_once('\n').unwrap();
        assert!(account.ends_with(" carol"), "{ended:?}");
        assert!(
            link.starts_with("http://127.0.0.1:8080/set-password/xpl_") && !link.contains('\n'),
            "{link}"
        );
        assert!(ended.errors.contains("once, until 2"), "{ended:?}");

        let public = [("XTREM_SERVER__PUBLIC_URL", "https://accounts.example.com")];
        let form =
            ["user", "create", "--username", "dave1", "--email", "dave@example.com", "--invite", "--json"];
        let account: Value = serde_json::from_str(&place.run_with(&public, &form).succeeded()).unwrap();
        let link = &account["password_link"];
        assert!(link["url"].as_str().unwrap().starts_with("https://accounts.example.com/set-password/xpl_"));
        assert!(link["expires_at"].as_str().unwrap().ends_with('Z') && account["username"] == "dave1");

        let another = place.run(&["user", "password-link", "carol"]);
        assert!(another.output.starts_with("http://127.0.0.1:8080/set-password/xpl_"), "{another:?}");
        assert_eq!(another.output.lines().count(), 1);
        let made = place.objects(&["user", "password-link", "carol", "--json"]).remove(0);
        assert_ne!(made["url"].as_str(), Some(another.output.trim_end()));
    }

    #[test]
    fn a_link_to_nowhere_is_refused_and_so_is_a_link_beside_a_password() {
        let (place, _) = place();
        let form = ["user", "create", "--username", "carol", "--email", "carol@example.com", "--invite"];
        let told = place.run(&[&form[..], &["--listen", "127.0.0.1:0"]].concat()).failed(2);
        assert!(told.contains("server.public_url"), "{told}");
        let told = place.run(&[&form[..], &["--password-stdin"]].concat()).failed(2);
        assert!(told.contains("--password-stdin") && told.contains("--invite"), "{told}");
        place.run(&["user", "show", "carol"]).failed(1);
    }

    #[test]
    fn a_list_is_filtered_sorted_and_taken_up_again() {
        let (place, bob) = place();
        place.created("bobby", "moderator");
        place.run(&["user", "suspend", "bobby", "--reason", "x"]).succeeded();
        let names = |arguments: &[&str]| -> Vec<String> {
            let listed = place.objects(&[&["user", "list", "--json"], arguments].concat());
            listed.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&[]), ["annlee", "bob22", "bobby"]);
        assert_eq!(names(&["--sort", "-created_at"]), ["bobby", "bob22", "annlee"]);
        assert_eq!(names(&["--sort", "-username"]), ["bobby", "bob22", "annlee"]);
        assert_eq!(names(&["--search", "BOB"]), ["bob22", "bobby"]);
        assert_eq!(names(&["--search", "annlee@example.com"]), ["annlee"]);
        assert_eq!(names(&["--role", "moderator", "--status", "suspended"]), ["bobby"]);
        assert_eq!(names(&["--status", "suspended", "--role", "admin"]), Vec::<String>::new());
        assert_eq!(names(&["--after", &bob]), ["bobby"]);
        let begun = place.run(&["user", "list", "--search", "bob", "--limit", "1"]);
        assert!(begun.output.contains("bob22") && !begun.output.contains("bobby"), "{begun:?}");
        assert!(begun.errors.contains("--after bob22"), "{begun:?}");
        assert_eq!(names(&["--search", "bob", "--after", "bob22"]), ["bobby"]);
        for (flag, value) in [("--role", "king"), ("--status", "gone"), ("--sort", "age")] {
            let told = place.run(&["user", "list", flag, value]).failed(2);
            assert!(told.contains("possible values"), "{told}");
        }
    }
}
