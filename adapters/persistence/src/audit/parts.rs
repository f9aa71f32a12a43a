//! The parts of an event that say something of a person, and how they stand sealed.
//!
//! A stored part begins with a byte that says whose key it is. What is sealed begins with the salt of its commitment, so
//! that only whoever can open a part can prove what it says.

use application::sealing::{Place, Seal, Sealing};
use domain::audit::Owner;
use domain::ids::{EventId, UserId};
use std::collections::HashMap;
use std::sync::Arc;

/// Names a part; its seal is bound to it.
pub(crate) const ADDRESS: &str = "address";
pub(crate) const PRIVATE: &str = "private";

const OF_A_PERSON: u8 = 1;
const OF_NOBODY: u8 = 0;
const SALT: usize = 32;

/// Whose key a part is sealed under.
#[derive(Clone)]
pub(crate) enum Key {
    /// That of a person.
    Of(UserId, Arc<dyn Seal>),
    /// That for what belongs to nobody who is known.
    OfNobody(Arc<dyn Seal>),
}

/// A part as it is stored.
pub(crate) struct SealedText {
    pub(crate) sealed: Vec<u8>,
    pub(crate) commitment: [u8; 32],
}

/// What became of a part that was to be opened.
pub(crate) enum Opened {
    /// It says this.
    Text { salt: [u8; SALT], text: String },
    /// Its person is gone, and the key with them.
    Gone,
    /// It does not open, although its key is there.
    Unreadable,
}

fn place(event: EventId, field: &'static str, owner: Option<UserId>) -> Place {
    Place { purpose: "event", owner, record: event.as_uuid().into_bytes(), field }
}

/// Seals a part.
pub(crate) fn seal(
    sealing: &dyn Sealing,
    key: &Key,
    event: EventId,
    field: &'static str,
    text: &str,
) -> SealedText {
    let salt = sealing.salt();
    let (mark, owner, seal) = match key {
        Key::Of(owner, seal) => (OF_A_PERSON, Some(*owner), seal),
        Key::OfNobody(seal) => (OF_NOBODY, None, seal),
    };
    let mut sealed = vec![mark];
    sealed.extend(seal.seal(&place(event, field, owner), &[&salt, text.as_bytes()].concat()));
    SealedText { sealed, commitment: sealing.commitment(&salt, text.as_bytes()) }
}

/// The person without whose key a part does not open.
pub(crate) fn needs(owner: Owner, sealed: Option<&[u8]>) -> Option<UserId> {
    match (owner, sealed?.first()) {
        (Owner::Person(id), Some(&OF_A_PERSON)) => Some(id),
        _ => None,
    }
}

/// Opens parts, with the keys of the people on a page.
pub(crate) struct Opener<'s> {
    pub(crate) sealing: &'s dyn Sealing,
    pub(crate) people: HashMap<UserId, Arc<dyn Seal>>,
}

impl Opener<'_> {
    /// Opens a part.
    pub(crate) fn open(&self, owner: Owner, event: EventId, field: &'static str, stored: &[u8]) -> Opened {
        let Some((&mark, sealed)) = stored.split_first() else { return Opened::Unreadable };
        let opened = match (mark, owner) {
            (OF_NOBODY, _) => self.sealing.nobody().open(&place(event, field, None), sealed),
            (OF_A_PERSON, Owner::Person(id)) => match self.people.get(&id) {
                Some(seal) => seal.open(&place(event, field, Some(id)), sealed),
                None => return Opened::Gone,
            },
            _ => None,
        };
        opened.and_then(|text| text_and_salt(&text)).unwrap_or(Opened::Unreadable)
    }
}

fn text_and_salt(opened: &[u8]) -> Option<Opened> {
    let (salt, text) = opened.split_first_chunk::<SALT>()?;
    Some(Opened::Text { salt: *salt, text: String::from_utf8(text.to_vec()).ok()? })
}
