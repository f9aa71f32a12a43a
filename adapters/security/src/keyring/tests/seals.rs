use super::*;
use std::collections::HashSet;

#[test]
fn what_was_sealed_opens_and_shows_nothing_before() {
    let (_, key) = ready().new_data_key(user(1));
    for text in [&b""[..], b"a", b"a very secret thing", &[0; 5_000]] {
        let sealed = key.seal(&field(), text);
        assert_eq!(sealed.len(), 1 + 24 + text.len() + 16);
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(key.open(&field(), &sealed).unwrap(), text);
    }
}

/// Case K4.
#[test]
fn no_bit_of_a_field_can_be_changed_and_no_byte_added_or_left_away() {
    let (_, key) = ready().new_data_key(user(1));
    let sealed = key.seal(&field(), b"ann@example.com");
    assert!(damaged(&sealed).all(|changed| key.open(&field(), &changed).is_none()));
    assert!(key.open(&field(), &sealed).is_some());
}

/// Case K4.
#[test]
fn no_bit_of_a_persons_key_can_be_changed_and_no_byte_added_or_left_away() {
    let keyring = ready();
    let (wrapped, _) = keyring.new_data_key(user(1));
    for sealed in damaged(&wrapped.sealed) {
        let changed = WrappedKey { sealed, ..wrapped.clone() };
        assert_eq!(refused(keyring.data_key(user(1), &changed)), SealingError::Broken);
        assert_eq!(refused(keyring.rewrap(user(1), &changed)), SealingError::Broken);
    }
    assert!(keyring.data_key(user(1), &wrapped).is_ok());
}

#[test]
fn a_field_opens_in_its_place_only() {
    let (_, key) = ready().new_data_key(user(1));
    let other_places = [
        Place { purpose: "session", ..field() },
        Place { purpose: "vaul", field: "temail", ..field() },
        Place { owner: Some(user(2)), ..field() },
        Place { owner: None, ..field() },
        Place { record: [8; 16], ..field() },
        Place { field: "full_name", ..field() },
        Place { field: "", ..field() },
    ];
    let sealed = key.seal(&field(), b"ann@example.com");
    for place in other_places {
        assert!(key.open(&place, &sealed).is_none(), "{place:?}");
        assert!(key.open(&field(), &key.seal(&place, b"ann@example.com")).is_none(), "{place:?}");
    }
}

#[test]
fn nobodys_key_opens_nothing_of_a_person_and_a_person_nothing_of_another() {
    let keyring = ready();
    let keys = [keyring.nobody(), keyring.new_data_key(user(1)).1, keyring.new_data_key(user(1)).1];
    for (position, key) in keys.iter().enumerate() {
        let sealed = key.seal(&field(), b"203.0.113.7");
        let opened: Vec<_> = keys.iter().map(|other| other.open(&field(), &sealed).is_some()).collect();
        let expected: Vec<_> = (0..3).map(|other| other == position).collect();
        assert_eq!(opened, expected);
    }
}

#[test]
fn the_key_of_a_person_opens_for_that_person_only() {
    let keyring = ready();
    let (wrapped, key) = keyring.new_data_key(user(1));
    let sealed = key.seal(&field(), b"ann@example.com");
    let again = keyring.data_key(user(1), &wrapped).unwrap();
    assert_eq!(again.open(&field(), &sealed).unwrap(), b"ann@example.com");
    assert_eq!(refused(keyring.data_key(user(2), &wrapped)), SealingError::Broken);
    assert_eq!(refused(keyring.rewrap(user(2), &wrapped)), SealingError::Broken);
    assert_eq!(refused(ready().data_key(user(1), &wrapped)), SealingError::Broken, "another installation");
}

#[test]
fn nothing_that_seals_passes_for_another_thing_that_seals() {
    let entries = first_entries();
    let keyring = with(&entries);
    let (wrapped, key) = keyring.new_data_key(user(1));
    for entry in &entries {
        let posing = WrappedKey { sealed: entry.sealed.clone(), ..wrapped.clone() };
        assert_eq!(refused(keyring.data_key(user(1), &posing)), SealingError::Broken);
        let posing = KeyringEntry { id: 2, sealed: wrapped.sealed.clone(), ..entry.clone() };
        let posed = [&entries[..], &[posing]].concat();
        assert_eq!(refused(keyring.install(&posed)), SealingError::ForeignRoot);
    }
    let field_as_key = WrappedKey { sealed: key.seal(&field(), &[1; 32]), ..wrapped };
    assert_eq!(refused(keyring.data_key(user(1), &field_as_key)), SealingError::Broken);
}

/// Case K10: by chance, so this shows that each one is drawn anew; why that is enough stands at the cipher.
#[test]
fn no_nonce_repeats() {
    let nobody = ready().nobody();
    let nonces: HashSet<[u8; 24]> =
        (0..200_000).map(|_| nobody.seal(&field(), b"")[1..25].try_into().unwrap()).collect();
    assert_eq!(nonces.len(), 200_000);
}

#[test]
fn what_is_drawn_is_drawn_anew_each_time() {
    let keyring = ready();
    let versions: HashSet<_> = (0..1_000).map(|_| keyring.version()).collect();
    let salts: HashSet<_> = (0..1_000).map(|_| keyring.salt()).collect();
    assert_eq!((versions.len(), salts.len()), (1_000, 1_000));
    let entries: HashSet<_> = (0..100).map(|_| keyring.entry(KeyName::Index, 2, NOW).sealed).collect();
    assert_eq!(entries.len(), 100);
}

#[test]
fn nothing_shows_a_key() {
    let shown = format!("{:?}", ready().tokens().unwrap());
    assert_eq!(shown, "TokenSecret([redacted])");
}
