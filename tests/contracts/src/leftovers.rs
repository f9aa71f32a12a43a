//! What was in clear is gone from the files, also where nothing stands any more.

use crate::in_clear::{LAST_IN_CLEAR, MARKER};
use crate::moves::no_file_has_a_marker;
use crate::upgrades::earlier_version;
use crate::{Database, Engine};
use application::store::VaultKeeper;

/// Enough rows, of many lengths and in no order, that SQLite moves them between pages and leaves copies behind.
const FILL: &str = "
    CREATE TEMP TABLE numbers AS WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000)
        SELECT n, unhex(printf('%08x%024x', n * 2654435761 % 4294967296, n)) AS id FROM numbers;
    INSERT INTO users (id, username, username_key, email_key, role, status, locale, theme, email_notifications,
        created_at, updated_at, version)
    SELECT id, 'user-' || n, 'user-' || n, 'user-' || n || '-$marker@example.com', 'user', 'active', 'en', 'dark', 1,
        n, n, 1 FROM numbers WHERE n <= 600;
    INSERT INTO personal_data (user_id, email, bio)
    SELECT id, 'user-' || n || '-$marker@example.com', '$marker ' || hex(zeroblob(n * 7919 % 200))
    FROM numbers WHERE n <= 600;
    INSERT INTO sessions (id, user_id, channel, device_name, address, scopes, created_at, last_used_at)
    SELECT id, id, 'api', 'Device $marker', '198.51.100.7', '', n, n FROM numbers WHERE n <= 600;
    INSERT INTO events (id, kind, actor, actor_id, at, address, detail)
    SELECT id, 'user_suspended', 'user', (SELECT o.id FROM numbers o WHERE o.n = 1 + numbers.n % 600), n,
        '198.51.100.' || (n % 250), '{\"reason\":\"$marker ' || hex(zeroblob(n * 7919 % 100)) || '\"}'
    FROM numbers;";

#[tokio::test]
async fn no_copy_of_what_was_in_clear_stays_in_any_file() {
    let database = Database::create(Engine::Sqlite).await.unwrap();
    let mut raw = earlier_version(&database, LAST_IN_CLEAR).await;
    raw.run(&FILL.replace("$marker", MARKER)).await.unwrap();
    drop(raw);
    let store = database.store().await.unwrap();
    while store.seal_some(300).await.unwrap() > 0 {}
    no_file_has_a_marker(&database);
    database.remove().await.unwrap();
}

#[tokio::test]
async fn whoever_was_stopped_before_the_file_was_written_anew_does_so_at_the_next_start() {
    let database = Database::create(Engine::Sqlite).await.unwrap();
    let mut raw = earlier_version(&database, LAST_IN_CLEAR).await;
    raw.run(&FILL.replace("$marker", MARKER)).await.unwrap();
    drop(raw);
    let store = database.store().await.unwrap();
    while store.unsealed().await.unwrap().total() > 0 {
        store.seal_some(1000).await.unwrap();
    }
    store.close().await;
    let store = database.store().await.unwrap();
    assert_eq!(store.seal_some(1000).await.unwrap(), 0);
    no_file_has_a_marker(&database);
    database.remove().await.unwrap();
}
