//! What an earlier version has left in clear, and how it comes to stand sealed.
//!
//! People first, since everything else is sealed under their keys; then sessions, then events. Each batch is a unit of work of its
//! own that seals something and takes away what was in clear: stopped at any moment, what was not committed is still there
//! and is found again. Of several that are at it, one finds a row in clear, and the others pass it over.

use crate::audit::row::{EventRow, event_columns};
use crate::error::unreadable;
use crate::keys::PersonKey;
use crate::sessions::row::SealedOrigin;
use crate::sql::sql;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use crate::users::{IdRow, email_key};
use application::sealing::Seal;
use application::store::{ChainRepository, PersonalDataRepository, StoreError, UnitOfWork, Unsealed};
use domain::audit::{Event, EventKind, Owner};
use domain::ids::{SessionId, UserId};
use domain::users::{Bio, EmailAddress, FullName, Location, Website};
use domain::vault::PersonalData;
use std::sync::Arc;
use uuid::Uuid;

sql! {
    /// Whoever's address of mail is still what their account is found by is not moved; most of them have personal data, too.
    COUNT = "
        SELECT (SELECT count(*) FROM personal_data) + (SELECT count(*) FROM users u WHERE u.email_key LIKE '%@%'
                AND NOT EXISTS (SELECT 1 FROM personal_data p WHERE p.user_id = u.id)) AS people,
            (SELECT count(*) FROM sessions WHERE address IS NOT NULL OR device_name IS NOT NULL) AS sessions,
            (SELECT count(*) FROM events WHERE in_clear AND sequence IS NULL) AS events";

    PEOPLE = "SELECT user_id AS id FROM personal_data ORDER BY user_id LIMIT $1";

    /// Of several that want to move somebody, one gets the row.
    TAKE_PERSON =
        "DELETE FROM personal_data WHERE user_id = $1 RETURNING email, full_name, bio, location, website";

    /// Those who have an account and nothing else.
    pub(crate) NAMELESS = "SELECT id FROM users WHERE email_key LIKE '%@%' ORDER BY id LIMIT $1";

    /// Changes nothing, and takes the turn of whoever changes the account.
    TAKE_ACCOUNT = "UPDATE users SET version = version WHERE id = $1 RETURNING email_key";

    SET_EMAIL_KEY = "UPDATE users SET email_key = $2 WHERE id = $1";

    SESSIONS = "
        SELECT id, user_id, device_name, address FROM sessions
        WHERE address IS NOT NULL OR device_name IS NOT NULL ORDER BY id LIMIT $1";

    SEAL_SESSION = "
        UPDATE sessions SET device_name = NULL, address = NULL, sealed_device_name = $2, sealed_address = $3
        WHERE id = $1 AND (address IS NOT NULL OR device_name IS NOT NULL)";

    pub(crate) EVENTS = concat!(
        "SELECT ",
        event_columns!(),
        " FROM events WHERE in_clear AND sequence IS NULL ORDER BY at, id LIMIT $1"
    );

    SEAL_EVENT = "
        UPDATE events SET in_clear = $2, address = NULL, detail = $3, sealed_address = $4, address_commitment = $5,
            address_index = $6, sealed_private = $7, private_commitment = $8, mark = $9
        WHERE id = $1 AND in_clear AND sequence IS NULL";

    /// What was moved stands in clear in free room of the file until it is overwritten.
    NOTE = "UPDATE moves SET batches = batches + 1 WHERE singleton = 1";

    BATCHES = "SELECT batches FROM moves WHERE singleton = 1";

    /// Not where somebody else has moved something meanwhile.
    OVERWRITTEN = "UPDATE moves SET batches = 0 WHERE singleton = 1 AND batches = $1";
}

record! {
    /// How many batches were moved since the last time.
    BatchesRow { batches: i64 }
}

record! {
    /// How many of each are in clear.
    CountRow { people: i64, sessions: i64, events: i64 }
}

record! {
    /// What an account is found by.
    AccountRow { email_key: String }
}

record! {
    /// A person in clear.
    ClearPersonRow {
        email: String,
        full_name: Option<String>,
        bio: Option<String>,
        location: Option<String>,
        website: Option<String>,
    }
}

record! {
    /// What of a session is in clear.
    ClearSessionRow { id: Uuid, user_id: Uuid, device_name: Option<String>, address: Option<String> }
}

impl ClearPersonRow {
    fn into_domain(self, id: UserId) -> Result<PersonalData, StoreError> {
        let unreadable = |column| move |_| unreadable("personal_data", id, column);
        let [full_name, bio, location, website] =
            [&self.full_name, &self.bio, &self.location, &self.website].map(Option::as_deref);
        Ok(PersonalData {
            email: EmailAddress::parse(&self.email).map_err(unreadable("email"))?,
            full_name: full_name.map(FullName::parse).transpose().map_err(unreadable("full_name"))?,
            bio: bio.map(Bio::parse).transpose().map_err(unreadable("bio"))?,
            location: location.map(Location::parse).transpose().map_err(unreadable("location"))?,
            website: website.map(Website::parse).transpose().map_err(unreadable("website"))?,
            unreadable: Vec::new(),
        })
    }
}

impl SqlStore {
    /// How much an earlier version has left in clear.
    pub(crate) async fn count_unsealed(&self) -> Result<Unsealed, StoreError> {
        let row: Option<CountRow> = self.engine.optional(&COUNT, |s| s).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(row.map_or(Unsealed::default(), |row| Unsealed {
            people: count(row.people),
            sessions: count(row.sessions),
            events: count(row.events),
        }))
    }

    /// Seals at most `limit` of that. Says how many there were; when there is nothing left, every copy of what was in clear is
    /// overwritten.
    pub(crate) async fn move_some(&self, limit: u32) -> Result<u64, StoreError> {
        let mut work = self.work().await?;
        let moved = work.move_some(limit).await?;
        if moved > 0 {
            work.statement(&NOTE).execute().await?;
            Box::new(work).commit().await?;
            return Ok(moved);
        }
        let BatchesRow { batches } = work.statement(&BATCHES).one().await?;
        drop(work);
        if batches > 0 {
            self.overwrite_moved(batches).await?;
        }
        Ok(0)
    }

    /// Stopped half way, or kept from it by somebody else, it is done again at the next start.
    async fn overwrite_moved(&self, batches: i64) -> Result<(), StoreError> {
        if let Err(error) = self.engine.rewrite().await {
            tracing::warn!(%error, "the database file was not written anew, and may still hold what was in clear");
            return Ok(());
        }
        if self.engine.forget_deleted().await? {
            let mut lease = self.engine.begin().await?;
            lease.statement(&OVERWRITTEN).bind(batches).execute().await?;
            lease.commit().await?;
        }
        Ok(())
    }
}

impl SqlWork {
    async fn move_some(&mut self, limit: u32) -> Result<u64, StoreError> {
        let limit = i64::from(limit);
        for people in [&PEOPLE, &NAMELESS] {
            let people: Vec<IdRow> = self.statement(people).bind(limit).all().await?;
            for row in &people {
                self.move_person(UserId::from_uuid(row.id)).await?;
            }
            if !people.is_empty() {
                return Ok(people.len() as u64);
            }
        }
        let sessions: Vec<ClearSessionRow> = self.statement(&SESSIONS).bind(limit).all().await?;
        for session in &sessions {
            self.move_session(session).await?;
        }
        if !sessions.is_empty() {
            return Ok(sessions.len() as u64);
        }
        self.move_events(limit).await
    }

    /// Once the chain has begun, nothing that belongs to it is in clear any more: whatever is, was put there by something
    /// else than this version. It is sealed too, and gets no mark, so that it is found in the chain.
    async fn move_events(&mut self, limit: i64) -> Result<u64, StoreError> {
        let events: Vec<EventRow> = self.statement(&EVENTS).bind(limit).all().await?;
        if events.is_empty() {
            // Nobody's turn is needed for that: commands also run where the chain can't go on.
            return Ok(0);
        }
        let is_late = ChainRepository::lock(self).await?.is_some();
        if is_late {
            tracing::error!(count = events.len(), "events were written in clear, and not by this service");
        }
        for row in &events {
            let event = row.clear().map_err(|column| unreadable("events", row.id(), column))?;
            self.move_event(event, is_late).await?;
        }
        Ok(events.len() as u64)
    }

    /// Gives a person a key and moves them into the vault; also whoever has an account and nothing else.
    async fn move_person(&mut self, id: UserId) -> Result<(), StoreError> {
        let account: Option<AccountRow> = self.statement(&TAKE_ACCOUNT).bind(id.as_uuid()).optional().await?;
        let person: Option<ClearPersonRow> =
            self.statement(&TAKE_PERSON).bind(id.as_uuid()).optional().await?;
        let Some(account) = account else {
            tracing::warn!(user = %id, "removed the personal data of somebody who has no account");
            return Ok(());
        };
        self.own_key(id).await?;
        let email = match person {
            Some(row) => {
                let person = row.into_domain(id)?;
                PersonalDataRepository::put(self, id, &person).await?;
                person.email
            }
            // Somebody else has just moved this one.
            None if !account.email_key.contains('@') => return Ok(()),
            None => {
                EmailAddress::parse(&account.email_key).map_err(|_| unreadable("users", id, "email_key"))?
            }
        };
        let key = email_key(&*self.sealing, &email);
        self.statement(&SET_EMAIL_KEY).bind(id.as_uuid()).bind(key).execute().await.map(drop)
    }

    async fn move_session(&mut self, row: &ClearSessionRow) -> Result<(), StoreError> {
        let (id, owner) = (SessionId::from_uuid(row.id), UserId::from_uuid(row.user_id));
        let key = self.own_key(owner).await?;
        let origin = SealedOrigin::new(&*key, owner, id, row.device_name.as_deref(), row.address.as_deref());
        let seal = self.statement(&SEAL_SESSION).bind(row.id);
        let seal = seal.bind(origin.device_name.as_deref()).bind(origin.address.as_deref());
        seal.execute().await.map(drop)
    }

    async fn move_event(&mut self, event: Event, is_late: bool) -> Result<(), StoreError> {
        let private = private_fact(event.kind);
        let (private, detail) =
            event.detail.into_iter().partition(|(name, _)| Some(name.as_ref()) == private);
        let event = Event { private, detail, ..event };
        for owner in [event.address_owner(), event.private_owner()] {
            if let Owner::Person(id) = owner {
                self.theirs(id).await?;
            }
        }
        let parts = self.sealed_parts(&event).await?;
        let mark = (!is_late).then_some(parts.mark);
        let seal = parts.bind(self.statement(&SEAL_EVENT).bind(event.id.as_uuid()).bind(false));
        let seal = seal.bind(mark.as_ref().map(|mark| mark.as_bytes().as_slice()));
        seal.execute().await.map(drop)
    }

    /// The key of somebody who has an account; drawn for whoever has none.
    async fn own_key(&mut self, owner: UserId) -> Result<Arc<dyn Seal>, StoreError> {
        if self.person_key(owner).await?.is_none() {
            self.add_key(owner).await?;
        }
        self.theirs(owner).await?.ok_or(StoreError::Conflict)
    }

    /// The key of somebody, if there is one. What would be sealed under a key that does not open stays in clear: it would
    /// be lost.
    async fn theirs(&mut self, owner: UserId) -> Result<Option<Arc<dyn Seal>>, StoreError> {
        match self.person_key(owner).await? {
            Some(PersonKey { is_theirs: false, .. }) => {
                let reason =
                    format!("the key of {owner} does not open, and something of theirs is still in clear");
                Err(StoreError::Unavailable(reason))
            }
            key => Ok(key.map(|key| key.seal)),
        }
    }
}

/// The fact of an event of that kind that may say something of a person, and was told among the others before.
const fn private_fact(kind: EventKind) -> Option<&'static str> {
    match kind {
        EventKind::UserSuspended | EventKind::RoleChanged | EventKind::PersonalDataOpened => Some("reason"),
        EventKind::AuditExported => Some("address"),
        _ => None,
    }
}
