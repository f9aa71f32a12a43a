//! The form in which a profile is edited, by its owner or by an administrator.

use crate::fields::Fields;
use crate::form::{Options, Sheet};
use crate::words::Words;
use domain::users::{Change, Locale, ProfileDraft, ProfilePatch, Theme};
use domain::violation::{FieldViolation, Violation};

/// What the form keeps when it comes back: the fields, and the boxes by which an administrator clears some of them.
pub(crate) const SHEET: Sheet = Sheet {
    kept: &[
        "username",
        "email",
        "full_name",
        "bio",
        "location",
        "website",
        "avatar_url",
        "locale",
        "theme",
        MAIL,
        "clear_full_name",
        "clear_bio",
        "clear_location",
        "clear_website",
        "clear_avatar_url",
    ],
    password: "",
};

/// What the answers to a question of yes or no are called.
pub(crate) const YES: &str = "yes";
pub(crate) const NO: &str = "no";
const MAIL: &str = "email_notifications";

/// The languages to choose from.
pub(crate) fn locales(words: Words) -> Options {
    let named = |locale: Locale| (locale.name(), words.say(&format!("language-{}", locale.name())));
    Locale::ALL.map(named).into()
}

/// The themes to choose from.
pub(crate) fn themes(words: Words) -> Options {
    let named = |theme: Theme| (theme.name(), words.say(&format!("theme-{}", theme.name())));
    Theme::ALL.map(named).into()
}

/// Reads the form, and names everything that is wrong with it at once. `field` says what becomes of a field of that name,
/// `unanswered` of the mail where that question has no answer.
pub(crate) fn read<'a>(
    sent: &'a Fields,
    field: impl Fn(&'static str) -> Change<&'a str>,
    unanswered: Change<bool>,
) -> Result<ProfilePatch, Vec<FieldViolation>> {
    let mail = match sent.get(MAIL) {
        None | Some("") => Some(unanswered),
        Some(YES) => Some(Change::Set(true)),
        Some(NO) => Some(Change::Set(false)),
        Some(_) => None,
    };
    let is_answer = mail.is_some();
    let patch = ProfilePatch::parse(ProfileDraft {
        username: field("username"),
        email: field("email"),
        full_name: field("full_name"),
        bio: field("bio"),
        location: field("location"),
        website: field("website"),
        avatar_url: field("avatar_url"),
        locale: field("locale"),
        theme: field("theme"),
        email_notifications: mail.unwrap_or_default(),
    });
    if is_answer {
        return patch;
    }
    let mut wrong = patch.err().unwrap_or_default();
    wrong.push(FieldViolation { field: MAIL, violation: Violation::UnknownValue { allowed: "" } });
    Err(wrong)
}
