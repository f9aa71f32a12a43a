//! A text, and the name under which its runs are measured.
//!
//! Every text that runs on a kept connection is declared by [`sql!`], which names it after the place where it stands:
//! `FIND` of `users::directory` is measured as `users.directory.find`. So no two have one name, and none is without. What
//! measures it is looked up at its first run on a database and kept beside the text from then on.

use crate::engine::Schema;
use crate::instruments::{self, Runs};
use sqlx::Error;
use std::sync::{LazyLock, OnceLock};

/// What runs are measured by, for each database.
pub(crate) struct Meter {
    path: &'static str,
    runs: [OnceLock<Runs>; 2],
}

/// A text with its meter. One place each, so it is a `static` and never a `const`.
pub(crate) struct Sql {
    pub(crate) meter: Meter,
    text: Text,
}

enum Text {
    Written(&'static str),
    Made(LazyLock<String>),
}

impl Meter {
    /// Of what stands at this path of modules.
    pub(crate) const fn at(path: &'static str) -> Self {
        Self { path, runs: [OnceLock::new(), OnceLock::new()] }
    }

    /// The room and the text, such as `users.directory.find`.
    fn name(&self) -> String {
        let path = self.path.split_once("::").map_or(self.path, |(_crate, path)| path);
        path.replace("::", ".").to_lowercase()
    }

    /// Waits for a run, and notes how long it took and whether it failed. One that is abandoned has failed after the time it
    /// has had: given up by whoever had a bound of his own, which is how the worst ones end, or because a client hung up.
    pub(crate) async fn measure<T>(
        &self,
        database: Schema,
        run: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let runs =
            self.runs[database as usize].get_or_init(|| instruments::runs_of(database.name(), self.name()));
        let noted = runs.begin();
        let outcome = run.await;
        noted.end(outcome.is_ok());
        outcome
    }
}

impl Sql {
    /// As it is written.
    pub(crate) const fn written(path: &'static str, text: &'static str) -> Self {
        Self { meter: Meter::at(path), text: Text::Written(text) }
    }

    /// As it is made at its first run.
    pub(crate) const fn made(path: &'static str, make: fn() -> String) -> Self {
        Self { meter: Meter::at(path), text: Text::Made(LazyLock::new(make)) }
    }

    pub(crate) fn text(&'static self) -> &'static str {
        match &self.text {
            Text::Written(text) => text,
            Text::Made(text) => text,
        }
    }
}

/// Declares texts, each `NAME = "…";`, or `NAME = || …;` where it has to be made.
macro_rules! sql {
    () => {};
    ($(#[$doc:meta])* $visibility:vis $name:ident = || $text:expr; $($rest:tt)*) => {
        $(#[$doc])*
        $visibility static $name: $crate::sql::Sql =
            $crate::sql::Sql::made(concat!(module_path!(), "::", stringify!($name)), || $text);
        $crate::sql::sql! { $($rest)* }
    };
    ($(#[$doc:meta])* $visibility:vis $name:ident = $text:expr; $($rest:tt)*) => {
        $(#[$doc])*
        $visibility static $name: $crate::sql::Sql =
            $crate::sql::Sql::written(concat!(module_path!(), "::", stringify!($name)), $text);
        $crate::sql::sql! { $($rest)* }
    };
}

pub(crate) use sql;

#[cfg(test)]
mod tests {
    use super::{Meter, Schema, Sql};
    use crate::instruments::tests::counted;
    use crate::{audit, secrets};
    use metrics_util::debugging::DebuggingRecorder;
    use sqlx::Error;
    use std::collections::{BTreeMap, HashSet};
    use std::future::pending;
    use std::pin::pin;
    use std::task::{Context, Waker};

    sql! {
        ONE = "SELECT 1";
        ANOTHER = || format!("SELECT {}", 2);
    }

    #[test]
    fn a_run_is_measured_under_the_database_and_the_name_and_a_failure_is_counted() {
        static METER: Meter = Meter::at("persistence::room::FIND");
        let recorder = DebuggingRecorder::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        metrics::with_local_recorder(&recorder, || {
            runtime.block_on(async {
                METER.measure(Schema::Main, async { Ok(()) }).await.unwrap();
                METER.measure(Schema::Vault, async { Ok(()) }).await.unwrap();
                METER.measure(Schema::Vault, async { Err::<(), _>(Error::RowNotFound) }).await.unwrap_err();
            });
        });
        let expected = [
            (["xtrem_database_statement_duration_seconds", "main", "room.find"], 1),
            (["xtrem_database_statement_duration_seconds", "vault", "room.find"], 2),
            (["xtrem_database_statement_failures_total", "main", "room.find"], 0),
            (["xtrem_database_statement_failures_total", "vault", "room.find"], 1),
        ];
        let expected = expected.map(|(name, count)| (name.map(str::to_owned).to_vec(), count));
        assert_eq!(counted(&recorder), BTreeMap::from(expected));
    }

    #[test]
    fn a_run_that_is_abandoned_is_measured_and_counted_as_a_failure() {
        static METER: Meter = Meter::at("persistence::room::HANG");
        let recorder = DebuggingRecorder::new();
        metrics::with_local_recorder(&recorder, || {
            let mut hanging = pin!(METER.measure(Schema::Main, pending::<Result<(), Error>>()));
            assert!(hanging.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert_eq!(counted(&recorder).into_values().sum::<u64>(), 0, "it may still end well");
        });
        let expected = [
            (["xtrem_database_statement_duration_seconds", "main", "room.hang"], 1),
            (["xtrem_database_statement_failures_total", "main", "room.hang"], 1),
        ];
        let expected = expected.map(|(name, count)| (name.map(str::to_owned).to_vec(), count));
        assert_eq!(counted(&recorder), BTreeMap::from(expected));
    }

    #[test]
    fn texts_that_one_macro_makes_have_a_name_each() {
        let lists = audit::list::STATEMENTS.into_iter().flatten().flatten();
        let texts: Vec<&Sql> =
            lists.chain(secrets::PASSWORD_LINKS.texts()).chain(secrets::EXPORT_TICKETS.texts()).collect();
        let names: HashSet<String> = texts.iter().map(|sql| sql.meter.name()).collect();
        assert_eq!(names.len(), texts.len());
        assert!(names.contains("audit.list.by_time.newest"));
        assert!(names.contains("secrets.password_links.take"));
    }

    #[test]
    fn a_text_is_named_after_the_place_where_it_stands() {
        assert_eq!((ONE.meter.name().as_str(), ONE.text()), ("sql.tests.one", "SELECT 1"));
        assert_eq!((ANOTHER.meter.name().as_str(), ANOTHER.text()), ("sql.tests.another", "SELECT 2"));
    }
}
