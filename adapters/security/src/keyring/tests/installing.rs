use super::*;

fn named(entries: &[KeyringEntry], name: KeyName) -> KeyringEntry {
    entries.iter().find(|entry| entry.name == name).unwrap().clone()
}

fn without(entries: &[KeyringEntry], name: KeyName, id: u32) -> Vec<KeyringEntry> {
    entries.iter().filter(|entry| (entry.name, entry.id) != (name, id)).cloned().collect()
}

fn and(entries: &[KeyringEntry], entry: &KeyringEntry) -> Vec<KeyringEntry> {
    [entries, std::slice::from_ref(entry)].concat()
}

#[test]
fn the_first_keyring_has_one_key_of_each_name() {
    let entries = first_entries();
    assert_eq!(entries.iter().map(|entry| entry.name).collect::<Vec<_>>(), KeyName::ALL);
    assert!(entries.iter().all(|entry| entry.id == 1 && entry.created_at == NOW));
}

#[test]
fn two_keyrings_from_the_same_entries_open_each_others() {
    let entries = first_entries();
    let (one, other) = (with(&entries), with(&entries));
    let (wrapped, key) = one.new_data_key(user(1));
    let sealed = key.seal(&field(), b"thing");
    let opened = other.data_key(user(1), &wrapped).unwrap().open(&field(), &sealed);
    assert_eq!(opened.unwrap(), b"thing");
    assert_eq!(one.nobody().open(&field(), &other.nobody().seal(&field(), b"thing")).unwrap(), b"thing");
    let signature = one.sign(DocumentKind::AuditHead, b"head");
    assert!(other.verify(DocumentKind::AuditHead, b"head", &signature));
    assert_eq!(one.jwks(), other.jwks());
    let csrf = |keyring: &Keyring| *keyring.tokens().unwrap().derive(crate::Purpose::Csrf).as_bytes();
    assert_eq!(csrf(&one), csrf(&other));
}

#[test]
fn before_a_keyring_is_installed_nothing_is_read() {
    let (wrapped, _) = ready().new_data_key(user(1));
    let waiting = Keyring::new(&root("1"));
    assert_eq!(refused(waiting.data_key(user(1), &wrapped)), SealingError::UnknownKey(1));
    assert_eq!(refused(waiting.rewrap(user(1), &wrapped)), SealingError::UnknownKey(1));
    assert_eq!(refused(waiting.tokens()), SealingError::Incomplete("tokens"));
    assert_eq!(waiting.jwks(), r#"{"keys":[]}"#);
    assert!(!waiting.verify(DocumentKind::AuditHead, b"", &ready().sign(DocumentKind::AuditHead, b"")));
}

#[test]
fn a_keyring_without_one_of_the_keys_is_refused() {
    let entries = first_entries();
    for name in KeyName::ALL {
        let waiting = Keyring::new(&root("1"));
        let incomplete = Err(SealingError::Incomplete(name.name()));
        assert_eq!(waiting.install(&without(&entries, name, 1)), incomplete);
        assert!(waiting.tokens().is_err(), "nothing of it is in use");
        assert_eq!(with(&entries).install(&without(&entries, name, 1)), incomplete, "also later");
    }
}

#[test]
fn a_key_that_was_damaged_moved_or_renamed_is_refused() {
    let entries = first_entries();
    let waiting = Keyring::new(&root("1"));
    for name in KeyName::ALL {
        let entry = named(&entries, name);
        let others = without(&entries, name, 1);
        for sealed in damaged(&entry.sealed) {
            let changed = KeyringEntry { sealed, ..entry.clone() };
            assert_eq!(waiting.install(&and(&others, &changed)), Err(SealingError::ForeignRoot));
        }
        let renumbered = KeyringEntry { id: 2, ..entry.clone() };
        assert_eq!(waiting.install(&and(&others, &renumbered)), Err(SealingError::ForeignRoot));
        for other in KeyName::ALL.into_iter().filter(|other| *other != name) {
            let posing = KeyringEntry { sealed: named(&entries, other).sealed, ..entry.clone() };
            assert_eq!(waiting.install(&and(&others, &posing)), Err(SealingError::ForeignRoot));
        }
    }
    assert_eq!(waiting.install(&entries), Ok(()));
}

#[test]
fn a_keyring_of_another_root_key_is_refused_and_the_one_in_use_stays() {
    let entries = first_entries();
    let foreign = Keyring::new(&root("2")).first_keyring(true, NOW);
    assert_eq!(Keyring::new(&root("1")).install(&foreign), Err(SealingError::ForeignRoot));
    let keyring = with(&entries);
    let (wrapped, _) = keyring.new_data_key(user(1));
    let foreign_second = Keyring::new(&root("2")).entry(KeyName::Wrapping, 2, NOW);
    assert_eq!(keyring.install(&and(&entries, &foreign_second)), Err(SealingError::ForeignRoot));
    assert!(keyring.data_key(user(1), &wrapped).is_ok());
    assert_eq!(keyring.new_data_key(user(1)).0.wrapping, 1);
}

#[test]
fn what_is_installed_is_not_opened_again() {
    let entries = first_entries();
    let keyring = with(&entries);
    let (wrapped, _) = keyring.new_data_key(user(1));
    let unreadable: Vec<_> =
        entries.iter().map(|entry| KeyringEntry { sealed: Vec::new(), ..entry.clone() }).collect();
    assert_eq!(keyring.install(&unreadable), Ok(()));
    assert!(keyring.data_key(user(1), &wrapped).is_ok());
}

#[test]
fn the_newest_wrapping_key_seals_in_whatever_order_they_stand_and_all_of_them_open() {
    let mut entries = first_entries();
    let first = with(&entries);
    entries.insert(0, first.entry(KeyName::Wrapping, 7, NOW));
    entries.push(first.entry(KeyName::Wrapping, 2, NOW));
    let keyring = with(&entries);
    let (old, key) = first.new_data_key(user(1));
    let (new, _) = keyring.new_data_key(user(2));
    assert_eq!((old.wrapping, new.wrapping), (1, 7));
    assert!(keyring.data_key(user(1), &old).is_ok());
    assert_eq!(refused(first.data_key(user(2), &new)), SealingError::UnknownKey(7));
    let moved = keyring.rewrap(user(1), &old).unwrap();
    assert_eq!(moved.wrapping, 7);
    let sealed = key.seal(&field(), b"thing");
    assert_eq!(keyring.data_key(user(1), &moved).unwrap().open(&field(), &sealed).unwrap(), b"thing");
    let posing = WrappedKey { wrapping: 7, ..old };
    assert_eq!(refused(keyring.data_key(user(1), &posing)), SealingError::Broken);
}

#[test]
fn a_wrapping_key_that_has_gone_still_opens_and_no_longer_seals() {
    let entries = first_entries();
    let keyring = with(&entries);
    let (old, _) = keyring.new_data_key(user(1));
    let both = and(&entries, &keyring.entry(KeyName::Wrapping, 2, NOW));
    keyring.install(&both).unwrap();
    keyring.install(&without(&both, KeyName::Wrapping, 1)).unwrap();
    assert!(keyring.data_key(user(1), &old).is_ok());
    keyring.install(&entries).unwrap();
    assert_eq!(keyring.new_data_key(user(1)).0.wrapping, 1, "the second one does not stand in the keyring");
    assert_eq!(
        refused(with(&without(&both, KeyName::Wrapping, 1)).data_key(user(1), &old)),
        SealingError::UnknownKey(1),
        "a process that never knew it"
    );
}

/// Case E8: what was handed out before there was a keyring works on.
#[test]
fn in_an_older_installation_tokens_follow_from_the_root_key_as_they_did() {
    let waiting = Keyring::new(&root("1"));
    let entries = waiting.first_keyring(false, NOW);
    waiting.install(&entries).unwrap();
    for purpose in [crate::Purpose::KeyWrapping, crate::Purpose::Cookies, crate::Purpose::Csrf] {
        let before = root("1").derive(purpose);
        assert_eq!(waiting.tokens().unwrap().derive(purpose).as_bytes(), before.as_bytes());
        let new = ready().tokens().unwrap().derive(purpose);
        assert_ne!(
            new.as_bytes(),
            before.as_bytes(),
            "of a new installation nothing follows from the root key"
        );
    }
    let again = waiting.first_keyring(false, NOW);
    assert_eq!(
        with(&again).tokens().unwrap().derive(crate::Purpose::Csrf).as_bytes(),
        root("1").derive(crate::Purpose::Csrf).as_bytes()
    );
}
