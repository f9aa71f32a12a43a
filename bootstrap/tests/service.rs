//! The service as a process: how it starts, what it makes, and how it ends.

#[cfg(test)]
#[allow(dead_code, reason = "the other suite uses the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::{PASSWORD, Place, eventually};
    use serde_json::json;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn told_to_stop_it_ends_in_order() {
        let service = Place::new().start();
        // On a machine that has much else to do, the first look may find the store busy, and what it found holds a second.
        eventually("it is ready", || service.get("/health/ready").0 == 200);
        let ended = service.stop();
        assert_eq!((ended.code, &*ended.errors), (Some(0), ""), "{ended:?}");
    }

    #[test]
    fn starting_again_finds_everything_as_it_was() {
        let place = Place::new();
        let service = place.start();
        let form = json!({"username": "annlee", "email": "ann@example.com", "password": PASSWORD});
        assert_eq!(service.post("/api/v1/users", &form).0, 201);
        let keys = service.get("/.well-known/jwks.json");
        let link = service.ready["setup_link"].clone();
        let path_of =
            |link: &serde_json::Value| link.as_str().unwrap().split_once("/setup/").unwrap().1.to_owned();
        service.stop();
        let service = place.start();
        let entered = json!({"login": "annlee", "password": PASSWORD});
        assert_eq!(service.post("/api/v1/sessions", &entered).0, 201);
        assert_eq!(service.get("/.well-known/jwks.json"), keys);
        assert_eq!(path_of(&service.ready["setup_link"]), path_of(&link));
    }

    #[test]
    fn what_it_makes_belongs_to_its_owner_alone() {
        let place = Place::new();
        let service = place.start();
        let mode = |name: &str| std::fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("data"), 0o700);
        for entry in std::fs::read_dir(place.path("data")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert_eq!(mode(&format!("data/{name}")), 0o600, "{name}");
        }
        assert!(place.path("data/root.key").exists());
        drop(service);
    }

    #[test]
    fn accounts_can_be_made_while_it_runs_and_an_administrator_closes_the_link() {
        let place = Place::new();
        let service = place.start();
        let link = service.ready["setup_link"].as_str().unwrap();
        let path = link.split_once(&service.address()).unwrap().1;
        assert_eq!(service.get(path).0, 200);
        place.create("annlee", "admin").succeeded();
        let entered = json!({"login": "annlee", "password": PASSWORD});
        assert_eq!(service.post("/api/v1/sessions", &entered).0, 201);
        assert_eq!(service.get(path).0, 404);
        service.stop();
        assert!(place.start().ready["setup_link"].is_null());
    }

    #[test]
    fn a_second_one_on_the_same_address_is_refused() {
        let place = Place::new();
        let service = place.start();
        let told = place.run(&["serve", "--listen", &service.address()]);
        assert_eq!(told.code, Some(1), "{told:?}");
        assert!(told.errors.contains("is in use") && told.errors.contains("--listen"), "{told:?}");
    }

    #[test]
    fn the_root_key_of_another_installation_is_refused_and_nothing_touched() {
        let place = Place::new();
        place.create("annlee", "user");
        let before = std::fs::read(place.path("data/xtrem.db")).unwrap();
        let other = [("XTREM_KEYS__ROOT_KEY", &*"ab".repeat(32)), ("XTREM_SERVER__LISTEN", "127.0.0.1:0")];
        for command in [&["serve"][..], &["user", "list"]] {
            let told = place.run_with(&other, command).failed(1);
            assert!(told.contains("root key is not the one"), "{told}");
        }
        assert_eq!(std::fs::read(place.path("data/xtrem.db")).unwrap(), before);
    }

    #[test]
    fn a_lost_root_key_is_not_made_anew() {
        let place = Place::new();
        place.create("annlee", "user");
        std::fs::remove_file(place.path("data/root.key")).unwrap();
        let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failed(1);
        assert!(told.contains("data/root.key") && told.contains("backup"), "{told}");
        assert!(!place.path("data/root.key").exists());
    }

    #[test]
    fn a_lost_database_is_not_made_anew() {
        let place = Place::new();
        place.create("annlee", "user");
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(place.path(&format!("data/xtrem.db{suffix}")));
        }
        let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failed(1);
        assert!(told.contains("data/xtrem.db") && told.contains("backup"), "{told}");
        assert!(!place.path("data/xtrem.db").exists());
    }

    #[test]
    fn an_exposed_or_broken_root_key_is_refused() {
        let place = Place::new();
        place.create("annlee", "user");
        let key = place.path("data/root.key");
        std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
        assert!(place.run(&["user", "list"]).failed(1).contains("chmod 600"));
        std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
        place.write("data/root.key", "no key\n");
        assert!(place.run(&["user", "list"]).failed(1).contains("does not hold a root key"));
    }

    #[test]
    fn what_is_no_database_is_refused_and_named() {
        let place = Place::new();
        std::fs::create_dir(place.path("data")).unwrap();
        place.write("data/xtrem.db", &"this is no database ".repeat(500));
        let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failed(1);
        assert!(told.contains("data/xtrem.db"), "{told}");
    }
}
