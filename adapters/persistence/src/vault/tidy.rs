//! Finishes what was begun between the two databases.
//!
//! Whoever writes a person holds that person's turn in the main database from before the vault is written until the main
//! database has spoken. So whoever gets the turn sees the truth: what is not pointed to now never will be.

use super::write::turn;
use crate::engine::Lease;
use crate::keys::{KeyRow, OwnerRow, key_columns};
use crate::migrate::PresenceRow;
use crate::sql::sql;
use crate::statement::{Beside, listing, record};
use crate::store::SqlStore;
use crate::users::IdRow;
use application::store::{Erasure, StoreError};
use domain::ids::UserId;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// How many are finished at once: nobody writes on SQLite for so long.
const AT_ONCE: usize = 100;

sql! {
    PENDING = "
        SELECT user_id, version FROM pending WHERE (user_id, version) > ($1, $2) ORDER BY user_id, version LIMIT $3";

    POINTERS = || {
        let sql = concat!("SELECT k.user_id, ", key_columns!(), " FROM data_keys k WHERE k.user_id IN ($list)");
        listing(sql, AT_ONCE)
    };

    /// Whether a copy is being made: what goes now may be missing in it.
    HELD = "SELECT EXISTS (SELECT 1 FROM holds) AS present";

    REMOVE_OTHERS = "DELETE FROM people WHERE user_id = $1 AND version <> $2";

    REMOVE_NOTES = "DELETE FROM pending WHERE user_id = $1";

    // By two indexes: the address of an event is that of who did it or, where nobody is known to have, of whom it was done to.
    FOUND_AS_ACTOR = "SELECT id FROM events WHERE actor_id = $1 AND address_index IS NOT NULL LIMIT $2";
    FOUND_AS_SUBJECT = "
        SELECT id FROM events WHERE subject = $1 AND actor_id IS NULL AND address_index IS NOT NULL LIMIT $2";

    FORGET = || listing("UPDATE events SET address_index = NULL WHERE id IN ($list)", AT_ONCE);
}

/// Of how many events of one person the address is forgotten in one round.
const EVENTS_A_ROUND: usize = 10 * AT_ONCE;

record! {
    /// A note that something is pending.
    NoteRow { user_id: Uuid, version: Uuid }
}

/// What of some people is finished.
struct Settled {
    /// Those whom nobody is just writing.
    people: BTreeSet<UserId>,
    /// Those of them who have an account.
    present: BTreeSet<UserId>,
    /// Whether nothing went, because a copy is being made.
    is_held: bool,
}

impl SqlStore {
    pub(super) async fn finish(&self) -> Result<u64, StoreError> {
        Ok(self.finish_pending().await? + self.finish_erasures().await?)
    }

    async fn finish_pending(&self) -> Result<u64, StoreError> {
        let (mut place, mut done) = ((Uuid::nil(), Uuid::nil()), 0);
        loop {
            let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
            let notes: Vec<NoteRow> =
                self.vault.all(&PENDING, |s| s.bind(place.0).bind(place.1).bind(limit)).await?;
            let Some(last) = notes.last() else { return Ok(done) };
            // What stays behind because somebody is just writing it is not met again.
            place = (last.user_id, last.version);
            let people: BTreeSet<UserId> = notes.iter().map(|note| UserId::from_uuid(note.user_id)).collect();
            let settled = self.settle(people).await?;
            if settled.is_held {
                return Ok(done);
            }
            done += settled.people.len() as u64;
            if notes.len() < AT_ONCE {
                return Ok(done);
            }
        }
    }

    /// Removes from the vault what the main database does not point to, of those people whom nobody is just writing.
    async fn settle(&self, people: BTreeSet<UserId>) -> Result<Settled, StoreError> {
        let mut main = self.engine.begin().await?;
        let mut settled = Settled { people: BTreeSet::new(), present: BTreeSet::new(), is_held: false };
        for owner in people {
            // Without waiting: two who wait could wait for each other.
            if main.try_turn(turn(owner)).await? {
                settled.people.insert(owner);
            }
        }
        if settled.people.is_empty() {
            return Ok(settled);
        }
        let versions = pointers(&mut main, &settled.people).await?;
        settled.present = versions.keys().copied().collect();
        let mut vault = self.vault.promptly(self.vault.begin()).await?;
        PresenceRow { present: settled.is_held } = self.vault.promptly(vault.statement(&HELD).one()).await?;
        if settled.is_held {
            return Ok(settled);
        }
        for owner in &settled.people {
            let version = versions.get(owner).copied().flatten().unwrap_or(Uuid::nil());
            let remove = vault.statement(&REMOVE_OTHERS).bind(owner.as_uuid()).bind(version);
            self.vault.promptly(remove.execute()).await?;
            let remove = vault.statement(&REMOVE_NOTES).bind(owner.as_uuid());
            self.vault.promptly(remove.execute()).await?;
        }
        self.vault.promptly(vault.commit()).await?;
        main.commit().await?;
        Ok(settled)
    }

    async fn finish_erasures(&self) -> Result<u64, StoreError> {
        let erased = self.unfinished(AT_ONCE).await?;
        if erased.is_empty() {
            return Ok(0);
        }
        let settled = self.settle(erased.iter().map(|erasure| erasure.user_id).collect()).await?;
        let is_gone = |erasure: &Erasure| {
            settled.people.contains(&erasure.user_id) && !settled.present.contains(&erasure.user_id)
        };
        let mut forgotten = Vec::with_capacity(erased.len());
        for erasure in erased.into_iter().filter(is_gone) {
            if self.forget_addresses(erasure.user_id).await? {
                forgotten.push(erasure);
            }
        }
        // Somebody who looks at an old state keeps the log from being emptied; then it is tried again later.
        let is_forgotten = self.engine.forget_deleted().await? && self.vault.forget_deleted().await?;
        if settled.is_held || !is_forgotten {
            return Ok(0);
        }
        self.mark_finished(&forgotten).await?;
        Ok(forgotten.len() as u64)
    }

    /// Takes away what the events of somebody could still be found by. Says whether nothing is left; of whoever has very
    /// many, the rest is for the next round. Nobody waits while they are looked for.
    async fn forget_addresses(&self, owner: UserId) -> Result<bool, StoreError> {
        let limit = i64::try_from(EVENTS_A_ROUND).unwrap_or(i64::MAX);
        let mut is_last = true;
        for sql in [&FOUND_AS_ACTOR, &FOUND_AS_SUBJECT] {
            let found: Vec<IdRow> = self.engine.all(sql, |s| s.bind(owner.as_uuid()).bind(limit)).await?;
            for events in found.chunks(AT_ONCE) {
                let mut work = self.engine.begin().await?;
                let forget = work.statement(&FORGET).bind_list(events.iter().map(|row| row.id), AT_ONCE);
                forget.execute().await?;
                work.commit().await?;
            }
            is_last &= found.len() < EVENTS_A_ROUND;
        }
        Ok(is_last)
    }
}

async fn pointers(
    main: &mut Lease,
    people: &BTreeSet<UserId>,
) -> Result<HashMap<UserId, Option<Uuid>>, StoreError> {
    let people: Vec<UserId> = people.iter().copied().collect();
    let rows: Vec<Beside<OwnerRow, KeyRow>> =
        main.statement(&POINTERS).bind_list(people.iter().map(|id| id.as_uuid()), AT_ONCE).all().await?;
    let pointer =
        |Beside(owner, key): Beside<OwnerRow, KeyRow>| (UserId::from_uuid(owner.user_id), key.vault_version);
    Ok(rows.into_iter().map(pointer).collect())
}
