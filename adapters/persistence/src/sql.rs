//! A text, and the name under which its runs are measured.
//!
//! Every text that runs on a kept connection is declared by [`sql!`], which names it after the place where it stands:
//! `FIND` of `users::directory` is measured as `users.directory.find`. So no two have one name, and none is without. What
//! measures it is looked up at its first run on a database and kept beside the text from then on.

use crate::engine::Schema;
use crate::instruments::{self, Runs};
use sqlx::Error;
use std::sync::{LazyLock, OnceLock};
use std::time::Instant;

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

    /// Waits for a run, and notes how long it took and whether it failed. One that is abandoned is not noted.
    pub(crate) async fn measure<T>(
        &self,
        database: Schema,
        run: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let runs =
            self.runs[database as usize].get_or_init(|| instruments::runs_of(database.name(), self.name()));
        let begun = Instant::now();
        let outcome = run.await;
        runs.note(begun.elapsed(), outcome.is_err());
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
    use crate::{audit, secrets};
    use metrics_util::debugging::{DebugValue, DebuggingRecorder};
    use sqlx::Error;
    use std::collections::{BTreeMap, HashSet};

    sql! {
        ONE = "SELECT 1";
        ANOTHER = || format!("SELECT {}", 2);
    }

    /// Every metric by its name, database and statement: how often it was counted.
    fn counted(recorder: &DebuggingRecorder) -> BTreeMap<Vec<String>, u64> {
        let count = |value| match value {
            DebugValue::Counter(count) => count,
            DebugValue::Histogram(values) => values.len() as u64,
            DebugValue::Gauge(_) => 0,
        };
        let name = |key: &metrics::Key| {
            let labels = key.labels().map(|label| label.value().to_owned());
            std::iter::once(key.name().to_owned()).chain(labels).collect()
        };
        let all = recorder.snapshotter().snapshot().into_vec().into_iter();
        all.map(|(key, .., value)| (name(key.key()), count(value))).collect()
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
