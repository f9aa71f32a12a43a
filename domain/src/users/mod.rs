//! Users: who has an account, what it is called, and what its password must withstand.

pub(crate) mod attributes;
mod email;
mod login_name;
mod password;
mod password_policy;
mod preferences;
mod profile_patch;
mod search;
mod sign_up;
mod standing;
mod user;
mod username;

pub use attributes::{AvatarUrl, Bio, FullName, Justification, Location, Website};
pub use email::EmailAddress;
pub use login_name::LoginName;
pub use password::{NewPassword, Password, PasswordHash};
pub use password_policy::PasswordPolicy;
pub use preferences::{Locale, Preferences, Theme};
pub use profile_patch::{Change, ProfileDraft, ProfilePatch};
pub use search::{Search, UserCursor, UserQuery, UserSort};
pub use sign_up::{Enrolment, Newcomer, SignUp, SignUpDraft};
pub use standing::{RoleEnd, Standing, Status};
pub use user::{Profile, Suspension, User};
pub use username::Username;
