//! What happened, as people read it.

pub(crate) mod activity;
pub(crate) mod facts;

use crate::fields::Fields;
use crate::trouble::Trouble;
use crate::words::Words;
use domain::audit::EventKind;

/// The one kind of events that a query asks for, if it does. One that can't be chosen was not written by our forms.
pub(crate) fn kind(query: &Fields, wanted: impl Fn(EventKind) -> bool) -> Result<Option<EventKind>, Trouble> {
    let named = query.get("kind").filter(|name| !name.is_empty());
    let known = |name| EventKind::from_name(name).filter(|kind| wanted(*kind)).ok_or(Trouble::Malformed);
    named.map(known).transpose()
}

/// The kinds of events that can be chosen in a form: everything first, then those that are wanted, as the reader's
/// language sorts them.
pub(crate) fn kinds(words: Words, wanted: impl Fn(EventKind) -> bool) -> Vec<(&'static str, String)> {
    let wanted = EventKind::ALL.iter().copied().filter(|kind| wanted(*kind));
    let mut kinds: Vec<_> = wanted.map(|kind| (kind.name(), words.event(kind))).collect();
    kinds.sort_by_cached_key(|(_, text)| text.to_lowercase());
    kinds.insert(0, ("", words.say("activity-everything")));
    kinds
}
