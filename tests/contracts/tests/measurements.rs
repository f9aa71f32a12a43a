//! What the store measures while it works. A program of its own, because what measures a statement is looked up once, and
//! here it has to be there before the first one runs.

#[cfg(test)]
mod tests {
    use application::store::{Half, Store, StoreHealth, UserDirectory};
    use contracts::{Database, Engine};
    use domain::Timestamp;
    use domain::ids::UserId;
    use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
    use std::collections::BTreeMap;

    /// What was measured, by its name and the values of its labels.
    type Measured = BTreeMap<String, DebugValue>;

    /// Everything since the last time.
    fn measured(snapshots: &Snapshotter) -> Measured {
        let all = snapshots.snapshot().into_vec().into_iter().map(|(key, unit, description, value)| {
            let key = key.key();
            assert!(unit.is_some() && description.is_some(), "nobody has described {}", key.name());
            let name = key.name().trim_start_matches("xtrem_database_");
            let words: Vec<&str> =
                std::iter::once(name).chain(key.labels().map(metrics::Label::value)).collect();
            (words.join(" "), value)
        });
        all.collect()
    }

    fn count(measured: &Measured, name: &str) -> usize {
        match measured.get(name) {
            Some(DebugValue::Histogram(values)) => values.len(),
            Some(DebugValue::Counter(count)) => usize::try_from(*count).unwrap(),
            other => panic!("{name}: {other:?}"),
        }
    }

    fn gauge(measured: &Measured, name: &str) -> f64 {
        match measured.get(name) {
            Some(DebugValue::Gauge(value)) => **value,
            other => panic!("{name}: {other:?}"),
        }
    }

    async fn work_with(database: &Database) {
        let new = database.open(&database.settings()).await.unwrap();
        assert!(new.is_new().await.unwrap() && new.pending_migrations().await.unwrap() > 0);
        new.close().await;
        let store = database.store().await.unwrap();
        let nobody = UserId::new(Timestamp::from_micros(0), &[1; 10]);
        assert_eq!(store.profile(nobody).await.unwrap(), None);
        store.ready(Half::Vault).await.unwrap();
        drop(store.begin().await.unwrap());
        database.raw().await.unwrap().run("DROP TABLE notices").await.unwrap();
        store.notices(nobody, 10).await.unwrap_err();
        let work = store.begin().await.unwrap();
        store.observe();
        drop(work);
        // Waits for what was dropped to be undone.
        store.close().await;
    }

    fn check(measured: &Measured, changing: &str, looking: &str) {
        let runs = |statement: &str| count(measured, &format!("statement_duration_seconds {statement}"));
        let failures = |statement: &str| count(measured, &format!("statement_failures_total {statement}"));
        assert_eq!((runs("main users.directory.profile"), failures("main users.directory.profile")), (1, 0));
        assert_eq!((runs("main notices.of"), failures("main notices.of")), (1, 1));
        assert_eq!((runs("vault begin"), runs("vault rollback")), (1, 1));
        assert_eq!((runs("main begin"), runs("main commit"), runs("main rollback")), (3, 1, 2));
        let failed = measured.iter().filter(|(name, _)| name.starts_with("statement_failures_total "));
        let failed: Vec<&str> = failed
            .filter(|(_, count)| **count != DebugValue::Counter(0))
            .filter_map(|(name, _)| name.split_once(' ').map(|(_, statement)| statement))
            .collect();
        assert_eq!(failed, ["main notices.of"], "a new database is no failure");
        for (database, role) in
            [("main", changing), ("main", looking), ("vault", changing), ("vault", looking)]
        {
            assert!(count(measured, &format!("connection_wait_seconds {database} {role}")) > 0);
            assert!(gauge(measured, &format!("connections_max {database} {role}")) >= 1.0);
        }
        assert!(gauge(measured, &format!("connections main {changing} used")) > 0.5);
        assert!(gauge(measured, &format!("connections vault {changing} used")) < 0.5);
        assert!(gauge(measured, &format!("connections vault {changing} idle")) > 0.5);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn statements_and_connections_are_measured_on_both_engines() {
        let recorder = DebuggingRecorder::new();
        let snapshots = recorder.snapshotter();
        recorder.install().unwrap();
        persistence::describe();
        application::instruments::describe();
        for (engine, changing, looking) in
            [(Engine::Sqlite, "writer", "reader"), (Engine::Postgres, "all", "all")]
        {
            let database = Database::create(engine).await.unwrap();
            work_with(&database).await;
            let measured = measured(&snapshots);
            check(&measured, changing, looking);
            let is_named =
                |name: &String| name.split(' ').skip(2).all(|name| !name.is_empty() && !name.contains("::"));
            assert!(measured.keys().all(is_named), "{:?}", measured.keys());
            database.remove().await.unwrap();
        }
    }
}
