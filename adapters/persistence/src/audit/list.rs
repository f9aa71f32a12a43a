//! Lists of events. Each walks the index of the most telling thing that is asked for, from the place where the page
//! before it ended, and passes over what does not meet the rest.

use super::row::{event_columns, proven_columns};
use crate::sql::Sql;
use crate::statement::Record;
use crate::store::SqlStore;
use application::store::StoreError;
use domain::Timestamp;
use domain::audit::{EventCursor, EventFilter, EventKind, Order};
use domain::ids::{EventId, UserId};
use uuid::Uuid;

/// The events of a span that have what an index begins with and meet every condition, in one order. All take the same
/// values.
///
/// Range and order name all of the index: were its beginning compared by itself, PostgreSQL might choose to walk the
/// whole trail and pass over what does not fit, which takes as long as the trail is.
macro_rules! events {
    (
        $name:expr, $columns:ident, $direction:literal, [$($column:literal is $value:literal),*], $($condition:literal),+
    ) => {
        Sql::written(
            $name,
            concat!(
                "SELECT ", $columns!(), " FROM events WHERE (",
                $($column, ", ",)* "at, id) > (", $($value, ", ",)* "$1, $2) AND (",
                $($column, ", ",)* "at, id) < (", $($value, ", ",)* "$3, $4)",
                $(" AND ", $condition,)+
                " ORDER BY ", $($column, " ", $direction, ", ",)* "at ", $direction, ", id ", $direction, " LIMIT $5"
            ),
        )
    };
}

/// The same in both orders, the latest first and the earliest first; and both once more with proofs, without what is
/// not joined yet.
macro_rules! ways {
    ($name:ident $beginning:tt, $($condition:literal),+) => {
        static $name: Ways = [
            [
                events!(ways!(@ $name "newest"), event_columns, "DESC", $beginning, $($condition),+),
                events!(ways!(@ $name "oldest"), event_columns, "ASC", $beginning, $($condition),+),
            ],
            [
                events!(
                    ways!(@ $name "proven_newest"), proven_columns, "DESC", $beginning, $($condition),+,
                    "sequence IS NOT NULL"
                ),
                events!(
                    ways!(@ $name "proven_oldest"), proven_columns, "ASC", $beginning, $($condition),+,
                    "sequence IS NOT NULL"
                ),
            ],
        ];
    };
    (@ $name:ident $way:literal) => {
        concat!(module_path!(), "::", stringify!($name), "::", $way)
    };
}

type Ways = [[Sql; 2]; 2];

/// What is told of an event.
#[derive(Clone, Copy)]
pub(crate) enum Told {
    /// The event.
    Plain,
    /// The event and what proves it, where it was joined.
    Proven,
}

ways!(
    BY_SUBJECT_AND_KIND ["subject" is "$6", "kind" is "$7"],
    "subject IS NOT NULL",
    "($8 IS NULL OR actor_id = $8)",
    "($9 IS NULL OR address_index = $9)"
);
ways!(
    BY_SUBJECT ["subject" is "$6"],
    "($7 IS NULL OR kind = $7)",
    "($8 IS NULL OR actor_id = $8)",
    "($9 IS NULL OR address_index = $9)"
);
ways!(
    BY_ACTOR ["actor_id" is "$8"],
    "actor_id IS NOT NULL",
    "($6 IS NULL OR subject = $6)",
    "($7 IS NULL OR kind = $7)",
    "($9 IS NULL OR address_index = $9)"
);
ways!(
    BY_ADDRESS ["address_index" is "$9"],
    "address_index IS NOT NULL",
    "($6 IS NULL OR subject = $6)",
    "($7 IS NULL OR kind = $7)",
    "($8 IS NULL OR actor_id = $8)"
);
ways!(
    BY_KIND ["kind" is "$7"],
    "($6 IS NULL OR subject = $6)",
    "($8 IS NULL OR actor_id = $8)",
    "($9 IS NULL OR address_index = $9)"
);
ways!(
    BY_TIME [],
    "($6 IS NULL OR subject = $6)",
    "($7 IS NULL OR kind = $7)",
    "($8 IS NULL OR actor_id = $8)",
    "($9 IS NULL OR address_index = $9)"
);

/// Every statement of this file.
pub(crate) static STATEMENTS: [&Ways; 6] =
    [&BY_SUBJECT_AND_KIND, &BY_SUBJECT, &BY_ACTOR, &BY_ADDRESS, &BY_KIND, &BY_TIME];

impl SqlStore {
    /// The rows of the events that meet a filter.
    pub(crate) async fn listed<R: Record>(
        &self,
        told: Told,
        filter: &EventFilter,
        order: Order,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<R>, StoreError> {
        let [plain, proven] = statements(filter);
        let [newest_first, oldest_first] = match told {
            Told::Plain => plain,
            Told::Proven => proven,
        };
        let sql = match order {
            Order::NewestFirst => newest_first,
            Order::OldestFirst => oldest_first,
        };
        let (begin, end) = span(filter, order, after);
        let address = filter.address.map(|address| self.sealing.address_index(address));
        let rows = self.engine.all(sql, |s| {
            s.bind(begin.0)
                .bind(begin.1)
                .bind(end.0)
                .bind(end.1)
                .bind(i64::from(limit))
                .bind(filter.subject.map(UserId::as_uuid))
                .bind(filter.kind.map(EventKind::name))
                .bind(filter.actor.map(UserId::as_uuid))
                .bind(address.as_ref().map(|index| index.as_bytes().as_slice()))
        });
        rows.await
    }
}

const fn statements(filter: &EventFilter) -> &'static Ways {
    match filter {
        EventFilter { subject: Some(_), kind: Some(_), .. } => &BY_SUBJECT_AND_KIND,
        EventFilter { subject: Some(_), .. } => &BY_SUBJECT,
        EventFilter { actor: Some(_), .. } => &BY_ACTOR,
        EventFilter { address: Some(_), .. } => &BY_ADDRESS,
        EventFilter { kind: Some(_), .. } => &BY_KIND,
        _ => &BY_TIME,
    }
}

type Place = (i64, Uuid);

/// The places between which the page lies; neither belongs to it.
///
/// One bound on each side, because SQLite begins to walk at one of them and would pass over what the other leaves out.
fn span(filter: &EventFilter, order: Order, after: Option<EventCursor>) -> (Place, Place) {
    // The nil identifier comes before those of all events (RFC 9562, section 5.9).
    let moment = |at: Timestamp| (at.as_micros(), Uuid::nil());
    let begin = filter.from.map_or((i64::MIN, Uuid::nil()), moment);
    let end = filter.until.map_or((i64::MAX, Uuid::max()), moment);
    match after.map(|place| (place.at.as_micros(), EventId::as_uuid(place.id))) {
        Some(place) if order == Order::NewestFirst => (begin, end.min(place)),
        Some(place) => (begin.max(place), end),
        None => (begin, end),
    }
}
