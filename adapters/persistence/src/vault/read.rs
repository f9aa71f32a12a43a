//! How people are read: the main database says with which key and which version, the vault gives that version.
//!
//! Between the two questions a person may have got another version, and the one before may have gone. Then the main
//! database is asked once more; who is gone there is gone, and what it still points to is lost.

use super::cells;
use crate::alarm;
use crate::engine::Engine;
use crate::keys::KeyRow;
use crate::sql::{Sql, sql};
use crate::statement::{listing, record};
use crate::store::{SqlStore, SqlWork};
use application::store::StoreError;
use domain::ids::UserId;
use domain::vault::{Field, PersonalData};
use std::collections::HashMap;
use uuid::Uuid;

/// How many people are asked for at once: a page as long as it may be, as long as most are, or a short one, and the one more
/// that says whether there is another. Each place of a list costs the more the longer it is, also an empty one.
const AT_ONCE: [usize; 3] = [26, 101, 201];
/// How often the main database is asked: a person who changes oftener than that between two questions does not exist.
const LOOKS: usize = 50;

sql! {
    ONE = "
        SELECT user_id, version, email, full_name, bio, location, website FROM people
        WHERE user_id = $1 AND version = $2";

    FEW = || listing(LISTED, AT_ONCE[0]);
    SOME = || listing(LISTED, AT_ONCE[1]);
    MANY = || listing(LISTED, AT_ONCE[2]);
}

const LISTED: &str =
    "SELECT user_id, version, email, full_name, bio, location, website FROM people WHERE user_id IN ($list)";

record! {
    /// A version of a person.
    CellsRow {
        user_id: Uuid,
        version: Uuid,
        email: Vec<u8>,
        full_name: Vec<u8>,
        bio: Vec<u8>,
        location: Vec<u8>,
        website: Vec<u8>,
    }
}

impl CellsRow {
    pub(crate) fn cell(&self, field: Field) -> &[u8] {
        match field {
            Field::Email => &self.email,
            Field::FullName => &self.full_name,
            Field::Bio => &self.bio,
            Field::Location => &self.location,
            Field::Website => &self.website,
        }
    }
}

async fn one(vault: &Engine, owner: UserId, version: Uuid) -> Result<Option<CellsRow>, StoreError> {
    vault.optional(&ONE, |s| s.bind(owner.as_uuid()).bind(version)).await
}

/// The shortest list that has a place for so many.
fn listed(people: usize) -> (&'static Sql, usize) {
    match AT_ONCE {
        [few, ..] if people <= few => (&FEW, few),
        [_, some, _] if people <= some => (&SOME, some),
        [_, _, many] => (&MANY, many),
    }
}

/// Those versions that are there, by one question for a whole page.
async fn many(
    vault: &Engine,
    versions: &HashMap<UserId, Uuid>,
) -> Result<HashMap<UserId, CellsRow>, StoreError> {
    if let Some((owner, version)) = versions.iter().next().filter(|_| versions.len() == 1) {
        return Ok(one(vault, *owner, *version).await?.map(|row| (*owner, row)).into_iter().collect());
    }
    let people: Vec<UserId> = versions.keys().copied().collect();
    let mut found = HashMap::with_capacity(people.len());
    for people in people.chunks(AT_ONCE[2]) {
        let (sql, length) = listed(people.len());
        let rows: Vec<CellsRow> =
            vault.all(sql, |s| s.bind_list(people.iter().map(|id| id.as_uuid()), length)).await?;
        let rows = rows.into_iter().map(|row| (UserId::from_uuid(row.user_id), row));
        found.extend(rows.filter(|(owner, row)| versions.get(owner) == Some(&row.version)));
    }
    Ok(found)
}

/// Of somebody whose version the main database points to and the vault does not have.
fn missing(owner: UserId) -> Result<PersonalData, StoreError> {
    alarm::unreadable("people", owner);
    cells::lost()
}

impl SqlStore {
    /// The people behind these keys. Who is gone in the meantime, or never had anything in the vault, is left out.
    pub(crate) async fn people(
        &self,
        mut keys: HashMap<UserId, KeyRow>,
    ) -> Result<HashMap<UserId, PersonalData>, StoreError> {
        let mut people = HashMap::with_capacity(keys.len());
        let mut looked_for: HashMap<UserId, Uuid> = HashMap::new();
        for _ in 0..LOOKS {
            let is_lost = |owner: &UserId, key: &mut KeyRow| {
                key.vault_version.is_some() && key.vault_version.as_ref() == looked_for.get(owner)
            };
            for (owner, _) in keys.extract_if(is_lost) {
                people.insert(owner, missing(owner)?);
            }
            let version =
                |(owner, key): (&UserId, &KeyRow)| key.vault_version.map(|version| (*owner, version));
            let versions: HashMap<_, _> = keys.iter().filter_map(version).collect();
            if versions.is_empty() {
                return Ok(people);
            }
            let mut found = many(&self.vault, &versions).await?;
            let (there, away): (HashMap<_, _>, HashMap<_, _>) =
                keys.into_iter().partition(|(owner, _)| found.contains_key(owner));
            let there: Vec<_> = there.into_iter().map(|(owner, key)| (owner, key.into_wrapped())).collect();
            for ((owner, _), key) in there.iter().zip(self.open_keys(&there).await?) {
                if let Some(row) = found.remove(owner) {
                    people.insert(*owner, cells::open(&key, *owner, &row)?);
                }
            }
            if away.is_empty() {
                return Ok(people);
            }
            looked_for = versions;
            let away: Vec<UserId> = away.into_keys().collect();
            keys = self.keys_of(&away).await?.into_iter().collect();
        }
        for owner in keys.into_iter().filter(|(_, key)| key.vault_version.is_some()).map(|(owner, _)| owner) {
            people.insert(owner, missing(owner)?);
        }
        Ok(people)
    }
}

impl SqlWork {
    /// The person behind an account, as the databases have them.
    pub(crate) async fn stored_person(&mut self, owner: UserId) -> Result<Option<PersonalData>, StoreError> {
        let mut looked_for = None;
        for _ in 0..LOOKS {
            let Some(Some(version)) = self.pointed_key(owner).await? else { return Ok(None) };
            if looked_for == Some(version) {
                break;
            }
            looked_for = Some(version);
            let found = self.vault.promptly(one(&self.vault, owner, version)).await?;
            let Some(row) = found else { continue };
            let Some(key) = self.person_key(owner).await? else { return Ok(None) };
            return cells::open(&key, owner, &row).map(Some);
        }
        missing(owner).map(Some)
    }
}
