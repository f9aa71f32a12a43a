use super::*;

fn resealed(change: &RootReplacement, entries: &[KeyringEntry]) -> Vec<KeyringEntry> {
    entries.iter().map(|entry| change.reseal(entry).unwrap()).collect()
}

fn change() -> RootReplacement {
    RootReplacement::new(&root("1"), &root("2"))
}

#[test]
fn the_key_check_is_that_of_the_root_key() {
    assert_eq!(Sealing::key_check(&Keyring::new(&root("1"))), root("1").key_check());
    assert_eq!(change().key_check(), root("2").key_check());
}

#[test]
fn a_process_goes_on_while_the_root_key_is_replaced_under_it() {
    let entries = first_entries();
    let running = with(&entries);
    let (before, key) = running.new_data_key(user(1));
    let cell = key.seal(&field(), b"thing");

    let mut moved = resealed(&change(), &entries);
    running.install(&moved).unwrap();
    assert!(running.data_key(user(1), &before).is_ok());

    // The next wrapping key is drawn by whoever holds the new root key, and handed over under the one before it.
    let fresh = under("2", &moved);
    moved.push(fresh.entry(KeyName::Wrapping, 2, NOW));
    fresh.install(&moved).unwrap();
    let after = fresh.rewrap(user(1), &before).unwrap();
    assert_eq!(refused(running.data_key(user(1), &after)), SealingError::UnknownKey(2));
    running.install(&moved).unwrap();
    assert_eq!(running.data_key(user(1), &after).unwrap().open(&field(), &cell).unwrap(), b"thing");

    // What was handed over goes when the rotation is finished: whoever has an old copy must not come by the new key.
    let finished = resealed(&RootReplacement::new(&root("2"), &root("3")), &moved);
    assert_eq!(with(&entries).install(&finished), Err(SealingError::ForeignRoot));
    running.install(&finished).unwrap();
    under("3", &finished);

    assert_eq!(fresh.data_key(user(1), &after).unwrap().open(&field(), &cell).unwrap(), b"thing");
}

#[test]
fn a_wrapping_key_drawn_before_the_change_passes_unnoticed_through_it() {
    let mut entries = first_entries();
    let running = with(&entries);
    let (before, key) = running.new_data_key(user(1));
    let cell = key.seal(&field(), b"thing");
    entries.push(running.entry(KeyName::Wrapping, 2, NOW));
    running.install(&entries).unwrap();
    let after = running.rewrap(user(1), &before).unwrap();
    let moved = resealed(&change(), &entries);
    running.install(&moved).unwrap();
    let kept: Vec<_> =
        moved.iter().filter(|entry| (entry.name, entry.id) != (KeyName::Wrapping, 1)).cloned().collect();
    running.install(&kept).unwrap();
    for keyring in [&running, &under("2", &kept)] {
        assert_eq!(keyring.data_key(user(1), &after).unwrap().open(&field(), &cell).unwrap(), b"thing");
        assert_eq!(keyring.new_data_key(user(2)).0.wrapping, 2);
    }
}

#[test]
fn afterwards_the_new_root_key_opens_everything_and_the_old_one_nothing() {
    let entries = Keyring::new(&root("1")).first_keyring(false, NOW);
    let old = with(&entries);
    let (wrapped, key) = old.new_data_key(user(1));
    let cell = key.seal(&field(), b"thing");
    let of_nobody = old.nobody().seal(&field(), b"address");
    let signature = old.sign(DocumentKind::BackupManifest, b"manifest");

    let moved = resealed(&change(), &entries);
    let new = under("2", &moved);
    assert_eq!(new.data_key(user(1), &wrapped).unwrap().open(&field(), &cell).unwrap(), b"thing");
    assert_eq!(new.nobody().open(&field(), &of_nobody).unwrap(), b"address");
    assert!(new.verify(DocumentKind::BackupManifest, b"manifest", &signature));
    assert_eq!(new.email_index("ann@example.com"), old.email_index("ann@example.com"));
    assert_eq!(new.link(b"event"), old.link(b"event"));
    let csrf = |keyring: &Keyring| *keyring.tokens().unwrap().derive(crate::Purpose::Csrf).as_bytes();
    assert_eq!(csrf(&new), csrf(&old), "nobody is logged out");

    assert_eq!(Keyring::new(&root("1")).install(&moved), Err(SealingError::ForeignRoot));
    for entry in &moved {
        let others = entries.iter().filter(|other| other.name != entry.name).cloned();
        let mixed: Vec<_> = others.chain([entry.clone()]).collect();
        assert_eq!(Keyring::new(&root("1")).install(&mixed), Err(SealingError::ForeignRoot));
    }
}

#[test]
fn whoever_was_interrupted_begins_again_and_changes_nothing_that_was_done() {
    let entries = first_entries();
    let half: Vec<_> = entries
        .iter()
        .enumerate()
        .map(
            |(position, entry)| {
                if position % 2 == 0 { change().reseal(entry).unwrap() } else { entry.clone() }
            },
        )
        .collect();
    let whole = resealed(&change(), &half);
    for (position, (before, after)) in half.iter().zip(&whole).enumerate() {
        assert_eq!(before == after, position % 2 == 0);
        assert_eq!((before.name, before.id, before.created_at), (after.name, after.id, after.created_at));
    }
    assert_eq!(resealed(&change(), &whole), whole);
    under("2", &whole);
}

#[test]
fn what_opens_under_neither_root_key_is_not_sealed_again() {
    let entry = &first_entries()[0];
    for sealed in damaged(&entry.sealed) {
        let changed = KeyringEntry { sealed, ..entry.clone() };
        assert_eq!(refused(change().reseal(&changed)), SealingError::ForeignRoot);
    }
    let moved = KeyringEntry { id: 2, ..entry.clone() };
    assert_eq!(refused(change().reseal(&moved)), SealingError::ForeignRoot);
    let strangers = RootReplacement::new(&root("3"), &root("4"));
    assert_eq!(refused(strangers.reseal(entry)), SealingError::ForeignRoot);
}
