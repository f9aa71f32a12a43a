use crate::cookies::{CookieRules, Cookies};
use crate::csrf::Tokens;
use poem::Response;
use std::time::Duration;

/// The cookie that carries a notice over a redirect.
const COOKIE: &str = "flash";
const AGE: Duration = Duration::from_mins(1);

macro_rules! notices {
    ($($variant:ident = $name:literal,)*) => {
        /// Something that went well, to be said on the next page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Notice {
            $($variant,)*
        }

        impl Notice {
            /// Every notice.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its stable name, which is also the key of its sentence.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

notices! {
    SignedUp = "notice-signed-up",
    LoggedOut = "notice-logged-out",
    ProfileSaved = "notice-profile-saved",
    PasswordChanged = "notice-password-changed",
    PasswordSet = "notice-password-set",
    SessionEnded = "notice-session-ended",
    OthersEnded = "notice-others-ended",
    AdministratorCreated = "notice-administrator-created",
    UserCreated = "notice-user-created",
    UserEdited = "notice-user-edited",
    RoleChanged = "notice-role-changed",
    UserSuspended = "notice-user-suspended",
    UserReinstated = "notice-user-reinstated",
    SessionsEnded = "notice-sessions-ended",
    KeysRotated = "notice-keys-rotated",
    KeysRevoked = "notice-keys-revoked",
}

impl Notice {
    /// Leaves the notice for the next page.
    pub(crate) fn leave(self, rules: CookieRules, tokens: &Tokens, response: &mut Response) {
        rules.set(response, COOKIE, &tokens.seal(self.name()), Some(AGE));
    }

    /// The notice that the last page left.
    pub(crate) fn read(rules: CookieRules, tokens: &Tokens, cookies: &Cookies) -> Option<Self> {
        let name = tokens.open(cookies.get(&rules.name(COOKIE))?)?;
        Self::ALL.iter().copied().find(|notice| notice.name() == name)
    }

    /// Takes the notice away once it was said.
    pub(crate) fn said(rules: CookieRules, response: &mut Response) {
        rules.clear(response, COOKIE);
    }
}
