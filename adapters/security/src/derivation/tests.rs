use super::*;
use std::collections::HashSet;

/// The bytes 0 to 31.
fn secret() -> Secret {
    let bytes: Vec<u8> = (0..32).collect();
    Secret::new(Key32::from_slice(&bytes).unwrap())
}

/// What follows from that secret. Written down before there was a keyring, when it was the root key of everything; the last
/// two by Python, which agrees with all of them (HMAC-SHA-256 twice, as RFC 5869 says for one block of output).
const KNOWN: [(Purpose, &str); 14] = [
    (Purpose::KeyWrapping, "8876f0d646b4c68852b0868632e2792da4d25cda673c629c2175abe7400ede68"),
    (Purpose::RefreshTokens, "068c1eec5f3525b42b3a16518dcf881dcaa9096997a58bcc675df16dca5e59fa"),
    (Purpose::RefreshSuccessors, "e25eeb0b08aec4d5ac1d058be1f73619963812aa09d1d372c2e68a29fec35378"),
    (Purpose::Cookies, "7aa1be9cda62cadc6e14af2a97010937efea3936d883b85d53967eea0fb0f5ab"),
    (Purpose::DeviceMarks, "73e2b854e6a519529265a45d671c405f52d56c66f50bbeb2f20c8a7aec099477"),
    (Purpose::SetupLink, "b40939be256513ad2dafa1e765db5a27cc776e5ad2ece490310961f45337658e"),
    (Purpose::PasswordLinks, "d5ab24f3f32c5f8af7f6f027f30ad83e759ac0a88297566de519393ede3b3240"),
    (Purpose::TokenDigests, "4e6a79314e019b7cf7675a8b040ab0bb212f06e2fa3dfb2fde9deea31a6fd326"),
    (Purpose::Attempts, "add3bbb691177101025531bf10dc0690d6fa5bdb327fa4d134d3e054c65075f4"),
    (Purpose::Clients, "c74b9fb24aeeb4731367b7aa5fec5d1aaed933db3ba6c7162391a40feed013a2"),
    (Purpose::Csrf, "0ce5b5458c1db428514bd17e35339c99e3c5c59e7f9e7636df999633569b13b5"),
    (Purpose::KeyCheck, "93cc1eb6d72adac83e59fa56e86f9909eae1f6707bd18e3a7800b5c39e1df9b2"),
    (Purpose::ExportTickets, "e26c7468ff01bd85b1ab28b794576c0fb56316d87b215696da05c3b5ac5f065c"),
    (Purpose::Keyring, "f4db7e9d8e7400875e34c1ba415ec92754b789bfd827e246f24c2c16ab2e2d39"),
];

#[test]
fn a_key_is_derived_as_it_always_was() {
    for (purpose, known) in KNOWN {
        let known = crate::octets::of_digits(known);
        assert_eq!(secret().derive(purpose).as_bytes().as_slice(), known, "{purpose:?}");
        assert_eq!(TokenSecret::new(secret()).derive(purpose).as_bytes().as_slice(), known, "{purpose:?}");
    }
}

#[test]
fn every_purpose_has_a_key_of_its_own_and_every_secret_other_ones() {
    let other = Secret::new(Key32::from_slice(&[7; 32]).unwrap());
    let keys: HashSet<_> = [secret(), other]
        .iter()
        .flat_map(|secret| KNOWN.map(|(purpose, _)| *secret.derive(purpose).as_bytes()))
        .collect();
    assert_eq!(keys.len(), 2 * KNOWN.len());
}

#[test]
fn a_key_is_exactly_thirty_two_bytes() {
    for length in [0, 31, 33, 64] {
        assert!(Key32::from_slice(&vec![1; length]).is_none());
    }
}

#[test]
fn a_key_never_shows_itself() {
    assert_eq!(format!("{:?}", secret().derive(Purpose::Csrf)), "Key32([redacted])");
    assert_eq!(format!("{:?}", TokenSecret::new(secret())), "TokenSecret([redacted])");
}
