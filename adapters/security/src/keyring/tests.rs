mod documents;
mod forms;
mod indexes;
mod installing;
mod root;
mod seals;

use super::*;
use application::sealing::{Place, RootChange};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn root(digit: &str) -> RootKey {
    RootKey::parse(&digit.repeat(64)).unwrap()
}

fn user(digit: u8) -> UserId {
    UserId::new(NOW, &[digit; 10])
}

/// A keyring under the root key that is nothing but ones, with these entries.
fn with(entries: &[KeyringEntry]) -> Keyring {
    under("1", entries)
}

fn under(digit: &str, entries: &[KeyringEntry]) -> Keyring {
    let keyring = Keyring::new(&root(digit));
    keyring.install(entries).unwrap();
    keyring
}

fn first_entries() -> Vec<KeyringEntry> {
    Keyring::new(&root("1")).first_keyring(true, NOW)
}

fn ready() -> Keyring {
    with(&first_entries())
}

fn field() -> Place {
    Place { purpose: "vault", owner: Some(user(1)), record: [7; 16], field: "email" }
}

/// The error of something that has no `Debug`.
fn refused<T>(answer: Result<T, SealingError>) -> SealingError {
    answer.err().unwrap()
}

/// Everything that is one change away: each byte turned in each bit, and each length but the right one.
fn damaged(sealed: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flipped = (0..8 * sealed.len()).map(|bit| {
        let mut changed = sealed.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    });
    let cut = (0..sealed.len()).map(|end| sealed[..end].to_vec());
    let headless = (1..sealed.len()).map(|start| sealed[start..].to_vec());
    let longer = [[sealed, &[0]].concat(), [sealed, sealed].concat(), [&[0], sealed].concat()];
    flipped.chain(cut).chain(headless).chain(longer)
}
