use super::house::{House, runtime};
use super::{Failure, sure};
use application::store::SessionDirectory as _;
use criterion::Criterion;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// The text by which the store finds the family of a session.
const FIND: &str = "
    SELECT generation, digest, predecessor, client, scopes, issued_at FROM refresh_tokens WHERE session_id = $1";

/// As sqlx reads it by itself.
type Row = (i64, Vec<u8>, Option<Vec<u8>>, Vec<u8>, String, i64);

/// One row by its key: through the store, which lends a connection, bounds and measures the statement and parses what it
/// read into a domain value; by sqlx on a connection that is held, which is the floor; and by sqlx through a pool, which
/// is what most services pay. The store has to be nearer to the floor.
pub(crate) fn measure(criterion: &mut Criterion) -> Result<(), Failure> {
    let runtime = runtime()?;
    let house = runtime.block_on(House::with(1))?;
    let session = house.people[0].0;
    let id = session.as_uuid();
    let mut group = criterion.benchmark_group("a point read");
    group.bench_function("through the store", |bencher| {
        bencher
            .iter(|| sure(runtime.block_on(house.store.family(session)).map(|family| family.ok_or("gone"))));
    });
    let options =
        SqliteConnectOptions::new().filename(house.file()).read_only(true).disable_statement_logging();
    let mut held = runtime.block_on(options.connect())?;
    group.bench_function("by sqlx on a held connection", |bencher| {
        bencher.iter(|| {
            let row = sqlx::query_as::<_, Row>(FIND).bind(id).fetch_one(&mut held);
            sure(runtime.block_on(row))
        });
    });
    let pool = runtime.block_on(SqlitePoolOptions::new().max_connections(4).connect_with(options))?;
    group.bench_function("by sqlx through a pool", |bencher| {
        bencher.iter(|| sure(runtime.block_on(sqlx::query_as::<_, Row>(FIND).bind(id).fetch_one(&pool))));
    });
    group.finish();
    runtime.block_on(async {
        pool.close().await;
        house.store.close().await;
    });
    Ok(())
}
