//! Accounts as they are shown.

use crate::wire::{
    Locale, NoticeKind, OrNull, PersonalField, Role, Status, Theme, moment, spelled, spelled_if_any,
    spelled_or_null,
};
use application::users::{IssuedPasswordLink, UserRecord};
use domain::notices::Notice;
use domain::users::{AvatarUrl, Profile, Suspension};
use domain::vault::Portrait;
use poem_openapi::Object;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// An account, and as much of the person behind it as whoever asks may see.
#[derive(Debug, Object, Serialize)]
pub struct UserView {
    /// Its identifier, for ever.
    #[serde(serialize_with = "spelled")]
    id: Uuid,
    /// What it is called in public.
    username: String,
    /// Where mail goes.
    email: String,
    /// What the person is called.
    full_name: OrNull<String>,
    /// What they say of themselves.
    bio: OrNull<String>,
    /// Where they are.
    location: OrNull<String>,
    /// Their page elsewhere.
    website: OrNull<String>,
    /// Their picture.
    avatar_url: OrNull<String>,
    /// The language of their pages.
    locale: Locale,
    /// How their pages look.
    theme: Theme,
    /// Whether they want mail that is not about the safety of their account.
    email_notifications: bool,
    /// What they are to this installation.
    role: Role,
    /// When that role ends by itself, if it was given for a time.
    #[oai(skip_serializing_if_is_none)]
    #[serde(serialize_with = "spelled_if_any", skip_serializing_if = "Option::is_none")]
    role_expires_at: Option<OffsetDateTime>,
    /// Whether the account may be used.
    status: Status,
    /// Why it may not.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    suspension: Option<SuspensionView>,
    /// True where the personal data is masked; absent where it is open.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    masked: Option<bool>,
    /// Which members can't be read at the moment, so that what stands there is not what is stored; absent where all can.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<Vec<PersonalField>>,
    /// When it was made.
    #[serde(serialize_with = "spelled")]
    created_at: OffsetDateTime,
    /// When something of it was last changed by a person.
    #[serde(serialize_with = "spelled")]
    updated_at: OffsetDateTime,
    /// When somebody last logged in to it.
    #[serde(serialize_with = "spelled_or_null")]
    last_login_at: OrNull<OffsetDateTime>,
}

/// Why and for how long an account may not be used.
#[derive(Debug, Object, Serialize)]
pub struct SuspensionView {
    /// Why, in an administrator's words.
    reason: String,
    /// Since when.
    #[serde(serialize_with = "spelled")]
    since: OffsetDateTime,
    /// Until when; `null`: until somebody reinstates the account.
    #[serde(serialize_with = "spelled_or_null")]
    until: OrNull<OffsetDateTime>,
}

impl From<Suspension> for SuspensionView {
    fn from(suspension: Suspension) -> Self {
        Self {
            reason: suspension.reason.as_str().to_owned(),
            since: moment(suspension.since),
            until: OrNull(suspension.until.map(moment)),
        }
    }
}

impl From<UserRecord> for UserView {
    fn from(record: UserRecord) -> Self {
        let UserRecord { user, person } = record;
        let Portrait { email, full_name, bio, location, website, masked, unreadable } = person;
        let unreadable: Vec<_> = unreadable.into_iter().map(PersonalField::from).collect();
        let status = user.status().into();
        Self {
            id: user.id.as_uuid(),
            username: user.username.as_str().to_owned(),
            email,
            full_name: OrNull(full_name),
            bio: OrNull(bio),
            location: OrNull(location),
            website: OrNull(website),
            avatar_url: OrNull(
                user.preferences.avatar_url.as_ref().map(AvatarUrl::as_str).map(str::to_owned),
            ),
            locale: user.preferences.locale.into(),
            theme: user.preferences.theme.into(),
            email_notifications: user.preferences.email_notifications,
            role: user.role.into(),
            role_expires_at: user.role_end.map(|end| moment(end.at)),
            status,
            suspension: user.suspension.map(SuspensionView::from),
            masked: masked.then_some(true),
            unreadable: (!unreadable.is_empty()).then_some(unreadable),
            created_at: moment(user.created_at),
            updated_at: moment(user.updated_at),
            last_login_at: OrNull(user.last_login_at.map(moment)),
        }
    }
}

/// Whose profile it is sees all of it.
impl From<Profile> for UserView {
    fn from(profile: Profile) -> Self {
        UserRecord { person: profile.personal.open(), user: profile.user }.into()
    }
}

/// A new account, and what its owner needs to get in.
#[derive(Object)]
#[oai(rename = "NewUser")]
pub struct NewUserView {
    #[oai(flatten)]
    user: UserView,
    /// The link by which its owner sets their password, where it was made without one.
    #[oai(skip_serializing_if_is_none)]
    password_link: Option<PasswordLinkView>,
}

impl NewUserView {
    /// The account, with a link or without.
    pub fn new(user: impl Into<UserView>, password_link: Option<PasswordLinkView>) -> Self {
        Self { user: user.into(), password_link }
    }
}

/// A link by which somebody sets their password, once. Shown this once.
#[derive(Object)]
#[oai(rename = "PasswordLink")]
pub struct PasswordLinkView {
    /// Where it leads. Whoever has it, has the account: give it to its owner and to nobody else.
    url: String,
    /// When it stops working.
    expires_at: OffsetDateTime,
}

impl PasswordLinkView {
    /// The link, as it is reached from outside.
    pub fn new(link: &IssuedPasswordLink, public_url: &str) -> Self {
        let url = format!("{public_url}/set-password/{}", link.secret.expose());
        Self { url, expires_at: moment(link.expires_at) }
    }
}

/// Something that a person has to be told about their account.
#[derive(Debug, Object)]
#[oai(rename = "Notice")]
pub struct NoticeView {
    /// Its identifier.
    id: Uuid,
    /// What happened.
    kind: NoticeKind,
    /// When.
    at: OffsetDateTime,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        Self { id: notice.id.as_uuid(), kind: notice.kind.into(), at: moment(notice.at) }
    }
}

#[cfg(test)]
mod tests;
