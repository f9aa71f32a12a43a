use super::*;
use crate::audit::{ActorRef, EventKind};
use proptest::prelude::*;

/// No keyed digest, but as sensitive to every byte: enough for the rules of the chain.
fn mac(text: &[u8]) -> Link {
    let mut link = [0x5a_u8; 32];
    for (place, byte) in text.iter().enumerate() {
        let spot = place % 32;
        link[spot] = link[spot].wrapping_mul(31).wrapping_add(*byte) ^ link[(spot + 7) % 32].rotate_left(3);
    }
    Link::new(link)
}

const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn record(number: u8) -> Record {
    Record {
        id: EventId::new(START, &[number; 10]),
        kind: EventKind::ALL[usize::from(number) % EventKind::ALL.len()].name().to_owned(),
        actor: ActorRef::Visitor.name().to_owned(),
        actor_id: None,
        subject: number.is_multiple_of(2).then(|| UserId::new(START, &[number; 10])),
        at: START,
        request_id: None,
        detail: "{}".to_owned(),
        address: Some(SealedPart { digest: [number; 32], commitment: [number; 32] }),
        private: None,
    }
}

fn chain(length: u8) -> Vec<Entry> {
    let mut previous = Link::NONE;
    (1..=length)
        .map(|number| {
            let (sequence, record) = (Sequence::new(number.into()), record(number));
            let link = mac(&record.canonical(sequence, &previous));
            let entry = Entry { sequence, previous: Some(previous), link, record, is_contradicted: false };
            previous = link;
            entry
        })
        .collect()
}

fn head(entry: &Entry) -> Head {
    Head { sequence: entry.sequence, link: entry.link, at: START }
}

fn walk(mut check: Check, entries: &[Entry]) -> Result<Verdict, Flaw> {
    for entry in entries {
        check.step(entry, mac)?;
    }
    check.finish()
}

fn flaw(number: i64, trouble: Trouble) -> Result<Verdict, Flaw> {
    Err(Flaw { sequence: Sequence::new(number), trouble })
}

/// Without saying themselves what they follow from, as a database has them.
fn stored(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().map(|entry| Entry { previous: None, ..entry.clone() }).collect()
}

#[test]
fn a_chain_that_nobody_touched_holds_to_its_end() {
    let whole = chain(20);
    for entries in [whole.clone(), stored(&whole)] {
        let verdict = walk(Check::begin(None, &[head(&whole[4]), head(&whole[19])]), &entries).unwrap();
        assert_eq!((verdict.checked, verdict.last, verdict.link), (20, Sequence::new(20), whole[19].link));
    }
    assert_eq!(walk(Check::begin(None, &[]), &[]).unwrap().checked, 0);
}

type Change = fn(&mut Record);
/// Every part of a record, changed.
const CHANGES: [(&str, Change); 10] = [
    ("id", |record| record.id = EventId::new(START, &[99; 10])),
    ("kind", |record| record.kind.push('x')),
    ("actor", |record| record.actor.push('x')),
    ("actor_id", |record| record.actor_id = Some(UserId::new(START, &[9; 10]))),
    ("subject", |record| record.subject = None),
    ("at", |record| record.at = Timestamp::from_micros(1)),
    ("request_id", |record| record.request_id = Some(RequestId::new(START, &[9; 10]))),
    ("detail", |record| record.detail.push(' ')),
    ("address", |record| record.address = None),
    ("private", |record| record.private = record.address),
];

#[test]
fn every_change_of_an_event_is_found_at_its_number() {
    for (name, change) in CHANGES {
        let mut entries = chain(20);
        change(&mut entries[7].record);
        assert_eq!(walk(Check::begin(None, &[]), &entries), flaw(8, Trouble::Altered), "{name}");
        assert_eq!(walk(Check::begin(None, &[]), &stored(&entries)), flaw(8, Trouble::Altered), "{name}");
    }
    let mut entries = chain(20);
    entries[7].is_contradicted = true;
    assert_eq!(walk(Check::begin(None, &[]), &entries), flaw(8, Trouble::Altered));
}

#[test]
fn a_mark_is_over_every_part_of_a_record_and_is_no_link_of_any_place() {
    let marked = record(2);
    for (name, change) in CHANGES {
        let mut other = marked.clone();
        change(&mut other);
        assert_ne!(other.mark(), marked.mark(), "{name}");
    }
    for (number, previous) in [(1, Link::NONE), (1, Link::new([1; 32])), (0, Link::new([1; 32]))] {
        assert_ne!(marked.canonical(Sequence::new(number), &previous), marked.mark(), "{number}");
    }
    assert_eq!(marked.clone().mark(), marked.mark());
}

#[test]
fn what_was_removed_swapped_inserted_or_renumbered_is_found() {
    let whole = chain(20);
    let check = |entries: &[Entry]| walk(Check::begin(None, &[]), entries);

    let mut removed = whole.clone();
    removed.remove(7);
    assert_eq!(check(&removed), flaw(8, Trouble::Missing));

    let mut renumbered = stored(&removed);
    for (entry, number) in renumbered.iter_mut().zip(1..) {
        entry.sequence = Sequence::new(number);
    }
    assert_eq!(check(&renumbered), flaw(8, Trouble::Altered));

    let mut swapped = stored(&whole);
    let record = swapped[7].record.clone();
    swapped[7].record = std::mem::replace(&mut swapped[11].record, record);
    assert_eq!(check(&swapped), flaw(8, Trouble::Altered));

    let mut exchanged = whole.clone();
    exchanged.swap(7, 8);
    assert_eq!(check(&exchanged), flaw(8, Trouble::Missing));

    let mut twice = whole.clone();
    twice.insert(8, whole[7].clone());
    assert_eq!(check(&twice), flaw(8, Trouble::OutOfPlace));
}

#[test]
fn a_tail_that_was_cut_off_and_a_chain_that_was_made_anew_are_found_by_a_head() {
    let whole = chain(20);
    let heads = [head(&whole[9]), head(&whole[19])];
    assert!(walk(Check::begin(None, &[]), &whole[..15]).is_ok());
    assert_eq!(walk(Check::begin(None, &heads), &whole[..15]), flaw(16, Trouble::Missing));
    let foreign = Head { link: Link::new([1; 32]), ..heads[0] };
    assert_eq!(walk(Check::begin(None, &[foreign]), &whole), flaw(10, Trouble::Rewritten));
}

#[test]
fn what_follows_an_anchor_holds_and_nothing_else_does() {
    let whole = chain(20);
    let anchor = head(&whole[9]);
    // Heads from before it tell of what is gone, and are no reproach.
    let check = || Check::begin(Some(&anchor), &[head(&whole[3]), head(&whole[19])]);
    assert_eq!(walk(check(), &stored(&whole[10..])).unwrap().last, Sequence::new(20));
    assert_eq!(walk(check(), &stored(&whole[11..])), flaw(11, Trouble::Missing));
    assert_eq!(walk(Check::begin(None, &[]), &stored(&whole[10..])), flaw(1, Trouble::Missing));
}

#[test]
fn a_selection_shows_changes_and_no_gaps() {
    let whole = chain(20);
    let mut some: Vec<Entry> = [2, 3, 9, 17].into_iter().map(|place| whole[place].clone()).collect();
    assert_eq!(walk(Check::begin_selection(&[head(&whole[19])]), &some).unwrap().checked, 4);
    some[2].record.detail.push('x');
    assert_eq!(walk(Check::begin_selection(&[]), &some), flaw(10, Trouble::Altered));
    let mut unlinked = whole[2..4].to_vec();
    unlinked[1].previous = Some(Link::new([3; 32]));
    assert_eq!(walk(Check::begin_selection(&[]), &unlinked), flaw(4, Trouble::Altered));
}

proptest! {
    /// However a text is divided among two members, no two divisions have the same form.
    #[test]
    fn no_two_records_have_the_same_form(one in ".{0,8}", two in ".{0,8}", split in 0usize..8) {
        let joined = format!("{one}{two}");
        let at = joined.char_indices().nth(split).map_or(joined.len(), |(at, _)| at);
        let (three, four) = joined.split_at(at);
        let form = |kind: &str, actor: &str| {
            Record { kind: kind.to_owned(), actor: actor.to_owned(), ..record(1) }
                .canonical(Sequence::new(1), &Link::NONE)
        };
        prop_assert_eq!(form(&one, &two) == form(three, four), one == three && two == four);
    }
}
