//! A database of an earlier version, with rows in it, goes on with this one.

use crate::health::{answered, ready};
use crate::people::{NOW, digest, session_id, user_id};
use crate::{Database, Engine, Raw, on_both_engines};
use application::store::{
    SessionDirectory, SigningKeyDirectory, StatisticsDirectory, UserDirectory, VaultKeeper,
};
use domain::access::{Role, Scopes};
use domain::keys::Algorithm;
use domain::sessions::{Generation, Method, TokenDigest};
use domain::users::{Status, UserQuery};
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use std::path::Path;

on_both_engines! {
    a_database_of_the_first_version_goes_on_with_everything_in_it,
}

/// How many migrations the first version had.
const FIRST_VERSION: usize = 7;

/// Makes the tables of an earlier version, which had that many migrations, as it made them.
pub(crate) async fn earlier_version(database: &Database, migrations: usize) -> Raw {
    drop(database.open(&database.settings()).await.unwrap());
    let engine = if database.engine() == Engine::Sqlite { "sqlite" } else { "postgres" };
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../adapters/persistence/migrations").join(engine);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let migrations = (1..).zip(&files[..migrations]).map(|(version, file)| {
        let room = file.file_stem().unwrap().to_str().unwrap()[5..].to_owned();
        let sql = sqlx::AssertSqlSafe(std::fs::read_to_string(file).unwrap()).into_sql_str();
        Migration::new(version, room.into(), MigrationType::Simple, sql, false)
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    let mut raw = database.raw().await.unwrap();
    match &mut raw {
        Raw::Sqlite(connection) => migrator.run_direct(None, connection, false).await.unwrap(),
        Raw::Postgres(connection) => migrator.run_direct(None, connection, false).await.unwrap(),
    }
    raw
}

/// Ann, an administrator with a session, and Bob, who is suspended; a key; an event.
async fn fill(raw: &mut Raw) {
    let (ann, bob, session) =
        (raw.id(user_id(1).as_uuid()), raw.id(user_id(2).as_uuid()), raw.id(session_id(1).as_uuid()));
    let (digest, now) = (raw.bytes(&[1; 32]), NOW.as_micros());
    let yes = raw.truth(true);
    let user = |id: &str, name: &str, role: &str, status: &str| {
        format!(
            "INSERT INTO users (id, username, username_key, email_key, role, status, locale, theme,
                email_notifications, created_at, updated_at, version)
            VALUES ({id}, '{name}', '{name}', '{name}@example.com', '{role}', '{status}', 'en', 'dark', {yes},
                {now}, {now}, 1);
            INSERT INTO personal_data (user_id, email) VALUES ({id}, '{name}@example.com');"
        )
    };
    let sql = [
        user(&ann, "ann", "admin", "active"),
        user(&bob, "bob", "user", "suspended"),
        format!("INSERT INTO passwords (user_id, hash, changed_at) VALUES ({ann}, 'old', {now});"),
        format!(
            "INSERT INTO sessions (id, user_id, channel, scopes, created_at, last_used_at)
            VALUES ({session}, {ann}, 'api', '', {now}, {now});"
        ),
        format!(
            "INSERT INTO refresh_tokens (session_id, generation, digest, issued_at)
            VALUES ({session}, 4, {digest}, {now});"
        ),
        format!(
            "INSERT INTO signing_keys (kid, algorithm, public_key, sealed_private_key, state, created_at)
            VALUES ('kid', 'EdDSA', {digest}, {digest}, 'current', {now});"
        ),
    ];
    raw.run(&sql.concat()).await.unwrap();
}

async fn a_database_of_the_first_version_goes_on_with_everything_in_it(database: &Database) {
    let mut raw = earlier_version(database, FIRST_VERSION).await;
    fill(&mut raw).await;
    let store = database.store().await.unwrap();
    while store.seal_some(1).await.unwrap() > 0 {}
    answered(|| ready(&store)).await;
    let ann = store.account_of(user_id(1)).await.unwrap().unwrap();
    assert_eq!((ann.user.role, ann.user.role_end, ann.user.suspension), (Role::Admin, None, None));
    assert!(ann.password_hash.is_some());
    let bob = store.profile(user_id(2)).await.unwrap().unwrap().user.suspension.unwrap();
    assert_eq!((bob.since, bob.until), (NOW, None));
    assert_eq!(store.page(&UserQuery::default(), 50).await.unwrap().len(), 2);
    let live = SessionDirectory::find(&store, session_id(1)).await.unwrap().unwrap();
    assert_eq!(live.session.method, Method::Password);
    let family = store.family(session_id(1)).await.unwrap().unwrap();
    assert_eq!((family.generation, family.digest), (Generation::from_number(4), digest(1)));
    assert_eq!((family.predecessor, family.client), (None, TokenDigest::new([0; 32])));
    assert_eq!(family.scopes, Scopes::NONE);
    let keys = SigningKeyDirectory::all(&store).await.unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(
        (keys[0].kid.as_str(), keys[0].algorithm, keys[0].active_from),
        ("kid", Algorithm::EdDsa, NOW)
    );
    let mut counts = StatisticsDirectory::users(&store).await.unwrap();
    counts.sort_by_key(|count| count.role);
    let counts: Vec<_> = counts.into_iter().map(|count| (count.role, count.status, count.count)).collect();
    assert_eq!(counts, [(Role::User, Status::Suspended, 1), (Role::Admin, Status::Active, 1)]);
}
