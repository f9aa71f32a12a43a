//! What happened, as people read it.

pub(crate) mod activity;
pub(crate) mod facts;

use crate::words::Words;
use domain::audit::EventKind;

/// The kinds of events that can be chosen in a form: everything first, then those that are wanted, as the reader's
/// language sorts them.
pub(crate) fn kinds(words: Words, wanted: impl Fn(EventKind) -> bool) -> Vec<(&'static str, String)> {
    let wanted = EventKind::ALL.iter().copied().filter(|kind| wanted(*kind));
    let mut kinds: Vec<_> = wanted.map(|kind| (kind.name(), words.event(kind))).collect();
    kinds.sort_by_cached_key(|(_, text)| text.to_lowercase());
    kinds.insert(0, ("", words.say("activity-everything")));
    kinds
}
