//! The five cells of a person: sealed each by itself, and bound to the person, the version and the field.
//!
//! What was never given is sealed too, as an empty text: a cell that somebody has emptied is told apart from it, and
//! nobody sees from outside what a person has told.

use super::read::CellsRow;
use crate::alarm;
use crate::keys::PersonKey;
use application::sealing::{Place, Seal};
use application::store::StoreError;
use domain::ids::UserId;
use domain::users::{Bio, EmailAddress, FullName, Location, Website};
use domain::vault::{Field, PersonalData};
use domain::violation::Violation;
use uuid::Uuid;

/// In the order of [`Field::ALL`].
pub(crate) type Cells = [Vec<u8>; 5];

/// What stands in the place of an address of mail that does not open. Mail can't be sent to it (RFC 6761, section 6.4).
const NOBODYS_EMAIL: &str = "unreadable@vault.invalid";

const fn place(owner: UserId, version: Uuid, field: Field) -> Place {
    Place { purpose: "vault", owner: Some(owner), record: version.into_bytes(), field: field.name() }
}

/// Seals a person as a version.
pub(crate) fn seal(key: &dyn Seal, owner: UserId, version: Uuid, personal: &PersonalData) -> Cells {
    Field::ALL.map(|field| {
        let text = match field {
            Field::Email => Some(personal.email.as_str()),
            Field::FullName => personal.full_name.as_ref().map(FullName::as_str),
            Field::Bio => personal.bio.as_ref().map(Bio::as_str),
            Field::Location => personal.location.as_ref().map(Location::as_str),
            Field::Website => personal.website.as_ref().map(Website::as_str),
        };
        key.seal(&place(owner, version, field), text.unwrap_or_default().as_bytes())
    })
}

/// A person as far as their cells open; what does not is named.
pub(crate) fn open(key: &PersonKey, owner: UserId, row: &CellsRow) -> Result<PersonalData, StoreError> {
    if !key.is_theirs {
        return lost();
    }
    let mut cells = Opening { key: &*key.seal, owner, row, unreadable: Vec::new() };
    Ok(PersonalData {
        email: match cells.read(Field::Email, EmailAddress::parse) {
            Some(email) => email,
            None => cells.without_email()?,
        },
        full_name: cells.read(Field::FullName, FullName::parse),
        bio: cells.read(Field::Bio, Bio::parse),
        location: cells.read(Field::Location, Location::parse),
        website: cells.read(Field::Website, Website::parse),
        unreadable: cells.unreadable,
    })
}

/// Somebody of whom nothing opens.
pub(crate) fn lost() -> Result<PersonalData, StoreError> {
    Ok(PersonalData {
        email: nobodys_email()?,
        full_name: None,
        bio: None,
        location: None,
        website: None,
        unreadable: Field::ALL.to_vec(),
    })
}

fn nobodys_email() -> Result<EmailAddress, StoreError> {
    EmailAddress::parse(NOBODYS_EMAIL)
        .map_err(|_| StoreError::Broken("what stands for an unreadable address is none".to_owned()))
}

struct Opening<'r> {
    key: &'r dyn Seal,
    owner: UserId,
    row: &'r CellsRow,
    unreadable: Vec<Field>,
}

impl Opening<'_> {
    fn read<T>(&mut self, field: Field, parse: impl FnOnce(&str) -> Result<T, Violation>) -> Option<T> {
        let sealed = self.row.cell(field);
        let opened = self.key.open(&place(self.owner, self.row.version, field), sealed);
        match opened.map(String::from_utf8) {
            Some(Ok(text)) if text.is_empty() => None,
            Some(Ok(text)) => parse(&text).map_err(|_| self.note(field)).ok(),
            Some(Err(_)) | None => {
                self.note(field);
                None
            }
        }
    }

    /// Everybody has an address of mail, so one that is missing was lost.
    fn without_email(&mut self) -> Result<EmailAddress, StoreError> {
        if !self.unreadable.contains(&Field::Email) {
            self.note(Field::Email);
        }
        nobodys_email()
    }

    fn note(&mut self, field: Field) {
        alarm::unreadable(
            match field {
                Field::Email => "people.email",
                Field::FullName => "people.full_name",
                Field::Bio => "people.bio",
                Field::Location => "people.location",
                Field::Website => "people.website",
            },
            self.owner,
        );
        self.unreadable.push(field);
    }
}
