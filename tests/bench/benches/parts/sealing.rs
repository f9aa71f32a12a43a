use super::{Failure, house};
use application::sealing::{Place, Seal, Sealing as _};
use criterion::Criterion;
use domain::ids::UserId;
use std::hint::black_box;
use std::sync::Arc;
use uuid::Uuid;

const OWNER: UserId = UserId::from_uuid(Uuid::from_u128(7));
const CELL: &str = "ada.lovelace@people.example";

/// The cells of a person, with as much in them as people tell.
const PERSON: [(&str, &str); 5] = [
    ("email", CELL),
    ("full_name", "Ada Lovelace"),
    ("bio", "Keeps bees, reads about tide tables, and answers mail on Thursdays."),
    ("location", "Concarneau"),
    ("website", "https://people.example/ada"),
];

/// Sealing at rest: what a profile pays for being open to nobody else (one key and five cells), and what a list of a
/// hundred pays a hundred times.
pub(crate) fn measure(criterion: &mut Criterion) -> Result<(), Failure> {
    let keyring = house::keyring()?;
    let (wrapped, key) = keyring.new_data_key(OWNER);
    let mut group = criterion.benchmark_group("sealing");
    group.bench_function("draw and wrap a data key", |bencher| {
        bencher.iter(|| keyring.new_data_key(black_box(OWNER)));
    });
    keyring.data_key(OWNER, &wrapped)?;
    group.bench_function("open a data key", |bencher| {
        bencher.iter(|| keyring.data_key(OWNER, black_box(&wrapped)));
    });
    let sealed = sealed(&key);
    opened(&key, &sealed[..1])?;
    group.bench_function("seal a cell", |bencher| {
        bencher.iter(|| key.seal(&place("email"), black_box(CELL.as_bytes())));
    });
    group.bench_function("open a cell", |bencher| bencher.iter(|| opened(&key, black_box(&sealed[..1]))));
    opened(&key, &sealed)?;
    group.bench_function("seal a person", |bencher| bencher.iter(|| self::sealed(black_box(&key))));
    group.bench_function("open a person", |bencher| bencher.iter(|| opened(&key, black_box(&sealed))));
    group.finish();
    Ok(())
}

const fn place(field: &'static str) -> Place {
    Place { purpose: "vault", owner: Some(OWNER), record: [9; 16], field }
}

fn sealed(key: &Arc<dyn Seal>) -> [Vec<u8>; 5] {
    PERSON.map(|(field, text)| key.seal(&place(field), text.as_bytes()))
}

fn opened(key: &Arc<dyn Seal>, sealed: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, &'static str> {
    let cells = PERSON.iter().zip(sealed);
    let texts = cells.map(|((field, _), sealed)| key.open(&place(field), sealed));
    texts.collect::<Option<_>>().ok_or("a cell does not open")
}
