//! Accounts on the wire.

use crate::form::{Fields, Form, Kind, Member};
use crate::wire::{Locale, OrNull, Role, Status, Theme, moment};
use application::users::{PasswordChange, PasswordChangeDraft};
use domain::users::{
    AvatarUrl, Bio, EmailAddress, FullName, Location, Password, PasswordPolicy, Profile, ProfileDraft,
    ProfilePatch, SignUp, SignUpDraft, Username, Website,
};
use domain::violation::{FieldViolation, Violations};
use poem_openapi::Object;
use time::OffsetDateTime;
use uuid::Uuid;

const USERNAME: Kind = Kind::Text { minimum: Username::MINIMUM, maximum: Username::MAXIMUM };
const EMAIL: Kind = Kind::Email(EmailAddress::MAXIMUM);
const FULL_NAME: Kind = text(FullName::MAXIMUM);
const LOCALE: Kind = Kind::Choice(|| domain::users::Locale::ALL.map(domain::users::Locale::name).to_vec());
const THEME: Kind = Kind::Choice(|| domain::users::Theme::ALL.map(domain::users::Theme::name).to_vec());
/// A password that is in use: any that was ever accepted.
pub const PASSWORD: Kind = Kind::Secret { minimum: 1, maximum: Password::MAXIMUM };
/// A new one. An installation may ask for more than this minimum.
const NEW_PASSWORD: Kind = Kind::Secret { minimum: PasswordPolicy::FLOOR, maximum: Password::MAXIMUM };

/// A text that may be blank, which is as good as none.
const fn text(maximum: usize) -> Kind {
    Kind::Text { minimum: 0, maximum }
}

const ABOUT_USERNAME: &str = "What the account is called in public: letters, digits, `_`, `.` and `-`.";
const ABOUT_FULL_NAME: &str = "What the person is called, as they write it.";
const ABOUT_NEW_PASSWORD: &str = "At least 12 characters unless this installation says otherwise; no rules of \
     composition, but neither common, nor easy to guess, nor with the user name or the e-mail address in it.";

/// Everything that a new account needs.
pub struct SignUpRequest;

impl Form for SignUpRequest {
    const NAME: &'static str = "SignUpRequest";
    const ABOUT: &'static str = "A new account.";
    const MEMBERS: &'static [Member] = &[
        Member::required("username", USERNAME, ABOUT_USERNAME).like("ada"),
        Member::required("email", EMAIL, "Where mail goes.").like("ada@example.com"),
        Member::required("password", NEW_PASSWORD, ABOUT_NEW_PASSWORD).like("vexing-zebra-lantern"),
        Member::optional("full_name", FULL_NAME, ABOUT_FULL_NAME).or_null().like("Ada Lovelace"),
        Member::optional("locale", LOCALE, "The language of the pages.").or_null().like("en"),
    ];
}

impl SignUpRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>, policy: PasswordPolicy) -> Result<SignUp, Vec<FieldViolation>> {
        let draft = SignUpDraft {
            username: fields.text("username"),
            email: fields.text("email"),
            password: fields.text("password"),
            full_name: fields.text("full_name"),
            locale: fields.text("locale"),
        };
        SignUp::parse(draft, policy)
    }
}

/// A change of the own profile.
pub struct ProfilePatchRequest;

impl Form for ProfilePatchRequest {
    const NAME: &'static str = "ProfilePatch";
    const ABOUT: &'static str = "What is to change: absent stays, `null` clears (RFC 7396).";
    const MEMBERS: &'static [Member] = &[
        Member::optional("username", USERNAME, ABOUT_USERNAME).like("ada"),
        Member::optional("email", EMAIL, "Where mail goes.").like("ada@example.com"),
        Member::optional("full_name", FULL_NAME, ABOUT_FULL_NAME).or_null().like("Ada Lovelace"),
        Member::optional("bio", text(Bio::MAXIMUM), "What they say of themselves.")
            .or_null()
            .like("Writes notes on an engine."),
        Member::optional("location", text(Location::MAXIMUM), "Where they are.").or_null().like("London"),
        Member::optional(
            "website",
            text(Website::MAXIMUM),
            "Their page elsewhere: an absolute `https` address.",
        )
        .or_null()
        .like("https://example.com/ada"),
        Member::optional(
            "avatar_url",
            text(AvatarUrl::MAXIMUM),
            "Their picture: an absolute `https` address.",
        )
        .or_null()
        .like("https://example.com/ada.png"),
        Member::optional("locale", LOCALE, "The language of the pages.").or_null().like("fr"),
        Member::optional("theme", THEME, "How the pages look.").or_null().like("dark"),
        Member::optional("email_notifications", Kind::Flag, "Whether they want mail.").or_null(),
    ];
    const MEDIA_TYPES: &'static [&'static str] = &["application/json", "application/merge-patch+json"];
}

impl ProfilePatchRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<ProfilePatch, Vec<FieldViolation>> {
        ProfilePatch::parse(ProfileDraft {
            username: fields.change("username"),
            email: fields.change("email"),
            full_name: fields.change("full_name"),
            bio: fields.change("bio"),
            location: fields.change("location"),
            website: fields.change("website"),
            avatar_url: fields.change("avatar_url"),
            locale: fields.change("locale"),
            theme: fields.change("theme"),
            email_notifications: fields.flag("email_notifications"),
        })
    }
}

/// Another password.
pub struct PasswordChangeRequest;

impl Form for PasswordChangeRequest {
    const NAME: &'static str = "PasswordChange";
    const ABOUT: &'static str = "Another password.";
    const MEMBERS: &'static [Member] = &[
        Member::required("current_password", PASSWORD, "The password in use."),
        Member::required("new_password", NEW_PASSWORD, ABOUT_NEW_PASSWORD),
    ];
}

impl PasswordChangeRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<PasswordChange, Vec<FieldViolation>> {
        PasswordChange::parse(PasswordChangeDraft {
            current_password: fields.text("current_password"),
            new_password: fields.text("new_password"),
        })
    }
}

/// Leaving, confirmed.
pub struct DeletionRequest;

impl Form for DeletionRequest {
    const NAME: &'static str = "DeletionRequest";
    const ABOUT: &'static str = "Leaving for ever, confirmed by the password.";
    const MEMBERS: &'static [Member] =
        &[Member::required("password", PASSWORD, "The password of the account.")];
}

impl DeletionRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<Password, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let password = wrong.required("password", fields.text("password"), Password::parse);
        wrong.finish(password)
    }
}

/// An account as its owner sees it.
#[derive(Debug, Object)]
pub struct UserView {
    /// Its identifier, for ever.
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
    /// Whether the account may be used.
    status: Status,
    /// When it was made.
    created_at: OffsetDateTime,
    /// When something of it was last changed by a person.
    updated_at: OffsetDateTime,
    /// When somebody last logged in to it.
    last_login_at: OrNull<OffsetDateTime>,
}

impl From<Profile> for UserView {
    fn from(profile: Profile) -> Self {
        let Profile { user, personal } = profile;
        let text = |text: Option<&str>| OrNull(text.map(str::to_owned));
        Self {
            id: user.id.as_uuid(),
            username: user.username.as_str().to_owned(),
            email: personal.email.as_str().to_owned(),
            full_name: text(personal.full_name.as_ref().map(FullName::as_str)),
            bio: text(personal.bio.as_ref().map(Bio::as_str)),
            location: text(personal.location.as_ref().map(Location::as_str)),
            website: text(personal.website.as_ref().map(Website::as_str)),
            avatar_url: text(user.preferences.avatar_url.as_ref().map(AvatarUrl::as_str)),
            locale: user.preferences.locale.into(),
            theme: user.preferences.theme.into(),
            email_notifications: user.preferences.email_notifications,
            role: user.role.into(),
            status: user.status.into(),
            created_at: moment(user.created_at),
            updated_at: moment(user.updated_at),
            last_login_at: OrNull(user.last_login_at.map(moment)),
        }
    }
}
