//! One SQL text, run on whichever engine there is.
//!
//! sqlx keeps its engines apart in the type system. Here the two meet: what may be bound ([`Param`]) and what
//! may be read ([`Record`]) is whatever both engines know, said once as supertraits, because those are the only
//! bounds a caller gets for free. Each engine still sees its native types: UUIDs, booleans, bytes.

use crate::connections::{Held, within};
use crate::engine::Lease;
use crate::sql::Sql;
use application::store::StoreError;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, Column, ColumnIndex, Decode, Encode, Error, FromRow, Postgres, Row, Sqlite, Type};
use uuid::Uuid;

/// A value that can be bound on both engines.
pub(crate) trait Param<'q>:
    Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>
{
}

impl<'q, T> Param<'q> for T where T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}

/// A row that can be read from both engines.
pub(crate) trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A text, the values bound so far, and the connection it is to run on.
pub(crate) struct Statement<'l> {
    sql: &'static Sql,
    target: Target<'l>,
    unbindable: Option<Error>,
}

enum Target<'l> {
    Sqlite(&'l mut Held<SqliteConnection>, SqliteArguments),
    Postgres(&'l mut Held<PgConnection>, PgArguments),
}

/// Runs one of sqlx's terminals on the connection of whichever engine it is.
macro_rules! run {
    ($statement:expr, $query:expr, $terminal:ident) => {{
        let Statement { sql, target, unbindable } = $statement;
        match target {
            Target::Sqlite(held, arguments) => run!(held, $query, sql, arguments, unbindable, $terminal),
            Target::Postgres(held, arguments) => run!(held, $query, sql, arguments, unbindable, $terminal),
        }
    }};
    ($held:ident, $query:expr, $sql:ident, $arguments:ident, $unbindable:ident, $terminal:ident) => {{
        let (database, bound) = ($held.database(), $held.bound());
        let connection = $held.ask()?;
        let outcome = match $unbindable {
            Some(error) => Err(error),
            None => {
                let answer = ($query)($sql.text(), $arguments).$terminal(connection);
                $sql.meter.measure(database, within(bound, answer)).await
            }
        };
        // The count of rows is the one part of the answer that has another type on each engine.
        $held.settle(outcome.map(Into::into))
    }};
}

impl<'l> Statement<'l> {
    pub(crate) fn new(lease: &'l mut Lease, sql: &'static Sql) -> Self {
        let target = match lease {
            Lease::Reader(held) => Target::Sqlite(held, SqliteArguments::default()),
            Lease::Unit(unit) => Target::Sqlite(unit.held(), SqliteArguments::default()),
            Lease::Postgres(held) => Target::Postgres(held, PgArguments::default()),
        };
        Self { sql, target, unbindable: None }
    }

    /// Binds the next of `$1 … $n`.
    pub(crate) fn bind<'q>(mut self, value: impl Param<'q>) -> Self {
        let bound = match &mut self.target {
            Target::Sqlite(_, arguments) => arguments.add(value),
            Target::Postgres(_, arguments) => arguments.add(value),
        };
        if let Err(error) = bound {
            self.unbindable = Some(Error::Encode(error));
        }
        self
    }

    /// Binds people in the places of a [`listing`] of that length; those that are left over stand for nobody.
    pub(crate) fn bind_list(self, ids: impl Iterator<Item = Uuid>, length: usize) -> Self {
        // Nothing has the nil identifier (RFC 9562, section 5.9).
        let nothing = std::iter::repeat(Uuid::nil());
        ids.chain(nothing).take(length).fold(self, Self::bind)
    }

    /// Runs it and says how many rows it changed.
    pub(crate) async fn execute(self) -> Result<u64, StoreError> {
        let Changed(rows) = run!(self, sqlx::query_with, execute)?;
        Ok(rows)
    }

    /// The one row it gives; none is a fault.
    pub(crate) async fn one<R: Record>(self) -> Result<R, StoreError> {
        run!(self, sqlx::query_as_with::<_, R, _>, fetch_one)
    }

    /// The row it gives, if any.
    pub(crate) async fn optional<R: Record>(self) -> Result<Option<R>, StoreError> {
        run!(self, sqlx::query_as_with::<_, R, _>, fetch_optional)
    }

    /// All rows it gives.
    pub(crate) async fn all<R: Record>(self) -> Result<Vec<R>, StoreError> {
        run!(self, sqlx::query_as_with::<_, R, _>, fetch_all)
    }
}

/// The text with `$1, $2 …` in the place of `$list`: always as many, so that each engine prepares it once.
pub(crate) fn listing(sql: &str, length: usize) -> String {
    let places: Vec<String> = (1..=length).map(|number| format!("${number}")).collect();
    sql.replace("$list", &places.join(", "))
}

struct Changed(u64);

impl From<sqlx::sqlite::SqliteQueryResult> for Changed {
    fn from(result: sqlx::sqlite::SqliteQueryResult) -> Self {
        Self(result.rows_affected())
    }
}

impl From<sqlx::postgres::PgQueryResult> for Changed {
    fn from(result: sqlx::postgres::PgQueryResult) -> Self {
        Self(result.rows_affected())
    }
}

/// What can be read from some columns of a row, side by side.
pub(crate) trait Columns<R: Row>: Sized {
    /// How many there are.
    const COUNT: usize;

    /// Reads it from this column on.
    fn read(row: &R, first: usize) -> Result<Self, Error>;
}

/// Two rows that one statement gave side by side.
pub(crate) struct Beside<A, B>(pub A, pub B);

impl<R: Row, A: Columns<R>, B: Columns<R>> Columns<R> for Beside<A, B> {
    const COUNT: usize = A::COUNT + B::COUNT;

    fn read(row: &R, first: usize) -> Result<Self, Error> {
        Ok(Self(A::read(row, first)?, B::read(row, first + A::COUNT)?))
    }
}

impl<'r, R: Row, A: Columns<R>, B: Columns<R>> FromRow<'r, R> for Beside<A, B> {
    fn from_row(row: &'r R) -> Result<Self, Error> {
        Self::read(row, 0)
    }
}

/// Reads a column. One that stands where it is expected need not be looked up by its name.
pub(crate) fn column<'r, R: Row, T>(row: &'r R, expected: usize, name: &str) -> Result<T, Error>
where
    T: Decode<'r, R::Database> + Type<R::Database>,
    for<'n> &'n str: ColumnIndex<R>,
    usize: ColumnIndex<R>,
{
    if row.columns().get(expected).is_some_and(|column| column.name() == name) {
        row.try_get(expected)
    } else {
        row.try_get(name)
    }
}

/// Declares a row whose fields are named as its columns and stand in their order, readable from both engines.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),+ $(,)? }) => {
        $(#[$doc])*
        pub(crate) struct $name {
            $(pub(crate) $field: $kind,)+
        }

        $crate::statement::record!(@read $name from sqlx::sqlite::SqliteRow: $($field),+);
        $crate::statement::record!(@read $name from sqlx::postgres::PgRow: $($field),+);
    };
    (@read $name:ident from $row:ty: $($field:ident),+) => {
        impl $crate::statement::Columns<$row> for $name {
            const COUNT: usize = [$(stringify!($field)),+].len();

            fn read(row: &$row, first: usize) -> Result<Self, sqlx::Error> {
                let mut next = first..;
                let mut place = || next.next().unwrap_or(usize::MAX);
                Ok(Self { $($field: $crate::statement::column(row, place(), stringify!($field))?,)+ })
            }
        }

        impl sqlx::FromRow<'_, $row> for $name {
            fn from_row(row: &$row) -> Result<Self, sqlx::Error> {
                $crate::statement::Columns::read(row, 0)
            }
        }
    };
}

pub(crate) use record;
