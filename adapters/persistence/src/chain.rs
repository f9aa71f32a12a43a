//! The chain of events. One row says where it ends; it is also where everybody queues who joins events or removes the
//! beginning. Nothing but [`JOIN`] ever writes into an event that was recorded here, and nothing but [`PRUNE`] removes one.

use crate::audit::row::{EventRow, ProvenRow, event_columns, link, proven_columns};
use crate::error::unreadable;
use crate::many::with_rows;
use crate::sql::{Sql, sql};
use crate::statement::{Beside, record};
use crate::store::{SqlStore, SqlWork};
use crate::users::IdRow;
use application::store::{ChainDirectory, ChainRepository, Proven, StoreError, Waiting};
use async_trait::async_trait;
use domain::Timestamp;
use domain::audit::{Anchor, Head, Link, Sequence};
use domain::ids::EventId;
use uuid::Uuid;

sql! {
    /// Changes nothing, and makes the next one wait; whoever has waited sees what the one before has written.
    TAKE_TURN = "UPDATE audit_chain SET sequence = sequence WHERE singleton = 1 RETURNING sequence, link";

    END = "SELECT sequence, link FROM audit_chain WHERE singleton = 1";

    SET_END = "UPDATE audit_chain SET sequence = $1, link = $2 WHERE singleton = 1";

    WAITING = concat!(
        "SELECT ",
        event_columns!(),
        ", mark FROM events WHERE sequence IS NULL AND NOT in_clear ORDER BY at, id LIMIT $1"
    );

    /// In an order, because PostgreSQL might look for just any one through the whole trail.
    FIRST_WAITING = "SELECT id FROM events WHERE sequence IS NULL AND NOT in_clear ORDER BY at, id LIMIT 1";
}

/// How many events one statement joins: a way to the server and back costs more than a row that stays empty.
const AT_ONCE: usize = 25;

sql! {
    // The plus keeps SQLite from going through all that wait, once for each that is joined, instead of looking it up.
    JOIN = || {
        let sql = "UPDATE events SET sequence = v.column2, link = v.column3 FROM $rows \
                   WHERE events.id = v.column1 AND +events.sequence IS NULL AND NOT events.in_clear";
        with_rows(sql, AT_ONCE, 3)
    };

    PRUNE = "DELETE FROM events WHERE sequence <= $1";

    PUT_ANCHOR = "
        INSERT INTO audit_anchor (singleton, sequence, link, at, signature) VALUES (1, $1, $2, $3, $4)
        ON CONFLICT (singleton) DO UPDATE SET
            sequence = excluded.sequence, link = excluded.link, at = excluded.at, signature = excluded.signature";

    ANCHOR = "SELECT sequence, link, at, signature FROM audit_anchor WHERE singleton = 1";

    ENTRIES =
        concat!("SELECT ", proven_columns!(), " FROM events WHERE sequence > $1 ORDER BY sequence LIMIT $2");
}

/// The statements of this file about many rows.
pub(crate) static LISTS: [&Sql; 4] = [&WAITING, &FIRST_WAITING, &ENTRIES, &JOIN];

record! {
    /// Where the chain ends.
    EndRow { sequence: i64, link: Vec<u8> }
}

record! {
    /// Under which mark an event was written.
    MarkRow { mark: Option<Vec<u8>> }
}

record! {
    /// A place in the chain and its time.
    HeadRow { sequence: i64, link: Vec<u8>, at: i64 }
}

record! {
    /// The signature of an anchor.
    SignatureRow { signature: String }
}

impl EndRow {
    fn into_domain(self) -> Result<Option<(Sequence, Link)>, StoreError> {
        let link = link(&self.link).ok_or_else(|| unreadable("audit_chain", self.sequence, "link"))?;
        let sequence = Sequence::new(self.sequence);
        Ok((sequence > Sequence::NONE).then_some((sequence, link)))
    }
}

impl HeadRow {
    fn into_domain(self) -> Result<Head, StoreError> {
        let link = link(&self.link).ok_or_else(|| unreadable("audit_anchor", self.sequence, "link"))?;
        Ok(Head { sequence: Sequence::new(self.sequence), link, at: Timestamp::from_micros(self.at) })
    }
}

/// Without the one row nobody would wait for anybody.
fn endless() -> StoreError {
    let missing = "the row of audit_chain that says where the chain of events ends is missing: somebody has removed it, \
                   and no event joins the chain until a backup was put back";
    StoreError::Broken(missing.to_owned())
}

#[async_trait]
impl ChainRepository for SqlWork {
    async fn lock(&mut self) -> Result<Option<(Sequence, Link)>, StoreError> {
        let end: Option<EndRow> = self.statement(&TAKE_TURN).optional().await?;
        end.ok_or_else(endless)?.into_domain()
    }

    async fn waiting(&mut self, limit: u32) -> Result<Vec<Waiting>, StoreError> {
        let rows: Vec<Beside<EventRow, MarkRow>> =
            self.statement(&WAITING).bind(i64::from(limit)).all().await?;
        let waiting = |Beside(event, MarkRow { mark }): &Beside<EventRow, MarkRow>| Waiting {
            record: event.record(&*self.sealing),
            mark: mark.as_deref().and_then(link),
        };
        Ok(rows.iter().map(waiting).collect())
    }

    async fn join(&mut self, links: &[(EventId, Sequence, Link)]) -> Result<(), StoreError> {
        // No event has the nil identifier (RFC 9562, section 5.9).
        let nothing = (EventId::from_uuid(Uuid::nil()), Sequence::NONE, Link::NONE);
        for batch in links.chunks(AT_ONCE) {
            let rows = batch.iter().chain(std::iter::repeat(&nothing)).take(AT_ONCE);
            let join = rows.fold(self.statement(&JOIN), |join, (id, sequence, link)| {
                join.bind(id.as_uuid()).bind(sequence.number()).bind(link.as_bytes().as_slice())
            });
            // Whoever has the turn is the only one who joins; what is joined already was not waiting.
            if join.execute().await? != batch.len() as u64 {
                return Err(StoreError::Conflict);
            }
        }
        let Some((_, sequence, link)) = links.last() else { return Ok(()) };
        let end = self.statement(&SET_END).bind(sequence.number()).bind(link.as_bytes().as_slice());
        end.execute().await.map(drop)
    }

    async fn prune(&mut self, anchor: &Anchor, signature: &str) -> Result<u64, StoreError> {
        let put = self
            .statement(&PUT_ANCHOR)
            .bind(anchor.sequence.number())
            .bind(anchor.link.as_bytes().as_slice())
            .bind(anchor.at.as_micros())
            .bind(signature);
        put.execute().await?;
        self.statement(&PRUNE).bind(anchor.sequence.number()).execute().await
    }
}

#[async_trait]
impl ChainDirectory for SqlStore {
    async fn end(&self) -> Result<Option<(Sequence, Link)>, StoreError> {
        let end: Option<EndRow> = self.engine.optional(&END, |s| s).await?;
        end.ok_or_else(endless)?.into_domain()
    }

    async fn anchor(&self) -> Result<Option<(Anchor, String)>, StoreError> {
        let row: Option<Beside<HeadRow, SignatureRow>> = self.engine.optional(&ANCHOR, |s| s).await?;
        let Some(Beside(head, SignatureRow { signature })) = row else { return Ok(None) };
        Ok(Some((head.into_domain()?, signature)))
    }

    async fn entries(&self, after: Sequence, limit: u32) -> Result<Vec<Proven>, StoreError> {
        let rows: Vec<ProvenRow> =
            self.engine.all(&ENTRIES, |s| s.bind(after.number()).bind(i64::from(limit))).await?;
        self.proven(rows).await
    }

    async fn is_waiting(&self) -> Result<bool, StoreError> {
        let first: Option<IdRow> = self.engine.optional(&FIRST_WAITING, |s| s).await?;
        Ok(first.is_some())
    }
}
