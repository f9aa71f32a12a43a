//! The second database: that it is the right one, and how an installation gets it that had none.

#[cfg(test)]
#[allow(dead_code, reason = "the other suites use the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::{LONG_SESSIONS, PASSWORD, Place};
    use serde_json::{Value, json};

    const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0"];
    /// What the database of the earlier version says of people, in clear.
    const MARKERS: [&str; 9] = [
        "ann@example.com",
        "bob22@example.com",
        "Ann Lee",
        "Twentytwo",
        "Keeps bees",
        "Lyon",
        "bees.example.com",
        "Bobs old laptop",
        "127.0.0.1",
    ];

    fn inhabited() -> Place {
        let place = Place::new();
        place.created("annlee", "admin");
        place
    }

    fn is_refused(place: &Place, vault: &str, why: &str) {
        let before = place.files();
        for command in [SERVE, &["migrate"], &["user", "list"]] {
            let told = place.run_with(&[("XTREM_VAULT__URL", vault)], command).failed(1);
            assert!(told.contains(why), "{command:?}: {told}");
            assert!(place.files() == before, "{command:?} has changed something");
        }
    }

    #[test]
    fn the_vault_of_another_installation_is_refused() {
        let (place, other) = (inhabited(), inhabited());
        let url = format!("sqlite:{}", other.path("data/vault.db").display());
        let before = other.files();
        is_refused(&place, &url, "belongs to another installation");
        assert!(other.files() == before, "the other vault was changed");
        let earlier = Place::of_an_earlier_version();
        is_refused(&earlier, &url, "belongs to another installation");
        assert!(other.files() == before, "the other vault was changed");
    }

    #[test]
    fn the_main_database_is_no_vault_by_whatever_name() {
        let place = inhabited();
        std::os::unix::fs::symlink(place.path("data/xtrem.db"), place.path("link.db")).unwrap();
        std::fs::hard_link(place.path("data/xtrem.db"), place.path("same.db")).unwrap();
        for url in ["sqlite:data/xtrem.db", "data/../data/xtrem.db", "sqlite:link.db", "sqlite:same.db"] {
            is_refused(&place, url, "have to name two databases");
        }
        let swapped = [("XTREM_DATABASE__URL", "data/vault.db"), ("XTREM_VAULT__URL", "data/xtrem.db")];
        assert!(place.run_with(&swapped, SERVE).failed(1).contains("can't be the main database"));
    }

    #[test]
    fn a_lost_vault_is_not_made_anew() {
        let place = inhabited();
        std::fs::remove_file(place.path("data/vault.db")).unwrap();
        is_refused(&place, "data/vault.db", "the vault is empty, although this installation has one");
        place.write("data/vault.db", "");
        place.protect("data/vault.db", 0o600);
        let told = place.run(SERVE).failed(1);
        assert!(told.contains("the vault is empty, although this installation has one"), "{told}");
    }

    #[test]
    fn what_an_earlier_version_kept_in_clear_is_sealed_and_everybody_goes_on() {
        let place = Place::of_an_earlier_version();
        let service = place.start_with(&LONG_SESSIONS);
        service.log_in("bob22@example.com");
        // Its links, cookies and refresh tokens are still good.
        let refresh = "xrt_AaIFcFvachWqAOc4KBt_agAAAAH8i56uZTZ_JaQsxNpP9bHQvVBWI4oGSo2lRrzypeIUrw";
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        let (status, text) = service.post_form("/oauth2/token", &form);
        assert_eq!(status, 200, "{text}");
        let tokens: Value = serde_json::from_str(&text).unwrap();
        let (status, me) = service.get_as(tokens["access_token"].as_str().unwrap(), "/api/v1/me");
        let me: Value = serde_json::from_str(&me).unwrap();
        assert_eq!(
            (status, &me["full_name"], &me["location"]),
            (200, &"Bob Twentytwo".into(), &"Lyon".into())
        );
        let form = json!({"username": "other", "email": "ANN@example.com", "password": PASSWORD});
        assert_eq!(service.post("/api/v1/users", &form).0, 409);
        service.stop();
        let events =
            place.objects(&["audit", "list", "--json", "--address", "127.0.0.1", "--kind", "logged_in"]);
        assert_eq!(events.len(), 2, "{events:?}");
        let changed = &place.objects(&["audit", "list", "--json", "--kind", "role_changed"])[0];
        assert_eq!(changed["detail"]["reason"], "Reads mail in the garden");
        let sessions = place.run(&["user", "sessions", "bob22"]).succeeded();
        assert!(sessions.contains("Bobs old laptop"), "{sessions}");
        place.run(&["audit", "verify"]).succeeded();
        nothing_is_in_clear(&place);
    }

    #[test]
    fn to_seal_it_says_how_much_there_was_and_is_done_once() {
        let place = Place::of_an_earlier_version();
        let told = place.run(&["migrate"]).succeeded();
        assert!(told.contains("4 migrations were done"), "{told}");
        assert!(told.contains("11 people, sessions and events of an earlier version were sealed"), "{told}");
        let again = place.run(&["migrate"]).succeeded();
        assert!(again.contains("nothing to do") && !again.contains("sealed"), "{again}");
        nothing_is_in_clear(&place);
        // Which of the two databases was left behind by whom does not matter: they belong together from now on.
        let other = inhabited();
        let url = format!("sqlite:{}", other.path("data/vault.db").display());
        is_refused(&place, &url, "belongs to another installation");
    }

    fn nothing_is_in_clear(place: &Place) {
        for (name, bytes) in place.files() {
            for marker in MARKERS {
                let is_there = bytes.windows(marker.len()).any(|window| window == marker.as_bytes());
                assert!(!is_there, "{marker} stands in {name}");
            }
        }
    }
}
