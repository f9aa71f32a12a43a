use super::{AvatarUrl, Bio, EmailAddress, FullName, Locale, Location, Profile, Theme, Username, Website};
use crate::Timestamp;
use crate::vault::Field;
use crate::violation::{FieldViolation, Violation, Violations};

/// What a patch says of one field (RFC 7396): nothing, that it goes, or what it becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The field is absent: it stays.
    #[default]
    Keep,
    /// The field is null: it is cleared.
    Clear,
    /// The field has a new value.
    Set(T),
}

impl<T> Change<T> {
    /// Whether the field stays as it is.
    const fn keeps(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value after the change, where there may be none.
    fn apply(self, before: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *before = None,
            Self::Set(value) => *before = Some(value),
        }
    }
}

/// An edit of a profile before anyone has looked at it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProfileDraft<'a> {
    /// The name; cannot be cleared.
    pub username: Change<&'a str>,
    /// Where mail goes; cannot be cleared.
    pub email: Change<&'a str>,
    /// What the person is called.
    pub full_name: Change<&'a str>,
    /// What they say about themselves.
    pub bio: Change<&'a str>,
    /// Where they are.
    pub location: Change<&'a str>,
    /// Their page elsewhere.
    pub website: Change<&'a str>,
    /// Where their picture is.
    pub avatar_url: Change<&'a str>,
    /// The language they read; cleared means the default.
    pub locale: Change<&'a str>,
    /// How their pages look; cleared means the default.
    pub theme: Change<&'a str>,
    /// Whether they want mail; cleared means the default.
    pub email_notifications: Change<bool>,
}

/// An edit of a profile, every field of it sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfilePatch {
    username: Option<Username>,
    email: Option<EmailAddress>,
    full_name: Change<FullName>,
    bio: Change<Bio>,
    location: Change<Location>,
    website: Change<Website>,
    avatar_url: Change<AvatarUrl>,
    locale: Option<Locale>,
    theme: Option<Theme>,
    email_notifications: Option<bool>,
}

impl ProfilePatch {
    /// Reads an edit and names everything that is wrong with it at once. A blank text clears, as null does.
    pub fn parse(draft: ProfileDraft<'_>) -> Result<Self, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let username = kept(&mut wrong, "username", draft.username, Username::parse);
        let email = kept(&mut wrong, "email", draft.email, EmailAddress::parse);
        let full_name = cleared(&mut wrong, "full_name", draft.full_name, FullName::parse);
        let bio = cleared(&mut wrong, "bio", draft.bio, Bio::parse);
        let location = cleared(&mut wrong, "location", draft.location, Location::parse);
        let website = cleared(&mut wrong, "website", draft.website, Website::parse);
        let avatar_url = cleared(&mut wrong, "avatar_url", draft.avatar_url, AvatarUrl::parse);
        let locale = defaulted(&mut wrong, "locale", draft.locale, Locale::parse);
        let theme = defaulted(&mut wrong, "theme", draft.theme, Theme::parse);
        let email_notifications = match draft.email_notifications {
            Change::Keep => None,
            Change::Clear => Some(true),
            Change::Set(wanted) => Some(wanted),
        };
        let form = Self {
            username,
            email,
            full_name,
            bio,
            location,
            website,
            avatar_url,
            locale,
            theme,
            email_notifications,
        };
        wrong.finish(Some(form))
    }

    /// The profile after the edit, and the names of the fields that really changed.
    #[must_use]
    pub fn apply(self, before: &Profile, now: Timestamp) -> (Profile, Vec<&'static str>) {
        let mut after = before.clone();
        let Profile { user, personal } = &mut after;
        if let Some(username) = self.username {
            user.username = username;
        }
        // What is given anew can be read again, whatever stood there.
        personal.unreadable.retain(|field| match field {
            Field::Email => self.email.is_none(),
            Field::FullName => self.full_name.keeps(),
            Field::Bio => self.bio.keeps(),
            Field::Location => self.location.keeps(),
            Field::Website => self.website.keeps(),
        });
        if let Some(email) = self.email {
            personal.email = email;
        }
        self.full_name.apply(&mut personal.full_name);
        self.bio.apply(&mut personal.bio);
        self.location.apply(&mut personal.location);
        self.website.apply(&mut personal.website);
        self.avatar_url.apply(&mut user.preferences.avatar_url);
        user.preferences.locale = self.locale.unwrap_or(user.preferences.locale);
        user.preferences.theme = self.theme.unwrap_or(user.preferences.theme);
        user.preferences.email_notifications =
            self.email_notifications.unwrap_or(user.preferences.email_notifications);
        let changed = changed_fields(before, &after);
        if !changed.is_empty() {
            after.user.updated_at = now;
        }
        (after, changed)
    }
}

fn changed_fields(before: &Profile, after: &Profile) -> Vec<&'static str> {
    let is_given_again =
        |field| before.personal.unreadable.contains(&field) && !after.personal.unreadable.contains(&field);
    let (old, new) = (&before.user.preferences, &after.user.preferences);
    [
        ("username", before.user.username != after.user.username),
        ("email", before.personal.email != after.personal.email || is_given_again(Field::Email)),
        (
            "full_name",
            before.personal.full_name != after.personal.full_name || is_given_again(Field::FullName),
        ),
        ("bio", before.personal.bio != after.personal.bio || is_given_again(Field::Bio)),
        ("location", before.personal.location != after.personal.location || is_given_again(Field::Location)),
        ("website", before.personal.website != after.personal.website || is_given_again(Field::Website)),
        ("avatar_url", old.avatar_url != new.avatar_url),
        ("locale", old.locale != new.locale),
        ("theme", old.theme != new.theme),
        ("email_notifications", old.email_notifications != new.email_notifications),
    ]
    .into_iter()
    .filter_map(|(field, changed)| changed.then_some(field))
    .collect()
}

type Parse<T> = fn(&str) -> Result<T, Violation>;

/// A field that every account has.
fn kept<T>(wrong: &mut Violations, field: &'static str, change: Change<&str>, parse: Parse<T>) -> Option<T> {
    match change {
        Change::Keep => None,
        Change::Clear => wrong.take(field, Err(Violation::Required)),
        Change::Set(text) => wrong.take(field, parse(text)),
    }
}

/// A field that may be without a value.
fn cleared<T>(
    wrong: &mut Violations,
    field: &'static str,
    change: Change<&str>,
    parse: Parse<T>,
) -> Change<T> {
    match change {
        Change::Keep => Change::Keep,
        Change::Set(text) if !text.trim().is_empty() => {
            wrong.take(field, parse(text)).map_or(Change::Keep, Change::Set)
        }
        Change::Clear | Change::Set(_) => Change::Clear,
    }
}

/// A field that goes back to its default.
fn defaulted<T: Default>(
    wrong: &mut Violations,
    field: &'static str,
    change: Change<&str>,
    parse: Parse<T>,
) -> Option<T> {
    match change {
        Change::Keep => None,
        Change::Clear => Some(T::default()),
        Change::Set(text) => wrong.take(field, parse(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::ids::UserId;
    use crate::users::{PasswordPolicy, SignUp, SignUpDraft, User};

    const NOW: Timestamp = Timestamp::from_micros(1_000);

    fn profile() -> Option<Profile> {
        let draft = SignUpDraft {
            username: Some("annlee"),
            email: Some("ann@example.com"),
            password: Some("vexing-zebra-lantern"),
            full_name: Some("Ann Lee"),
            locale: None,
        };
        let form = SignUp::parse(draft, PasswordPolicy::new(12)?).ok()?;
        let id = UserId::new(NOW, &[0; 10]);
        let newcomer = form.newcomer;
        Some(Profile { user: User::new(id, &newcomer, Role::User, NOW), personal: newcomer.personal_data() })
    }

    #[test]
    fn absent_leaves_null_clears_and_a_value_sets() {
        let draft = ProfileDraft {
            full_name: Change::Clear,
            bio: Change::Set("Sails."),
            theme: Change::Set("dark"),
            ..ProfileDraft::default()
        };
        let (before, patch) = (profile().unwrap(), ProfilePatch::parse(draft).unwrap());
        let (after, changed) = patch.apply(&before, Timestamp::from_micros(2_000));
        assert_eq!(changed, ["full_name", "bio", "theme"]);
        assert_eq!(after.personal.full_name, None);
        assert_eq!(after.personal.bio.as_ref().map(Bio::as_str), Some("Sails."));
        assert_eq!(after.user.preferences.theme, Theme::Dark);
        assert_eq!(after.user.username, before.user.username);
        assert_eq!(after.user.updated_at, Timestamp::from_micros(2_000));
    }

    #[test]
    fn what_did_not_open_is_readable_again_once_it_is_given_or_cleared() {
        let mut before = profile().unwrap();
        before.personal.unreadable = vec![Field::Email, Field::Bio, Field::Website];
        let draft = ProfileDraft {
            bio: Change::Clear,
            website: Change::Set("https://ann.example"),
            ..ProfileDraft::default()
        };
        let (after, changed) =
            ProfilePatch::parse(draft).unwrap().apply(&before, Timestamp::from_micros(2_000));
        assert_eq!(changed, ["bio", "website"]);
        assert_eq!(after.personal.unreadable, [Field::Email]);
    }

    #[test]
    fn an_edit_that_changes_nothing_is_seen_as_such() {
        let draft = ProfileDraft { username: Change::Set("annlee"), ..ProfileDraft::default() };
        let (before, patch) = (profile().unwrap(), ProfilePatch::parse(draft).unwrap());
        let (after, changed) = patch.apply(&before, Timestamp::from_micros(2_000));
        assert!(changed.is_empty());
        assert_eq!(after, before);
    }

    #[test]
    fn a_name_and_an_address_can_not_be_cleared_and_all_mistakes_are_named() {
        let draft = ProfileDraft {
            username: Change::Clear,
            email: Change::Set(""),
            website: Change::Set("http://example.com"),
            locale: Change::Set("xx"),
            ..ProfileDraft::default()
        };
        let wrong = ProfilePatch::parse(draft).err().unwrap_or_default();
        let named: Vec<(&str, &str)> = wrong.iter().map(|v| (v.field, v.violation.code())).collect();
        assert_eq!(
            named,
            [
                ("username", "required"),
                ("email", "required"),
                ("website", "invalid-url"),
                ("locale", "unknown-value")
            ]
        );
    }
}
