use super::{Anchor, Head, Link, Record, Sequence};
use std::cmp::Reverse;
use std::fmt;

/// An event and its place in the chain, as they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The place that it claims.
    pub sequence: Sequence,
    /// The link that it claims to follow from, where it says so itself.
    pub previous: Option<Link>,
    /// The link that it carries.
    pub link: Link,
    /// The event.
    pub record: Record,
    /// Whether what could be opened of it is not what was sealed.
    pub is_contradicted: bool,
}

/// What is wrong at a place of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing stands there, although something must.
    Missing,
    /// What stands there was changed, moved or made by somebody without the key.
    Altered,
    /// What stands there comes a second time, or too late.
    OutOfPlace,
    /// A signed head says that something else stood there.
    Rewritten,
}

impl Trouble {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::OutOfPlace => "out-of-place",
            Self::Rewritten => "rewritten",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the event is missing",
            Self::Altered => "the event was altered, or made without the key",
            Self::OutOfPlace => "the event stands out of its place",
            Self::Rewritten => "the event is not the one of which a signed head tells",
        })
    }
}

/// The first place at which the chain does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The place.
    pub sequence: Sequence,
    /// What is wrong there.
    pub trouble: Trouble,
}

/// What a whole look at the chain showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many events were looked at.
    pub checked: u64,
    /// The last one; it and all before it hold.
    pub last: Sequence,
    /// Its link.
    pub link: Link,
}

/// A walk along the chain, event by event.
#[derive(Debug)]
pub struct Check {
    last: Sequence,
    link: Link,
    checked: u64,
    is_whole: bool,
    /// Those that are still ahead, the nearest last.
    heads: Vec<Head>,
}

impl Check {
    /// Begins at the first event, or at the one after the anchor. Heads whose signature was verified are held against it.
    #[must_use]
    pub fn begin(anchor: Option<&Anchor>, heads: &[Head]) -> Self {
        let (last, link) =
            anchor.map_or((Sequence::NONE, Link::NONE), |anchor| (anchor.sequence, anchor.link));
        let mut heads: Vec<Head> = heads.iter().copied().filter(|head| head.sequence > last).collect();
        heads.sort_by_key(|head| Reverse(head.sequence));
        Self { last, link, checked: 0, is_whole: true, heads }
    }

    /// Begins at whatever comes first: a selection of the trail, which shows no gaps but otherwise the same.
    #[must_use]
    pub fn begin_selection(heads: &[Head]) -> Self {
        Self { is_whole: false, ..Self::begin(None, heads) }
    }

    /// Goes one event further; `mac` is the keyed digest that links are made by.
    pub fn step(&mut self, entry: &Entry, mac: impl FnOnce(&[u8]) -> Link) -> Result<(), Flaw> {
        let expected = self.last.next();
        if entry.sequence < expected {
            return Err(Flaw { sequence: entry.sequence, trouble: Trouble::OutOfPlace });
        }
        if entry.sequence > expected && self.is_whole {
            return Err(Flaw { sequence: expected, trouble: Trouble::Missing });
        }
        let is_next = entry.sequence == expected && (self.is_whole || self.checked > 0);
        let follows = if is_next { self.link } else { entry.previous.unwrap_or(Link::NONE) };
        let is_claimed = entry.previous.is_none_or(|claimed| claimed == follows);
        let link = mac(&entry.record.canonical(entry.sequence, &follows));
        if !is_claimed || link != entry.link || entry.is_contradicted {
            return Err(Flaw { sequence: entry.sequence, trouble: Trouble::Altered });
        }
        while let Some(head) = self.heads.pop_if(|head| head.sequence <= entry.sequence) {
            if head.sequence == entry.sequence && head.link != link {
                return Err(Flaw { sequence: entry.sequence, trouble: Trouble::Rewritten });
            }
        }
        self.last = entry.sequence;
        self.link = link;
        self.checked += 1;
        Ok(())
    }

    /// Ends the walk: whatever a head tells of beyond the last event was cut off.
    pub fn finish(self) -> Result<Verdict, Flaw> {
        if self.is_whole && !self.heads.is_empty() {
            return Err(Flaw { sequence: self.last.next(), trouble: Trouble::Missing });
        }
        Ok(Verdict { checked: self.checked, last: self.last, link: self.link })
    }
}
