//! Where the root key comes from, and what is refused before anything is touched.

#[cfg(test)]
#[allow(dead_code, reason = "the other suites use the rest of it")]
mod support;

#[cfg(test)]
mod tests {
    use crate::support::{PREVIOUS_KEY, Place};

    const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0"];

    fn inhabited() -> Place {
        let place = Place::new();
        place.created("annlee", "admin");
        place
    }

    fn key_of(place: &Place) -> String {
        std::fs::read_to_string(place.path("data/root.key")).unwrap().trim().to_owned()
    }

    /// Every command says why, and leaves every file as it is.
    fn is_refused(place: &Place, variables: &[(&str, &str)], code: i32, why: &str) {
        let before = place.files();
        for command in [SERVE, &["migrate"], &["user", "list"], &["keys", "rotate"], &["audit", "verify"]] {
            let told = place.run_with(variables, command).failed(code);
            assert!(told.contains(why), "{command:?}: {told}");
            assert!(place.files() == before, "{command:?} has changed something");
        }
    }

    #[test]
    fn it_comes_by_value_from_a_file_or_from_the_service_manager() {
        let place = inhabited();
        let key = key_of(&place);
        std::fs::remove_file(place.path("data/root.key")).unwrap();
        place.write_key("elsewhere", &key);
        std::fs::create_dir(place.path("credentials")).unwrap();
        place.write_key("credentials/xtrem.root-key", &key);
        let (file, folder) = (place.path("elsewhere"), place.path("credentials"));
        for (name, value) in [
            ("XTREM_KEYS__ROOT_KEY", key.as_str()),
            ("XTREM_KEYS__ROOT_KEY_FILE", file.to_str().unwrap()),
            ("CREDENTIALS_DIRECTORY", folder.to_str().unwrap()),
        ] {
            let told = place.run_with(&[(name, value)], &["user", "show", "annlee"]).succeeded();
            assert!(told.contains("annlee@example.com"), "{name}: {told}");
        }
        // An access control list lets the user of the unit read what belongs to root; that shows as a right of the group.
        place.protect("credentials/xtrem.root-key", 0o440);
        let folder = [("CREDENTIALS_DIRECTORY", folder.to_str().unwrap())];
        place.run_with(&folder, &["user", "list"]).succeeded();
        place.protect("credentials/xtrem.root-key", 0o444);
        is_refused(&place, &folder, 1, "has mode 0444");
        assert!(!place.path("data/root.key").exists());
    }

    #[test]
    fn one_of_another_installation_is_refused() {
        let place = inhabited();
        is_refused(&place, &[("XTREM_KEYS__ROOT_KEY", &"ab".repeat(32))], 1, "root key is not the one");
        place.write_key("other", &"cd".repeat(32));
        let other = place.path("other");
        let other = [("XTREM_KEYS__ROOT_KEY_FILE", other.to_str().unwrap())];
        is_refused(&place, &other, 1, "root key is not the one");
    }

    #[test]
    fn one_that_is_too_short_is_refused() {
        let place = inhabited();
        let short = &key_of(&place)[..63].to_owned();
        is_refused(&place, &[("XTREM_KEYS__ROOT_KEY", short)], 2, "64 hexadecimal digits");
        place.write_key("data/root.key", short);
        is_refused(&place, &[], 1, "does not hold a root key");
    }

    #[test]
    fn one_that_is_missing_is_refused_and_not_made_anew() {
        let place = inhabited();
        std::fs::remove_file(place.path("data/root.key")).unwrap();
        is_refused(&place, &[], 1, "data/root.key");
    }

    #[test]
    fn one_that_others_can_read_is_refused() {
        let place = inhabited();
        place.protect("data/root.key", 0o644);
        is_refused(&place, &[], 1, "chmod 600");
    }

    #[test]
    fn a_database_of_an_earlier_version_is_not_brought_to_this_one_under_a_wrong_key() {
        let place = Place::of_an_earlier_version();
        let before = place.files()["xtrem.db"].clone();
        place.write_key("data/root.key", &"ab".repeat(32));
        let told = place.run(&["migrate"]).failed(1);
        assert!(told.contains("root key is not the one"), "{told}");
        std::fs::remove_file(place.path("data/root.key")).unwrap();
        assert!(place.run(SERVE).failed(1).contains("data/root.key"));
        assert!(place.files()["xtrem.db"] == before, "the database was changed");
        place.write_key("data/root.key", PREVIOUS_KEY);
        assert!(place.run(&["migrate"]).succeeded().contains("migrations were done"));
    }
}
