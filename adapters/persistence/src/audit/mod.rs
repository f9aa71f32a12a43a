//! The audit trail: rows are added, joined into a chain once, and otherwise never changed.

pub(crate) mod list;
pub(crate) mod parts;
pub(crate) mod row;

use self::parts::{ADDRESS, Key, Opener, PRIVATE, SealedText};
use self::row::{EventRow, ProvenRow};
use crate::many::{Many, SIZES, with_rows};
use crate::sql::sql;
use crate::statement::{Beside, Statement};
use crate::store::{SqlStore, SqlWork};
use application::audit::written;
use application::store::{AuditDirectory, AuditTrail, Proven, StoreError};
use async_trait::async_trait;
use domain::audit::{Event, EventCursor, EventFilter, Link, Order, Owner, Record, SealedPart};
use domain::ids::{RequestId, UserId};
use std::collections::HashSet;
use uuid::Uuid;

sql! {
    RECORD = "
        INSERT INTO events (id, kind, actor, actor_id, subject, at, in_clear, request_id, detail, sealed_address,
            address_commitment, address_index, sealed_private, private_commitment, mark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";

    RECORD_4 = || record_of(SIZES[0]);
    RECORD_16 = || record_of(SIZES[1]);
    RECORD_64 = || record_of(SIZES[2]);
}

static RECORD_MANY: Many = Many { texts: [&RECORD_4, &RECORD_16, &RECORD_64], bind_nothing: bind_no_event };

/// [`RECORD`] of many.
fn record_of(rows: usize) -> String {
    let (insert, _) = RECORD.text().split_once("VALUES").unwrap_or_default();
    let columns: Vec<String> = (1..=COLUMNS).map(|column| format!("v.column{column}")).collect();
    let sql = format!("{insert} SELECT {} FROM $rows WHERE v.column1 IS NOT NULL", columns.join(", "));
    with_rows(&sql, rows, COLUMNS)
}

/// How many columns [`RECORD`] fills.
const COLUMNS: usize = 15;

/// An event as it is stored: its facts as text, what is sealed of it, and its mark.
pub(crate) struct SealedParts {
    pub(crate) detail: String,
    pub(crate) address: Option<SealedText>,
    pub(crate) private: Option<SealedText>,
    /// What the address is found by.
    pub(crate) address_index: Option<[u8; 32]>,
    pub(crate) mark: Link,
}

impl SealedParts {
    /// Binds all but the mark, in the order of the columns.
    pub(crate) fn bind(self, statement: Statement<'_>) -> Statement<'_> {
        let (address, private) = (self.address.as_ref(), self.private.as_ref());
        statement
            .bind(self.detail)
            .bind(address.map(|part| part.sealed.as_slice()))
            .bind(address.map(|part| part.commitment.as_slice()))
            .bind(self.address_index.as_ref().map(<[u8; 32]>::as_slice))
            .bind(private.map(|part| part.sealed.as_slice()))
            .bind(private.map(|part| part.commitment.as_slice()))
    }
}

/// Binds an event in the order of the columns.
fn bind_event<'l>(statement: Statement<'l>, event: &Event, parts: SealedParts) -> Statement<'l> {
    let mark = parts.mark;
    let statement = statement
        .bind(event.id.as_uuid())
        .bind(event.kind.name())
        .bind(event.actor.name())
        .bind(event.actor.user_id().map(UserId::as_uuid))
        .bind(event.subject.map(UserId::as_uuid))
        .bind(event.at.as_micros())
        .bind(false)
        .bind(event.request_id.map(RequestId::as_uuid));
    parts.bind(statement).bind(mark.as_bytes().as_slice())
}

/// Binds a row of [`bind_event`] that is no event.
fn bind_no_event(statement: Statement<'_>) -> Statement<'_> {
    let statement = statement.bind_none::<Uuid>().bind_none::<&str>().bind_none::<&str>();
    let statement = statement.bind_none::<Uuid>().bind_none::<Uuid>().bind_none::<i64>().bind_none::<bool>();
    let statement = statement.bind_none::<Uuid>().bind_none::<&str>();
    (0..6).fold(statement, |statement, _| statement.bind_none::<&[u8]>())
}

impl SqlWork {
    /// Records events, [`MOST`](crate::many::MOST) at most.
    pub(crate) async fn record_all(&mut self, events: &[&Event]) -> Result<(), StoreError> {
        match events {
            [] => return Ok(()),
            [event] => return self.record(event).await,
            _ => {}
        }
        let mut sealed = Vec::with_capacity(events.len());
        for event in events {
            sealed.push((event, self.sealed_parts(event).await?));
        }
        let record = self.statement_for(&RECORD_MANY, sealed.into_iter(), |record, (event, parts)| {
            bind_event(record, event, parts)
        });
        record.execute().await?;
        self.recorded.extend(events.iter().copied().cloned());
        Ok(())
    }

    /// Seals what an event says of a person. Of somebody who is gone it says no more than that it concerned them.
    pub(crate) async fn sealed_parts(&mut self, event: &Event) -> Result<SealedParts, StoreError> {
        let (mut address, mut private, mut address_index) = (None, None, None);
        if let Some(ip) = event.address
            && let Some(key) = self.key_of(event.address_owner()).await?
        {
            address = Some(parts::seal(&*self.sealing, &key, event.id, ADDRESS, &ip.to_string()));
            address_index = Some(*self.sealing.address_index(ip).as_bytes());
        }
        if !event.private.is_empty()
            && let Some(key) = self.key_of(event.private_owner()).await?
        {
            let text = written(&event.private);
            private = Some(parts::seal(&*self.sealing, &key, event.id, PRIVATE, &text));
        }
        let detail = written(&event.detail);
        let part = |part: &SealedText| SealedPart {
            digest: self.sealing.digest(&part.sealed),
            commitment: part.commitment,
        };
        let record = Record {
            id: event.id,
            kind: event.kind.name().to_owned(),
            actor: event.actor.name().to_owned(),
            actor_id: event.actor.user_id(),
            subject: event.subject,
            at: event.at,
            request_id: event.request_id,
            detail,
            address: address.as_ref().map(part),
            private: private.as_ref().map(part),
        };
        let mark = self.sealing.link(&record.mark());
        Ok(SealedParts { detail: record.detail, address, private, address_index, mark })
    }

    /// The key for what an event says of somebody; `None` where they are gone, and nothing more is to be kept of them.
    async fn key_of(&mut self, owner: Owner) -> Result<Option<Key>, StoreError> {
        match owner {
            Owner::Nobody => Ok(Some(Key::OfNobody(self.sealing.nobody()))),
            Owner::Person(id) => Ok(self.seal_of(id).await?.map(|seal| Key::Of(id, seal))),
        }
    }
}

#[async_trait]
impl AuditTrail for SqlWork {
    async fn record(&mut self, event: &Event) -> Result<(), StoreError> {
        let parts = self.sealed_parts(event).await?;
        bind_event(self.statement(&RECORD), event, parts).execute().await?;
        self.recorded.push(event.clone());
        Ok(())
    }
}

impl SqlStore {
    /// Opens what is sealed in events: the keys of all people on a page are looked up at once.
    async fn opener<'r>(&self, rows: impl Iterator<Item = &'r EventRow>) -> Result<Opener<'_>, StoreError> {
        let people: HashSet<UserId> = rows.flat_map(EventRow::needs).collect();
        let people: Vec<UserId> = people.into_iter().collect();
        Ok(Opener { sealing: &*self.sealing, people: self.seals_of(&people).await? })
    }

    /// Events with what proves them.
    pub(crate) async fn proven(&self, rows: Vec<ProvenRow>) -> Result<Vec<Proven>, StoreError> {
        let opener = self.opener(rows.iter().map(|Beside(event, _)| event)).await?;
        Ok(rows.into_iter().map(|row| row.proven(&opener)).collect())
    }
}

#[async_trait]
impl AuditDirectory for SqlStore {
    async fn page(
        &self,
        filter: &EventFilter,
        order: Order,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut events, mut after) = (Vec::new(), after);
        loop {
            let rows: Vec<EventRow> = self.listed(list::Told::Plain, filter, order, after, limit).await?;
            let opener = self.opener(rows.iter()).await?;
            // What is no event is an alarm, and keeps nobody from the others.
            events.extend(rows.iter().filter_map(|row| row.read(&opener).event.ok()));
            after = rows.last().map(EventRow::place);
            if rows.len() < wanted || events.len() >= wanted {
                events.truncate(wanted);
                return Ok(events);
            }
        }
    }

    async fn proven_page(
        &self,
        filter: &EventFilter,
        order: Order,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<Proven>, StoreError> {
        let rows = self.listed(list::Told::Proven, filter, order, after, limit).await?;
        self.proven(rows).await
    }
}
