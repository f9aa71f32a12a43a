use super::*;

/// What a variable is refused with; every limit is told as a number.
fn refused(name: &str, value: &str) -> String {
    Case::new().variable(name, value).refused()
}

#[test]
fn spans_are_whole_seconds_above_none() {
    let case = |value: &str| Case::new().variable("XTREM_SESSIONS__ACCESS_TOKEN_SECONDS", value);
    assert_eq!(case("90").load().config.sessions.access_token, Duration::from_secs(90));
    for bad in ["0", "-1", "1.5", "ten", "999999999999999999999"] {
        assert!(case(bad).refused().contains("it takes a whole number from 1 to 86400"), "{bad}");
    }
}

#[test]
fn a_lost_answer_is_forgiven_for_a_minute_at_most_and_not_at_all_with_zero() {
    let grace = |value: &str| {
        let case = Case::new().variable("XTREM_SESSIONS__REFRESH_GRACE_SECONDS", value);
        case.load().config.sessions.refresh_grace
    };
    assert_eq!([grace("0"), grace("60")], [Duration::ZERO, Duration::from_mins(1)]);
    for bad in ["-1", "61", "ten"] {
        let told = refused("XTREM_SESSIONS__REFRESH_GRACE_SECONDS", bad);
        assert!(told.contains("it takes a whole number from 0 to 60"), "{told}");
    }
}

#[test]
fn an_administrator_in_a_browser_has_a_limit_of_their_own_and_no_longer_idle_time() {
    let case = Case::new()
        .variable("XTREM_SESSIONS__WEB_IDLE_LIFETIME_SECONDS", "600")
        .variable("XTREM_SESSIONS__WEB_ADMIN_ABSOLUTE_LIFETIME_SECONDS", "7200");
    let sessions = case.load().config.sessions;
    assert_eq!(sessions.web_admin.absolute, Duration::from_hours(2));
    assert_eq!((sessions.web_admin.idle, sessions.web.absolute), (Duration::from_mins(10), DAY));
}

#[test]
fn every_algorithm_is_known_by_the_name_in_a_token_and_by_no_other() {
    for algorithm in Algorithm::ALL {
        let case = Case::new().variable("XTREM_KEYS__ALGORITHM", algorithm.name());
        assert_eq!(case.load().config.keys.algorithm, algorithm);
    }
    for bad in ["HS256", "none", "eddsa"] {
        let told = refused("XTREM_KEYS__ALGORITHM", bad);
        assert!(told.contains("is no algorithm of Xtrem's; write EdDSA, ES256, RS256"), "{told}");
    }
}

#[test]
fn keys_rotate_after_whole_days_and_are_published_for_a_month_at_most() {
    let keys = file("[keys]\nrotation_days = 3650\npublication_seconds = 2592000\n").load().config.keys;
    assert_eq!((keys.rotation, keys.publication), (3_650 * DAY, 30 * DAY));
    for bad in ["0", "3651", "1.5"] {
        let told = refused("XTREM_KEYS__ROTATION_DAYS", bad);
        assert!(told.contains("it takes a whole number from 1 to 3650"), "{told}");
    }
    for bad in ["-1", "2592001"] {
        let told = refused("XTREM_KEYS__PUBLICATION_SECONDS", bad);
        assert!(told.contains("it takes a whole number from 0 to 2592000"), "{told}");
    }
}

#[test]
fn a_key_signs_for_longer_than_it_is_published() {
    let told = file("[keys]\nrotation_days = 1\n").refused();
    let place = "keys.rotation_days (config.toml, line 2): a key would be published for 86400 seconds";
    assert!(told.contains(place) && told.contains("sign for 1 days"), "{told}");
    let told = file("[keys]\nrotation_days = 2\npublication_seconds = 172800\n").refused();
    assert!(told.contains("keys.publication_seconds (config.toml, line 3)"), "{told}");
    let none = file("[keys]\nrotation_days = 1\npublication_seconds = 0\n").load().config.schedule();
    assert_eq!((none.rotation, none.publication), (DAY, Duration::ZERO));
}

#[test]
fn a_key_verifies_as_long_as_what_it_signed_lasts() {
    let case = Case::new().variable("XTREM_SESSIONS__ACCESS_TOKEN_SECONDS", "3600");
    assert_eq!(case.load().config.schedule().verification, Duration::from_secs(3_630));
}

#[test]
fn a_misspelt_key_is_answered_with_the_nearest_one() {
    for (bad, meant) in [
        ("keys.rotation_day", "keys.rotation_days"),
        ("keys.algorith", "keys.algorithm"),
        ("sessions.refresh_grace", "sessions.refresh_grace_seconds"),
        ("sessions.web_admin_absolut_lifetime_seconds", "sessions.web_admin_absolute_lifetime_seconds"),
    ] {
        let (section, name) = bad.split_once('.').unwrap();
        let told = file(&format!("[{section}]\n{name} = 1\n")).refused();
        assert!(told.contains(&format!("the nearest one is {meant}")), "{told}");
    }
}
