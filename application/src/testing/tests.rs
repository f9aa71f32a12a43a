mod agreeable;
mod trail;

use super::{CountedEntropy, FixedClock, Journal, StagedWork, Tally, samples, staged_store};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::store::{Store, StoreError, UnitOfWork};
use std::time::Duration;

#[tokio::test]
async fn a_unit_of_work_that_is_dropped_was_not_committed() {
    let journal = Journal::default();
    let works = [StagedWork::new(&journal), StagedWork::new(&journal)];
    let [dropped, kept] = [works[0].committed(), works[1].committed()];
    let store = staged_store(works);
    drop(store.begin().await.unwrap());
    store.begin().await.unwrap().commit().await.unwrap();
    assert!(!dropped.happened() && kept.happened());
    assert_eq!(journal.steps(), ["begin", "begin", "commit"]);
}

#[tokio::test]
async fn a_unit_of_work_whose_commit_is_refused_was_not_committed() {
    let mut work = StagedWork::default();
    work.refuse_commit(StoreError::Conflict);
    let committed = work.committed();
    assert!(matches!(Box::new(work).commit().await, Err(StoreError::Conflict)));
    assert!(!committed.happened());
}

#[test]
fn clones_of_a_clock_show_the_same_time() {
    let clock = FixedClock::at(samples::NOW);
    let shown = clock.clone();
    clock.advance(Duration::from_secs(3));
    assert_eq!(shown.now(), samples::NOW.plus(Duration::from_secs(3)));
    shown.set(samples::NOW);
    assert_eq!(clock.now(), samples::NOW);
}

#[test]
fn every_draw_differs_and_every_run_is_the_same() {
    let (one, other) = (CountedEntropy::default(), CountedEntropy::default());
    let drawn = [one.randomness(), one.randomness()];
    assert_ne!(drawn[0], drawn[1]);
    assert_eq!(drawn, [other.randomness(), other.randomness()]);
}

#[test]
fn a_fingerprint_is_that_of_one_text_only() {
    let text = [7_u8; 100];
    let mut prints: Vec<[u8; 32]> = (0..text.len())
        .map(|place| {
            let mut other = text;
            other[place] ^= 1;
            samples::fingerprint(&other)
        })
        .chain((0..=text.len()).map(|length| samples::fingerprint(&text[..length])))
        .collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), 201);
}

#[test]
fn every_sample_is_sound() {
    assert!(samples::sign_up("annlee", "annlee@example.com").is_some());
    assert!(samples::log_in("annlee").is_some());
    let policy = samples::policy().unwrap();
    for text in [samples::PASSWORD, samples::OTHER_PASSWORD] {
        assert!(policy.accept(samples::password(text).unwrap(), None, None).is_ok());
    }
}

#[test]
fn a_tally_keeps_what_is_counted_and_measured_while_it_is_taken() {
    let tally = Tally::default();
    metrics::counter!("lost").increment(1);
    {
        let _taken = tally.take();
        metrics::describe_gauge!("level", "how high it stands");
        metrics::counter!("came", "by" => "foot", "from" => "afar").increment(2);
        metrics::counter!("came", "by" => "boat").increment(1);
        metrics::counter!("came", "by" => "boat").absolute(1);
        metrics::gauge!("level").set(9.5);
        metrics::gauge!("level").increment(1.0);
        metrics::gauge!("level").decrement(3.0);
        metrics::histogram!("took").record(0.25);
        metrics::histogram!("took").record(7.0);
    }
    metrics::counter!("lost").increment(1);
    assert_eq!(tally.names(), ["came", "level", "took"]);
    assert_eq!(tally.of("came"), [("by=boat".to_owned(), 1.0), ("by=foot from=afar".to_owned(), 2.0)]);
    assert_eq!(tally.of("level"), [(String::new(), 7.5)]);
    assert_eq!(tally.of("took"), [(String::new(), 2.0)], "how many values came");
    assert_eq!(tally.described(), ["level"]);
}
