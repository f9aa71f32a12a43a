use super::*;
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Barrier;

const DIGITS: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn write(path: &Path, content: &[u8], mode: u32) {
    use std::io::Write;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).unwrap();
    file.write_all(content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_first_start_makes_a_key_that_the_second_one_finds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys/root.key");
    let (made, first) = RootKey::load_or_create(&path).unwrap();
    let (found, second) = RootKey::load_or_create(&path).unwrap();
    assert_eq!((first, second), (Origin::Created, Origin::Found));
    assert_eq!(made.key_check(), found.key_check());
}

#[test]
fn a_new_key_file_is_one_line_of_digits_that_only_its_owner_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    RootKey::load_or_create(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.len(), 65);
    assert!(text.ends_with('\n') && text.trim_end().bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the draft is gone");
}

#[test]
fn processes_that_start_at_once_end_with_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    let together = Barrier::new(16);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    RootKey::load_or_create(&path).unwrap()
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    let checks: HashSet<_> = outcomes.iter().map(|(key, _)| *key.key_check().as_bytes()).collect();
    assert_eq!(checks.len(), 1);
    assert_eq!(outcomes.iter().filter(|(_, origin)| *origin == Origin::Created).count(), 1);
}

#[test]
fn a_file_that_holds_no_key_is_named_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let short = &DIGITS[1..];
    let contents: [(&str, &[u8]); 7] = [
        ("empty", b""),
        ("line-end", b"\n"),
        ("short", short.as_bytes()),
        ("long", &[b'a'; 66]),
        ("endless", &[b'a'; 10_000]),
        ("no-digits", &[b'g'; 64]),
        ("no-text", &[0xff; 64]),
    ];
    for (name, content) in contents {
        let path = folder.path().join(name);
        write(&path, content, 0o600);
        let error = RootKey::load_or_create(&path).unwrap_err();
        assert!(matches!(error, RootKeyError::Malformed(_)), "{name}: {error}");
        assert!(error.to_string().contains(name) && error.to_string().contains("backup"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn a_key_that_others_can_get_at_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o644, 0o640, 0o604, 0o620, 0o601] {
        let path = folder.path().join(format!("{mode:o}"));
        write(&path, DIGITS.as_bytes(), mode);
        let error = RootKey::load_or_create(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("mode 0{mode:o}")), "{error}");
        assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
        assert!(!error.contains(&DIGITS[..8]), "{error}");
    }
    let private = folder.path().join("private");
    write(&private, DIGITS.as_bytes(), 0o400);
    assert!(RootKey::load(&private).is_ok());
}

#[test]
fn a_key_for_a_replacement_is_written_over_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("next/root.key");
    let made = RootKey::write_new(&path).unwrap();
    assert_eq!(RootKey::load(&path).unwrap().key_check(), made.key_check());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let content = fs::read(&path).unwrap();
    let empty = folder.path().join("empty");
    write(&empty, b"", 0o600);
    for taken in [&path, &empty, &folder.path().join("next")] {
        let error = RootKey::write_new(taken).unwrap_err();
        assert!(matches!(error, RootKeyError::Taken(_)), "{error}");
        assert!(error.to_string().contains(&taken.display().to_string()), "{error}");
    }
    assert_eq!((fs::read(&path).unwrap(), fs::read(&empty).unwrap()), (content, Vec::new()));
}

/// `LoadCredential=` shows the mask of an access control list as the rights of the group.
#[test]
fn only_a_credential_may_seem_to_be_readable_by_a_group() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o400, 0o440, 0o600, 0o640] {
        let path = folder.path().join(format!("{mode:o}"));
        write(&path, DIGITS.as_bytes(), mode);
        assert!(RootKey::load_credential(&path).is_ok(), "{mode:o}");
        assert_eq!(RootKey::load(&path).is_ok(), mode & 0o040 == 0, "{mode:o}");
    }
    for mode in [0o444, 0o460, 0o450, 0o404, 0o402, 0o401] {
        let path = folder.path().join(format!("{mode:o}"));
        write(&path, DIGITS.as_bytes(), mode);
        let refused = RootKey::load_credential(&path);
        assert!(matches!(refused, Err(RootKeyError::Exposed { .. })), "{mode:o}");
    }
}

#[test]
fn what_is_no_file_is_no_key() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(RootKey::load_or_create(folder.path()), Err(RootKeyError::NotAFile(_))));
}

#[test]
fn loading_without_creating_says_that_nothing_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    let error = RootKey::load(&path).unwrap_err();
    assert!(matches!(error, RootKeyError::Missing(_)));
    assert!(error.to_string().contains("root.key"));
    assert!(!path.exists());
}

#[test]
fn a_key_given_by_value_is_exactly_sixty_four_digits() {
    let upper = DIGITS.to_uppercase();
    let check = RootKey::parse(DIGITS).unwrap().key_check();
    for same in [format!("{DIGITS}\n"), format!("{DIGITS}\r\n"), upper] {
        assert_eq!(RootKey::parse(&same).unwrap().key_check(), check);
    }
    let with_sign = format!("+{}", &DIGITS[1..]);
    let wide = "é".repeat(32);
    for wrong in ["", &DIGITS[2..], &format!(" {DIGITS}"), &format!("{DIGITS}\n\n"), &with_sign, &wide] {
        assert!(matches!(RootKey::parse(wrong), Err(RootKeyError::InvalidValue)), "{wrong:?}");
    }
}

#[test]
fn a_key_never_shows_itself() {
    let root = RootKey::parse(DIGITS).unwrap();
    assert_eq!(format!("{root:?}"), "RootKey([redacted])");
}
