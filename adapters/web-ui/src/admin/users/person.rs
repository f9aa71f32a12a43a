use crate::users::shown::Shown;
use crate::words::{Moment, Words};
use application::users::UserRecord;
use domain::users::AvatarUrl;
use domain::vault::Field;

/// An account and the person behind it, as a page shows them: masked, or as they are.
pub(super) struct Person {
    pub(super) email: Option<Shown>,
    pub(super) full_name: Option<Shown>,
    pub(super) bio: Option<Shown>,
    pub(super) location: Option<Shown>,
    pub(super) website: Option<Shown>,
    pub(super) masked: bool,
    pub(super) avatar_url: Option<String>,
    pub(super) locale: String,
    pub(super) theme: String,
    pub(super) id: String,
    pub(super) created: Moment,
    pub(super) updated: Moment,
    pub(super) last_login: Option<Moment>,
    /// When the role ends that was given for a time, and which one follows.
    pub(super) role_end: Option<String>,
    pub(super) suspension: Option<Closed>,
}

/// Why and for how long an account may not be used.
pub(super) struct Closed {
    pub(super) reason: String,
    pub(super) since: Moment,
    pub(super) until: Option<Moment>,
}

impl Person {
    pub(super) fn of(words: Words, record: &UserRecord) -> Self {
        let UserRecord { user, person } = record.clone();
        let preferences = user.preferences;
        let shown = |field| Shown::of(words, &person, field);
        let role_end = user.role_end.map(|end| {
            let then = words.say(&format!("role-{}", end.then.name()));
            words.tell("user-role-end", &[("moment", &words.moment(end.at).text), ("role", &then)])
        });
        let suspension = user.suspension.map(|closed| Closed {
            reason: closed.reason.as_str().to_owned(),
            since: words.moment(closed.since),
            until: closed.until.map(|until| words.moment(until)),
        });
        Self {
            email: shown(Field::Email),
            full_name: shown(Field::FullName),
            bio: shown(Field::Bio),
            location: shown(Field::Location),
            website: shown(Field::Website),
            masked: person.masked,
            avatar_url: preferences.avatar_url.as_ref().map(AvatarUrl::as_str).map(str::to_owned),
            locale: words.say(&format!("language-{}", preferences.locale.name())),
            theme: words.say(&format!("theme-{}", preferences.theme.name())),
            id: user.id.to_string(),
            created: words.moment(user.created_at),
            updated: words.moment(user.updated_at),
            last_login: user.last_login_at.map(|at| words.moment(at)),
            role_end,
            suspension,
        }
    }
}
