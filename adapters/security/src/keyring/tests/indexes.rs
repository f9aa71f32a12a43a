use super::*;
use std::collections::HashSet;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn the_same_is_found_by_the_same_also_after_a_restart() {
    let entries = first_entries();
    let (before, after) = (with(&entries), with(&entries));
    assert_eq!(before.email_index("ann@example.com"), after.email_index("ann@example.com"));
    assert_eq!(before.address_index(ip("203.0.113.7")), after.address_index(ip("203.0.113.7")));
    assert_eq!(before.link(b"event"), after.link(b"event"));
}

#[test]
fn another_thing_another_kind_and_another_installation_are_found_by_others() {
    let (keyring, other) = (ready(), ready());
    let digests: HashSet<[u8; 32]> = [
        *keyring.email_index("ann@example.com").as_bytes(),
        *keyring.email_index("ann@example.org").as_bytes(),
        *keyring.email_index("203.0.113.7").as_bytes(),
        *keyring.email_index("abcd").as_bytes(),
        *keyring.address_index(ip("97.98.99.100")).as_bytes(),
        *keyring.address_index(ip("203.0.113.7")).as_bytes(),
        *keyring.address_index(ip("203.0.113.8")).as_bytes(),
        *keyring.address_index(ip("2001:db8::7")).as_bytes(),
        *keyring.link(b"ann@example.com").as_bytes(),
        *keyring.link(b"ann@example.org").as_bytes(),
        keyring.digest(b"ann@example.com"),
        *other.email_index("ann@example.com").as_bytes(),
        *other.address_index(ip("203.0.113.7")).as_bytes(),
        *other.link(b"ann@example.com").as_bytes(),
    ]
    .into();
    assert_eq!(digests.len(), 14);
}

#[test]
fn an_address_is_the_same_in_both_of_its_spellings() {
    let keyring = ready();
    assert_eq!(keyring.address_index(ip("::ffff:203.0.113.7")), keyring.address_index(ip("203.0.113.7")));
}

/// RFC 6234 and FIPS 180-4: "abc".
#[test]
fn digests_and_commitments_are_sha_256() {
    let keyring = Keyring::new(&root("1"));
    let known = [
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
        0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    ];
    assert_eq!(keyring.digest(b"abc"), known);
    let salt = [9; 32];
    assert_eq!(keyring.commitment(&salt, b"abc"), keyring.digest(&[&salt[..], b"abc"].concat()));
}
