//! Texts that do to many rows what another does to one.
//!
//! A way to the database and back costs more than most of what is done there. Each text exists for a few numbers of rows, so
//! that it is prepared once for each of them; where fewer are at hand the other rows are empty, and do nothing.

use crate::sql::Sql;
use crate::statement::{Param, Statement};
use crate::store::SqlWork;
use std::fmt::Write as _;

/// For how many rows there is a text.
pub(crate) const SIZES: [usize; 3] = [4, 16, 64];

/// How many rows are changed at once, at most.
pub(crate) const MOST: usize = SIZES[2];

/// What is done to many rows at once.
pub(crate) struct Many {
    /// A text for each of the [`SIZES`].
    pub(crate) texts: [&'static Sql; SIZES.len()],
    /// Binds the values of a row that is empty.
    pub(crate) bind_nothing: fn(Statement<'_>) -> Statement<'_>,
}

impl Many {
    /// The shortest text for that many rows, and for how many it is. There is none for more than [`MOST`].
    fn for_rows(&self, rows: usize) -> (&'static Sql, usize) {
        let fitting = SIZES.iter().position(|size| rows <= *size).unwrap_or(SIZES.len() - 1);
        (self.texts[fitting], SIZES[fitting])
    }
}

impl SqlWork {
    /// Prepares to do that to as many rows as there are, [`MOST`] at most, each of which `bind` binds.
    pub(crate) fn statement_for<'l, T>(
        &'l mut self,
        many: &Many,
        rows: impl ExactSizeIterator<Item = T>,
        bind: impl Fn(Statement<'l>, T) -> Statement<'l>,
    ) -> Statement<'l> {
        let (sql, size) = many.for_rows(rows.len());
        let empty = rows.len()..size;
        let statement = rows.fold(self.statement(sql), bind);
        empty.fold(statement, |statement, _| (many.bind_nothing)(statement))
    }
}

/// The text with so many rows of so many values in the place of `$rows`. They are called `column1`, `column2` and so on by
/// both engines.
pub(crate) fn with_rows(sql: &str, rows: usize, columns: usize) -> String {
    let mut values = String::new();
    for row in 0..rows {
        for column in 1..=columns {
            let before = match (row, column) {
                (0, 1) => "(",
                (_, 1) => "), (",
                _ => ", ",
            };
            // Writing into a string can't fail.
            let _ = write!(values, "{before}${}", row * columns + column);
        }
    }
    sql.replace("$rows", &format!("(VALUES {values})) AS v"))
}

impl Statement<'_> {
    /// Binds nothing, of that type.
    pub(crate) fn bind_none<T>(self) -> Self
    where
        Option<T>: for<'q> Param<'q>,
    {
        self.bind(None::<T>)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Many, SIZES, with_rows};
    use crate::sql::sql;

    sql! {
        FOUR = "4";
        SIXTEEN = "16";
        SIXTY_FOUR = "64";
    }

    #[test]
    fn the_rows_of_a_text_count_their_values_through() {
        let text = with_rows("SELECT 1 FROM $rows WHERE v.column1 = 1", 2, 3);
        assert_eq!(text, "SELECT 1 FROM (VALUES ($1, $2, $3), ($4, $5, $6)) AS v WHERE v.column1 = 1");
    }

    #[test]
    fn the_shortest_text_that_has_room_is_taken() {
        let many = Many { texts: [&FOUR, &SIXTEEN, &SIXTY_FOUR], bind_nothing: |statement| statement };
        for (rows, size) in [(1, 4), (4, 4), (5, 16), (16, 16), (17, 64), (MOST, 64)] {
            let (sql, room) = many.for_rows(rows);
            assert_eq!((sql.text(), room), (size.to_string().as_str(), size));
        }
        assert_eq!(SIZES.last(), Some(&MOST));
    }
}
