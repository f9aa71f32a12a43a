//! Another root key, while everybody goes on working, and whatever happens on the way.

#[cfg(test)]
#[allow(dead_code, reason = "the other suites use the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::{PASSWORD, Place, Service, eventually};
    use serde_json::{Value, json};
    use std::fs;
    use std::process::Stdio;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::time::Duration;

    const ROTATE: &[&str] = &["keys", "rotate", "--root", "--json"];

    fn inhabited() -> Place {
        let place = Place::new();
        place.created("annlee", "admin");
        place.created("bob22", "user");
        place
    }

    fn key(place: &Place, name: &str) -> String {
        fs::read_to_string(place.path(&format!("data/{name}"))).unwrap().trim().to_owned()
    }

    fn rotate(place: &Place) -> Value {
        place.objects(ROTATE).remove(0)
    }

    /// The names of the keys that were in force before.
    fn old_keys(place: &Place) -> Vec<String> {
        place.files().into_keys().filter(|name| name.starts_with("root.key.old-")).collect()
    }

    /// Everybody can be read under the key that is in its place, and under no other one.
    fn is_sound(place: &Place, old: &str) {
        let told = place.run(&["user", "show", "bob22"]);
        assert!(told.code == Some(0) && told.output.contains("bob22@example.com"), "{told:?}");
        assert_ne!(key(place, "root.key"), old);
        let told = place.run_with(&[("XTREM_KEYS__ROOT_KEY", old)], &["user", "list"]).failed(1);
        assert!(told.contains("root key is not the one"), "{told}");
        assert!(!place.path("data/root.key.new").exists());
    }

    #[test]
    fn nobody_who_works_notices_it() {
        let place = inhabited();
        let service = place.start();
        let old = key(&place, "root.key");
        let (is_over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    work(&service, rounds.fetch_add(1, Ordering::Relaxed));
                }
            });
            let done = rotate(&place);
            is_over.store(true, Ordering::Relaxed);
            assert!(done["people"].as_u64().unwrap() >= 2, "{done}");
            assert_eq!(done["root_key_file"], "./data/root.key");
        });
        let rounds = rounds.into_inner();
        assert!(rounds > 0);
        // The service was never told, and goes on; so does the one that is started after it.
        work(&service, rounds);
        is_sound(&place, &old);
        service.stop();
        let service = place.start();
        work(&service, rounds + 1);
        for number in 0..=rounds {
            let told = place.run(&["user", "show", &format!("user{number}")]).succeeded();
            assert!(told.contains(&format!("user{number}@example.com")), "{told}");
        }
        service.stop();
        place.run(&["audit", "verify"]).succeeded();
    }

    /// Somebody signs up, logs in, and reads and changes what is theirs.
    fn work(service: &Service, number: usize) {
        let (name, email) = (format!("user{number}"), format!("user{number}@example.com"));
        let form = json!({"username": name, "email": email, "password": PASSWORD});
        assert_eq!(service.post("/api/v1/users", &form).0, 201);
        let tokens = service.log_in(&email);
        let (status, me) = service.get_as(tokens["access_token"].as_str().unwrap(), "/api/v1/me");
        assert!(status == 200 && me.contains(&email), "{status} {me}");
    }

    #[test]
    fn the_old_key_gets_another_name_and_opens_nothing() {
        let place = inhabited();
        let old = key(&place, "root.key");
        let done = rotate(&place);
        let names = old_keys(&place);
        assert_eq!(names.len(), 1);
        assert!(
            names[0].starts_with("root.key.old-2")
                && done["old_root_key_file"] == format!("./data/{}", names[0])
        );
        assert_eq!(key(&place, &names[0]), old);
        is_sound(&place, &old);
        let kinds = place.objects(&["audit", "list", "--json", "--kind", "root_key_rotated"]);
        assert_eq!(kinds.len(), 1);
    }

    #[test]
    fn a_key_from_outside_is_replaced_by_one_that_is_put_there_by_hand() {
        let place = inhabited();
        let old = key(&place, "root.key");
        fs::remove_file(place.path("data/root.key")).unwrap();
        let value = [("XTREM_KEYS__ROOT_KEY", &*old)];
        let told = place.run_with(&value, &["keys", "rotate", "--root"]).failed(2);
        assert!(told.contains("--new-root-key-file"), "{told}");
        let command = ["keys", "rotate", "--root", "--new-root-key-file", "next"];
        let told = place.run_with(&value, &command).succeeded();
        assert!(told.contains("put it where the root key comes from"), "{told}");
        let new = fs::read_to_string(place.path("next")).unwrap();
        assert!(place.run_with(&value, &["user", "list"]).failed(1).contains("root key is not the one"));
        place.run_with(&[("XTREM_KEYS__ROOT_KEY", new.trim())], &["user", "list"]).succeeded();
        // Called again, it is no further replacement.
        let again = place.run_with(&value, &command).succeeded();
        assert!(again.contains("had been replaced already"), "{again}");
        assert_eq!(fs::read_to_string(place.path("next")).unwrap(), new);
        let same = [("XTREM_KEYS__ROOT_KEY_FILE", "next")];
        let told = place.run_with(&same, &command).failed(2);
        assert!(told.contains("in force already"), "{told}");
    }

    #[test]
    fn a_successor_that_was_made_and_not_used_is_used() {
        let place = inhabited();
        let old = key(&place, "root.key");
        place.write_key("data/root.key.new", &"ab".repeat(32));
        place.run(&["user", "show", "bob22"]).succeeded();
        assert_eq!(key(&place, "root.key"), old);
        rotate(&place);
        assert_eq!(key(&place, "root.key"), "ab".repeat(32));
        is_sound(&place, &old);
    }

    #[test]
    fn a_start_puts_the_new_key_into_its_place() {
        let place = inhabited();
        let old = key(&place, "root.key");
        rotate(&place);
        let name = old_keys(&place).remove(0);
        let (root, new, aside) = (
            place.path("data/root.key"),
            place.path("data/root.key.new"),
            place.path(&format!("data/{name}")),
        );
        let states: [(&str, &dyn Fn()); 3] = [
            ("neither has its name", &|| {
                fs::rename(&root, &new).unwrap();
                fs::rename(&aside, &root).unwrap();
            }),
            ("the old one has both names", &|| {
                fs::rename(&root, &new).unwrap();
                fs::hard_link(place.path(&format!("data/{}", old_keys(&place)[0])), &root).unwrap();
            }),
            ("the old one is gone", &|| fs::rename(&root, &new).unwrap()),
        ];
        for (state, make) in states {
            make();
            let told = place.run(&["user", "list"]);
            assert_eq!(told.code, Some(0), "{state}: {told:?}");
            is_sound(&place, &old);
            let kept = old_keys(&place);
            assert!(kept.len() == 1 && key(&place, &kept[0]) == old, "{state}: {kept:?}");
        }
        // A replacement that finds it so completes it, and begins no other.
        let new_key = key(&place, "root.key");
        fs::rename(&root, &new).unwrap();
        let done = rotate(&place);
        assert_eq!((&done["people"], key(&place, "root.key")), (&Value::Null, new_key));
    }

    #[test]
    fn a_successor_of_another_installation_heals_nothing() {
        let place = inhabited();
        fs::rename(place.path("data/root.key"), place.path("data/root.key.new")).unwrap();
        place.write_key("data/root.key.new", &"ab".repeat(32));
        let before = place.files();
        let told = place.run(&["user", "list"]).failed(1);
        assert!(told.contains("data/root.key"), "{told}");
        place.write_key("data/root.key", &"cd".repeat(32));
        assert!(place.run(&["user", "list"]).failed(1).contains("root key is not the one"));
        fs::remove_file(place.path("data/root.key")).unwrap();
        assert!(place.files() == before, "something was changed");
    }

    #[test]
    fn it_can_be_done_again_while_the_same_service_runs() {
        let place = inhabited();
        let service = place.start();
        for number in 0..3 {
            rotate(&place);
            work(&service, number);
            assert_eq!(service.log_in("bob22")["token_type"], "Bearer");
        }
        service.stop();
        place.start().stop();
    }

    #[test]
    fn killed_at_any_moment_it_goes_on() {
        let place = inhabited();
        let mut killed = 0;
        for millis in [0, 40, 80, 160, 320, 3_000, 3_100, 3_200] {
            let mut command = place.command(ROTATE);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::park_timeout(Duration::from_millis(millis));
            child.kill().unwrap();
            killed += usize::from(child.wait().unwrap().code().is_none());
            let told = place.run(&["user", "show", "bob22"]);
            assert!(told.code == Some(0) && told.output.contains("bob22@example.com"), "{millis}: {told:?}");
        }
        assert!(killed > 0);
        let service = place.start();
        let old = key(&place, "root.key");
        rotate(&place);
        is_sound(&place, &old);
        eventually("the trail is sealed", || {
            place.run(&["audit", "verify"]).output.contains("signed heads agree")
        });
        service.stop();
    }
}
