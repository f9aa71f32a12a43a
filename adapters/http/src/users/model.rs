//! What people send about their own accounts.

use crate::form::{ANY, Fields, Form, Kind, Member};
use crate::wire::read_moment;
use application::users::{PasswordChange, PasswordChangeDraft};
use domain::Timestamp;
use domain::users::{
    AvatarUrl, Bio, EmailAddress, FullName, Location, Password, PasswordPolicy, ProfileDraft, ProfilePatch,
    SignUp, SignUpDraft, Username, Website,
};
use domain::violation::{FieldViolation, Violations};

pub const USERNAME: Kind = Kind::Text { minimum: Username::MINIMUM, maximum: Username::MAXIMUM };
pub const EMAIL: Kind = Kind::Email(EmailAddress::MAXIMUM);
pub const FULL_NAME: Kind = text(FullName::MAXIMUM);
pub const LOCALE: Kind =
    Kind::Choice(|| domain::users::Locale::ALL.map(domain::users::Locale::name).to_vec());
const THEME: Kind = Kind::Choice(|| domain::users::Theme::ALL.map(domain::users::Theme::name).to_vec());
/// A password that is in use: any that was ever accepted.
pub const PASSWORD: Kind = Kind::Secret { minimum: 1, maximum: Password::MAXIMUM };
/// A new one. An installation may ask for more than this minimum.
pub const NEW_PASSWORD: Kind = Kind::Secret { minimum: PasswordPolicy::FLOOR, maximum: Password::MAXIMUM };

/// A text that may be blank, which is as good as none.
const fn text(maximum: usize) -> Kind {
    Kind::Text { minimum: 0, maximum }
}

pub const ABOUT_USERNAME: &str = "What the account is called in public: letters, digits, `_`, `.` and `-`.";
pub const ABOUT_FULL_NAME: &str = "What the person is called, as they write it.";
pub const ABOUT_NEW_PASSWORD: &str = "At least 12 characters unless this installation says otherwise; no rules of \
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
        SignUp::parse(newcomer(fields), policy)
    }
}

/// What every form for a new account holds.
pub fn newcomer<'a>(fields: &Fields<'a>) -> SignUpDraft<'a> {
    SignUpDraft {
        username: fields.text("username"),
        email: fields.text("email"),
        password: fields.text("password"),
        full_name: fields.text("full_name"),
        locale: fields.text("locale"),
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
        password(fields)
    }
}

/// The password of a form that asks for nothing else.
pub fn password(fields: &Fields<'_>) -> Result<Password, Vec<FieldViolation>> {
    let mut wrong = Violations::new();
    let password = wrong.required("password", fields.text("password"), Password::parse);
    wrong.finish(password)
}

/// A password, set by a link.
pub struct PasswordSettingRequest;

impl Form for PasswordSettingRequest {
    const NAME: &'static str = "PasswordSetting";
    const ABOUT: &'static str = "The first password of an account, or one in the place of a forgotten one.";
    const MEMBERS: &'static [Member] = &[
        Member::required(
            "token",
            Kind::Secret { minimum: 1, maximum: ANY },
            "The secret of the link: what stands after its last `/`.",
        ),
        Member::required("password", NEW_PASSWORD, ABOUT_NEW_PASSWORD),
    ];
}

impl PasswordSettingRequest {
    /// Reads the form. Whether the password is good enough depends on whose it is.
    pub fn parse(fields: &Fields<'_>) -> Result<(String, Password), Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let token = wrong.required("token", fields.text("token"), |text| Ok(text.to_owned()));
        let password = wrong.required("password", fields.text("password"), Password::parse);
        wrong.finish(token.zip(password))
    }
}

/// Up to when somebody has seen what they had to be told.
pub struct NoticesSeen;

impl Form for NoticesSeen {
    const NAME: &'static str = "NoticesSeen";
    const ABOUT: &'static str = "Up to when everything has been seen.";
    const MEMBERS: &'static [Member] = &[Member::required(
        "until",
        Kind::Moment,
        "The `at` of the latest notice that was seen; later ones stay.",
    )
    .like("2026-11-22T18:00:00Z")];
}

impl NoticesSeen {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<Timestamp, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let until = wrong.required("until", fields.text("until"), read_moment);
        wrong.finish(until)
    }
}
