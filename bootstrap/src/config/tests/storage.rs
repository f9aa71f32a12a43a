use super::*;

const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

#[test]
fn the_vault_is_a_second_database_with_settings_of_its_own() {
    let vault = file("[vault]\nurl = \"postgres://v:hunter2@db/v\"\n").load().config.vault.database;
    assert_eq!((vault.url.expose_secret(), vault.connections), ("postgres://v:hunter2@db/v", 10));
    let case = Case::new().file("url", "postgres://v:hunter2@db/v\n");
    let path = case.path("url");
    let case = case.variable("XTREM_VAULT__URL_FILE", &path).variable("XTREM_VAULT__CONNECTIONS", "3");
    let loaded = case.load();
    assert_eq!(loaded.config.vault.database.url.expose_secret(), "postgres://v:hunter2@db/v");
    assert_eq!(loaded.config.vault.database.connections, 3);
    assert_eq!(loaded.config.database.url.expose_secret(), "sqlite:./data/xtrem.db");
    assert_eq!(loaded.warnings, Vec::<String>::new());
}

#[test]
fn the_vault_of_a_server_is_a_file_unless_something_else_is_said() {
    let loaded = Case::new().variable("XTREM_DATABASE__URL", "postgres://x@db/x").load();
    assert_eq!(loaded.config.vault.database.url.expose_secret(), "sqlite:./data/vault.db");
}

#[test]
fn what_names_no_vault_is_refused_without_its_password() {
    let told = Case::new().variable("XTREM_VAULT__URL", "mysql://root:hunter2@localhost/x").refused();
    let expected = "vault.url (XTREM_VAULT__URL in the environment): names no database that Xtrem knows";
    assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
    let both = file("[vault]\nurl = \"x\"\nurl_file = \"y\"\n").refused();
    assert!(both.contains("stands beside vault.url_file (config.toml, line 3)"), "{both}");
}

#[test]
fn files_beside_the_databases_move_with_the_data_folder_and_by_themselves() {
    let case = Case::new().flag("--data-dir", "data.dir", "/srv/xtrem");
    let config = case.variable("XTREM_AUDIT__HEADS_FILE", "/var/log/heads").load().config;
    assert_eq!(config.vault.erasures_file.to_str(), Some("/srv/xtrem/erasures.ndjson"));
    assert_eq!(config.audit.heads_file.to_str(), Some("/var/log/heads"));
}

#[test]
fn events_are_kept_for_whole_days_or_for_ever() {
    let retention = |days: &str| Case::new().variable("XTREM_AUDIT__RETENTION_DAYS", days);
    assert_eq!(retention("400").load().config.audit.retention, Some(400 * DAY));
    assert_eq!(retention("0").load().config.audit.retention, None);
    for bad in ["-1", "36501", "1.5"] {
        let told = retention(bad).refused();
        assert!(told.contains("it takes a whole number from 0 to 36500"), "{told}");
    }
}

#[test]
fn copies_are_made_after_whole_hours_into_a_folder_that_is_named() {
    let text =
        format!("[backup]\ndir = \"/srv/copies\"\nevery_hours = 6\nkeep = 3\nrecipient = \"{RECIPIENT}\"\n");
    let backup = file(&text).load().config.backup;
    assert_eq!((backup.dir.as_deref().and_then(|dir| dir.to_str()), backup.keep), (Some("/srv/copies"), 3));
    assert_eq!((backup.every, backup.recipient.as_deref()), (Some(Duration::from_hours(6)), Some(RECIPIENT)));
    let told = file("[backup]\nevery_hours = 6\n").refused();
    assert!(
        told.contains("backup.every_hours (config.toml, line 2)") && told.contains("backup.dir"),
        "{told}"
    );
    assert!(file("[backup]\nkeep = 0\n").refused().contains("it takes a whole number from 1 to 10000"));
}

#[test]
fn a_credential_of_the_service_manager_is_taken_unless_something_else_is_said() {
    let case = || {
        let case = Case::new().file("xtrem.root-key", "");
        let folder = case.path("");
        case.variable("CREDENTIALS_DIRECTORY", &folder)
    };
    let loaded = case().load();
    assert!(
        matches!(loaded.config.keys.root, KeySource::Credential(path) if path.ends_with("xtrem.root-key"))
    );
    assert!(loaded.report.to_string().contains("# CREDENTIALS_DIRECTORY in the environment"));
    let said = case().variable("XTREM_KEYS__ROOT_KEY_FILE", "/srv/root.key").load();
    assert!(matches!(said.config.keys.root, KeySource::File(path) if path.starts_with("/srv")));
    let named = case();
    let path = named.path("xtrem.root-key");
    let named = named.variable("XTREM_KEYS__ROOT_KEY_FILE", &path).load();
    assert!(matches!(named.config.keys.root, KeySource::Credential(_)));
    let other = Case::new().variable("CREDENTIALS_DIRECTORY", "/nowhere").load();
    assert!(matches!(other.config.keys.root, KeySource::File(path) if path.ends_with("root.key")));
}

#[test]
fn misspelt_keys_are_answered_with_the_nearest_one() {
    for (bad, meant) in [
        ("vault.erasure_file", "vault.erasures_file"),
        ("audit.head_file", "audit.heads_file"),
        ("audit.retention", "audit.retention_days"),
        ("backup.every_hour", "backup.every_hours"),
        ("backup.recipients", "backup.recipient"),
    ] {
        let (section, name) = bad.split_once('.').unwrap();
        let told = file(&format!("[{section}]\n{name} = 1\n")).refused();
        assert!(told.contains(&format!("the nearest one is {meant}")), "{told}");
    }
}
