use crate::cookies::{CookieRules, Cookies};
use crate::csrf::Tokens;
use poem::Response;
use std::time::Duration;

/// The cookie that carries a notice over a redirect.
const COOKIE: &str = "flash";
const AGE: Duration = Duration::from_mins(1);

/// Something that went well, to be said on the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    SignedUp,
    LoggedOut,
    ProfileSaved,
    PasswordChanged,
    AccountDeleted,
    AdministratorCreated,
}

impl Notice {
    pub(crate) const ALL: [Self; 6] = [
        Self::SignedUp,
        Self::LoggedOut,
        Self::ProfileSaved,
        Self::PasswordChanged,
        Self::AccountDeleted,
        Self::AdministratorCreated,
    ];

    /// Its stable name, which is also the key of its sentence.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignedUp => "notice-signed-up",
            Self::LoggedOut => "notice-logged-out",
            Self::ProfileSaved => "notice-profile-saved",
            Self::PasswordChanged => "notice-password-changed",
            Self::AccountDeleted => "notice-account-deleted",
            Self::AdministratorCreated => "notice-administrator-created",
        }
    }

    /// Leaves the notice for the next page.
    pub(crate) fn leave(self, rules: CookieRules, tokens: &Tokens, response: &mut Response) {
        rules.set(response, COOKIE, &tokens.seal(self.name()), Some(AGE));
    }

    /// The notice that the last page left.
    pub(crate) fn read(rules: CookieRules, tokens: &Tokens, cookies: &Cookies) -> Option<Self> {
        let name = tokens.open(cookies.get(&rules.name(COOKIE))?)?;
        Self::ALL.into_iter().find(|notice| notice.name() == name)
    }

    /// Takes the notice away once it was said.
    pub(crate) fn said(rules: CookieRules, response: &mut Response) {
        rules.clear(response, COOKIE);
    }
}
