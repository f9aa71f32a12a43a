use super::*;
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Barrier;

const DIGITS: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

const PURPOSES: [Purpose; 12] = [
    Purpose::KeyWrapping,
    Purpose::RefreshTokens,
    Purpose::RefreshSuccessors,
    Purpose::Cookies,
    Purpose::DeviceMarks,
    Purpose::SetupLink,
    Purpose::PasswordLinks,
    Purpose::TokenDigests,
    Purpose::Attempts,
    Purpose::Clients,
    Purpose::Csrf,
    Purpose::KeyCheck,
];

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
fn every_purpose_has_a_key_of_its_own_and_every_root_key_other_ones() {
    let other = format!("ff{}", &DIGITS[2..]);
    let keys: HashSet<_> = [DIGITS, &other]
        .into_iter()
        .flat_map(|digits| {
            let root = RootKey::parse(digits).unwrap();
            PURPOSES.map(|purpose| *root.derive(purpose).as_bytes())
        })
        .collect();
    assert_eq!(keys.len(), 2 * PURPOSES.len());
}

#[test]
fn a_key_is_derived_as_it_always_was() {
    // Computed with Python: HMAC-SHA-256 twice, as RFC 5869 says for one block of output.
    let key = RootKey::parse(DIGITS).unwrap().derive(Purpose::KeyWrapping);
    let known = [
        0x88, 0x76, 0xf0, 0xd6, 0x46, 0xb4, 0xc6, 0x88, 0x52, 0xb0, 0x86, 0x86, 0x32, 0xe2, 0x79, 0x2d, 0xa4,
        0xd2, 0x5c, 0xda, 0x67, 0x3c, 0x62, 0x9c, 0x21, 0x75, 0xab, 0xe7, 0x40, 0x0e, 0xde, 0x68,
    ];
    assert_eq!(key.as_bytes(), &known);
}

#[test]
fn a_key_never_shows_itself() {
    let root = RootKey::parse(DIGITS).unwrap();
    assert_eq!(format!("{root:?}"), "RootKey([redacted])");
    assert_eq!(format!("{:?}", root.derive(Purpose::Csrf)), "Key32([redacted])");
}
