use crate::words::Words;
use domain::vault::{Field, Portrait};

/// What a page shows of one thing that is known of a person.
pub(crate) struct Shown {
    pub(crate) text: String,
    /// Whether the text is what is known, and not that it can't be read.
    pub(crate) readable: bool,
}

impl Shown {
    /// What there is to show of `field`, if anything.
    pub(crate) fn of(words: Words, person: &Portrait, field: Field) -> Option<Self> {
        if person.unreadable.contains(&field) {
            return Some(Self { text: words.say("value-unreadable"), readable: false });
        }
        let known = match field {
            Field::Email => Some(&person.email),
            Field::FullName => person.full_name.as_ref(),
            Field::Bio => person.bio.as_ref(),
            Field::Location => person.location.as_ref(),
            Field::Website => person.website.as_ref(),
        };
        known.map(|text| Self { text: text.clone(), readable: true })
    }
}
