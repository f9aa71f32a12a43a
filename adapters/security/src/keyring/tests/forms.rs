//! What was sealed once has to open for as long as anybody lives here, so the forms are held against texts that were made
//! elsewhere: by Python, with an XChaCha20-Poly1305 that agrees with draft-irtf-cfrg-xchacha-03, appendix A.3.1.

use super::*;
use crate::octets::of_digits;
use uuid::Uuid;

/// Under the key of the bytes 0 to 31.
fn cipher() -> Cipher {
    let key: Vec<u8> = (0..32).collect();
    Cipher::new(Key32::from_slice(&key).unwrap())
}

fn owner() -> UserId {
    UserId::from_uuid(Uuid::from_bytes([5; 16]))
}

#[test]
fn a_field_opens_that_was_sealed_elsewhere() {
    let sealed = of_digits(
        "02404142434445464748494a4b4c4d4e4f5051525354555657b5576b30b598187bff98e290ccf308c21fc64bb4bb82b36bc700daba74\
         c034",
    );
    let place = Place { owner: Some(owner()), ..field() };
    assert_eq!(cipher().open(&place, &sealed).unwrap(), b"ann@example.com");
}

#[test]
fn what_belongs_to_nobody_opens_that_was_sealed_elsewhere() {
    let sealed = of_digits(
        "02404142434445464748494a4b4c4d4e4f5051525354555657e609365ee0ce4827bcdab0abbf506779665de58b2b1eb283513e99",
    );
    let place = Place { purpose: "event", owner: None, record: [7; 16], field: "address" };
    assert_eq!(cipher().open(&place, &sealed).unwrap(), b"203.0.113.7");
}

#[test]
fn the_key_of_a_person_opens_that_was_sealed_elsewhere() {
    let sealed = of_digits(
        "02404142434445464748494a4b4c4d4e4f5051525354555657dd300c79d9e9701f86fd8eb7a6956c9b9bb3a4cd1a505a936338f44c000d\
         2a996e8f4ed68e7f9342535344de8d33998f",
    );
    assert_eq!(cipher().unwrap(owner(), &sealed).unwrap().as_bytes(), &[9; 32]);
}

/// The third index key, under the root key of ones: 32 times the byte 9.
#[test]
fn an_entry_of_the_keyring_opens_that_was_sealed_elsewhere_and_finds_what_was_found_by_it() {
    let sealed = of_digits(
        "02404142434445464748494a4b4c4d4e4f50515253545556573df69c7daa09797fc3d31e3b64c3b5624c3c9b12fcd486ad7e8e9b1bbee8\
         ba610517ce730e1146b8d5b97567da31c95e",
    );
    let mut entries = first_entries();
    entries.push(KeyringEntry { name: KeyName::Index, id: 3, sealed, created_at: NOW });
    let keyring = with(&entries);
    assert_eq!(
        keyring.email_index("ann@example.com").as_bytes().as_slice(),
        of_digits("381feca163cf65b5efed3ff9b99e6619535af541491b8bd02ea228d65871d1ce")
    );
    assert_eq!(
        keyring.address_index("203.0.113.7".parse().unwrap()).as_bytes().as_slice(),
        of_digits("87736bfabb8af0875418a97225580ad74a5ae7da77be6d710f743a1ec3942598")
    );
}

/// The audit key is what the canonical form alone goes into.
#[test]
fn a_link_is_the_hmac_of_the_form_and_of_nothing_else() {
    let audit = Key32::random();
    let mut entries = first_entries();
    let sealed = RootSeal::new(&root("1")).seal(KeyName::Audit, 2, &audit, &[]);
    entries.push(KeyringEntry { name: KeyName::Audit, id: 2, sealed, created_at: NOW });
    let key = hmac::Key::new(hmac::HMAC_SHA256, audit.as_bytes());
    assert_eq!(with(&entries).link(b"event").as_bytes().as_slice(), hmac::sign(&key, b"event").as_ref());
}
