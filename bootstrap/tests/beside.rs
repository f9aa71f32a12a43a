//! The command line beside a running service: what it changes is felt there.

#[cfg(test)]
#[allow(dead_code, reason = "the other suites use the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::{PASSWORD, Place, Service, eventually};
    use serde_json::{Value, json};

    /// A running service with an administrator and a user, and that user's tokens.
    fn inhabited() -> (Place, Service, Value) {
        let place = Place::new();
        place.created("annlee", "admin");
        place.created("bob22", "user");
        let service = place.start();
        let tokens = service.log_in("bob22");
        assert_eq!(service.get_as(token(&tokens), "/api/v1/me").0, 200);
        (place, service, tokens)
    }

    fn token(tokens: &Value) -> &str {
        tokens["access_token"].as_str().unwrap()
    }

    #[test]
    fn another_role_is_felt_by_whoever_is_logged_in() {
        let (place, service, _) = inhabited();
        place.run(&["user", "set-role", "bob22", "admin"]).succeeded();
        let tokens = service.log_in("bob22");
        assert_eq!(service.get_as(token(&tokens), "/api/v1/users").0, 200);
        place.run(&["user", "set-role", "bob22", "user"]).succeeded();
        eventually("the scope is gone", || service.get_as(token(&tokens), "/api/v1/users").0 == 403);
        assert_eq!(service.get_as(token(&tokens), "/api/v1/me").0, 200);
    }

    #[test]
    fn a_suspended_person_is_out_at_once_and_in_again_when_reinstated() {
        let (place, service, tokens) = inhabited();
        place.run(&["user", "suspend", "bob22", "--reason", "lost laptop"]).succeeded();
        eventually("the token is refused", || service.get_as(token(&tokens), "/api/v1/me").0 == 401);
        let entered = json!({"login": "bob22", "password": PASSWORD});
        assert_ne!(service.post("/api/v1/sessions", &entered).0, 201);
        place.run(&["user", "reinstate", "bob22"]).succeeded();
        assert_eq!(service.post("/api/v1/sessions", &entered).0, 201);
        assert_eq!(service.get_as(token(&tokens), "/api/v1/me").0, 401);
    }

    #[test]
    fn revoked_keys_refuse_what_they_signed_and_sessions_go_on() {
        let (place, service, tokens) = inhabited();
        let before = service.get("/.well-known/jwks.json").1;
        place.run(&["keys", "rotate", "--revoke"]).succeeded();
        eventually("the token is refused", || service.get_as(token(&tokens), "/api/v1/me").0 == 401);
        assert_ne!(service.get("/.well-known/jwks.json").1, before);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let (status, text) =
            service.post_form("/oauth2/token", &format!("grant_type=refresh_token&refresh_token={refresh}"));
        assert_eq!(status, 200, "{text}");
        let renewed: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(service.get_as(token(&renewed), "/api/v1/me").0, 200);
    }

    #[test]
    fn a_next_key_is_published_before_it_signs() {
        let (place, service, tokens) = inhabited();
        let keys = place.objects(&["keys", "rotate", "--json"]);
        let next = keys.iter().find(|key| key["state"] == "next").unwrap()["kid"].as_str().unwrap();
        eventually("it is published", || service.get("/.well-known/jwks.json").1.contains(next));
        assert_eq!(service.get_as(token(&tokens), "/api/v1/me").0, 200);
    }

    #[test]
    fn sessions_are_listed_and_ended() {
        let (place, service, tokens) = inhabited();
        let sessions = place.objects(&["user", "sessions", "bob22", "--json"]);
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions[0]["id"], tokens["session_id"]);
        assert_eq!(
            (&sessions[0]["method"], &sessions[0]["address"]),
            (&"password".into(), &"127.0.0.1".into())
        );
        let table = place.run(&["user", "sessions", "bob22"]).succeeded();
        assert!(table.contains(tokens["session_id"].as_str().unwrap()), "{table}");
        assert!(place.run(&["user", "end-sessions", "bob22"]).succeeded().contains(": 1 session was ended"));
        eventually("the token is refused", || service.get_as(token(&tokens), "/api/v1/me").0 == 401);
        assert!(place.run(&["user", "end-sessions", "bob22"]).succeeded().contains("was logged in nowhere"));
        assert!(place.run(&["user", "sessions", "bob22"]).succeeded().contains("is logged in nowhere"));
        assert_eq!(place.objects(&["user", "sessions", "bob22", "--json"]).len(), 0);
    }

    #[test]
    fn a_link_from_the_command_line_sets_a_password_once() {
        let (place, service, tokens) = inhabited();
        let made = place.run(&["user", "password-link", "bob22"]);
        let secret = made.output.trim_end().rsplit_once('/').unwrap().1.to_owned();
        let form = json!({"token": secret, "password": "wistful-badger-orchard"});
        assert_eq!(service.put("/api/v1/password", &form).0, 204);
        assert_eq!(service.put("/api/v1/password", &form).0, 404);
        assert_eq!(service.get_as(token(&tokens), "/api/v1/me").0, 401);
        let entered = json!({"login": "bob22", "password": "wistful-badger-orchard"});
        assert_eq!(service.post("/api/v1/sessions", &entered).0, 201);
    }

    #[test]
    fn refusals_are_written_down_by_the_running_service_and_at_its_end() {
        let (place, service, tokens) = inhabited();
        let refused = || place.objects(&["audit", "list", "--json", "--kind", "access_refused"]).len();
        assert_eq!(service.get_as(token(&tokens), "/api/v1/users").0, 403);
        eventually("it stands in the trail", || refused() == 1);
        assert_eq!(service.get_as(token(&tokens), "/api/v1/audit-events").0, 403);
        service.stop();
        assert_eq!(refused(), 2);
    }

    #[test]
    fn lists_and_exports_go_on_over_many_pages() {
        let (place, service, _) = inhabited();
        for number in 0..210 {
            let (name, email) = (format!("user{number:03}"), format!("user{number:03}@example.com"));
            let form = json!({"username": name, "email": email, "password": PASSWORD});
            assert_eq!(service.post("/api/v1/users", &form).0, 201);
        }
        let all = place.objects(&["user", "list", "--json", "--limit", "1000"]);
        assert_eq!((all.len(), &all[211]["username"]), (212, &"user209".into()));
        let begun = place.run(&["user", "list", "--json", "--limit", "205"]);
        assert_eq!(begun.output.lines().count(), 205);
        assert!(begun.errors.contains("--after "), "{begun:?}");
        for command in [&["audit", "export"][..], &["audit", "list", "--json", "--limit", "1000"]] {
            let events = place.objects(&[command, &["--kind", "user_signed_up"]].concat());
            let mut subjects: Vec<_> = events.iter().map(|event| event["subject"].as_str()).collect();
            subjects.sort_unstable();
            subjects.dedup();
            assert_eq!((events.len(), subjects.len()), (210, 210), "{command:?}");
        }
    }
}
