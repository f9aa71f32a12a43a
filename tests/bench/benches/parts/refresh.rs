use super::house::{ADDRESS, House, runtime};
use super::{Failure, sure};
use application::actor::{Actor, Identity, Origin};
use criterion::{Criterion, Throughput};
use futures_util::future::join_all;

const CLIENTS: usize = 16;

/// A rotation without the HTTP around it: read, decide, sign, write, audit, commit and flush. One by one it says what the
/// unit of work costs, of which the signature is a small part; sixteen at once it says what they save where they wait for
/// one commit together.
pub(crate) fn measure(criterion: &mut Criterion) -> Result<(), Failure> {
    let runtime = runtime()?;
    let house = runtime.block_on(House::with(CLIENTS))?;
    let actor =
        Actor { identity: Identity::Visitor, origin: Origin { address: Some(ADDRESS), ..Origin::default() } };
    let mut tokens: Vec<String> = house.people.iter().map(|(_, token)| token.clone()).collect();
    let rotate = async |token: &mut String| {
        let grant = sure(house.sessions.refresh(&actor, token, None).await);
        grant.refresh_token.expose().clone_into(token);
    };
    let mut group = criterion.benchmark_group("refresh");
    group.throughput(Throughput::Elements(1));
    group.bench_function("one by one", |bencher| {
        bencher.iter(|| runtime.block_on(rotate(&mut tokens[0])));
    });
    group.throughput(Throughput::Elements(CLIENTS as u64));
    group.bench_function("sixteen at once", |bencher| {
        bencher.iter(|| runtime.block_on(join_all(tokens.iter_mut().map(rotate))));
    });
    group.finish();
    runtime.block_on(house.store.close());
    Ok(())
}
