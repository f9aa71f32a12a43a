//! Accounts as the command line shows them; the members of the JSON are those of the API's `UserView`.

use domain::Timestamp;
use domain::users::{AvatarUrl, Bio, FullName, Location, Profile, Website};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// One object, on one line.
pub(super) fn json(profile: &Profile) -> String {
    let object: Map<String, Value> =
        members(profile).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Value::Object(object).to_string()
}

/// One line for each member, for people.
pub(super) fn card(profile: &Profile) -> String {
    let line = |(name, value): (&str, Value)| match value {
        Value::Null => format!("{name:<20} -"),
        // A bio may have several lines, and none of them should pass for another member.
        Value::String(text) => format!("{name:<20} {}", text.replace('\n', "\n                     ")),
        other => format!("{name:<20} {other}"),
    };
    members(profile).map(line).join("\n")
}

fn members(profile: &Profile) -> [(&'static str, Value); 16] {
    let Profile { user, personal } = profile;
    let preferences = &user.preferences;
    [
        ("id", json!(user.id.to_string())),
        ("username", json!(user.username.as_str())),
        ("email", json!(personal.email.as_str())),
        ("full_name", json!(personal.full_name.as_ref().map(FullName::as_str))),
        ("bio", json!(personal.bio.as_ref().map(Bio::as_str))),
        ("location", json!(personal.location.as_ref().map(Location::as_str))),
        ("website", json!(personal.website.as_ref().map(Website::as_str))),
        ("avatar_url", json!(preferences.avatar_url.as_ref().map(AvatarUrl::as_str))),
        ("locale", json!(preferences.locale.name())),
        ("theme", json!(preferences.theme.name())),
        ("email_notifications", json!(preferences.email_notifications)),
        ("role", json!(user.role.name())),
        ("status", json!(user.status.name())),
        ("created_at", json!(moment(user.created_at))),
        ("updated_at", json!(moment(user.updated_at))),
        ("last_login_at", json!(user.last_login_at.map(moment))),
    ]
}

/// A list, for people.
#[derive(Default)]
pub(super) struct Table {
    is_begun: bool,
}

impl Table {
    /// The next row; before the first one, what the columns are called.
    pub(super) fn row(&mut self, profile: &Profile) -> String {
        let Profile { user, personal } = profile;
        let row = columns(
            &user.id.to_string(),
            user.role.name(),
            user.status.name(),
            &second(user.created_at),
            user.username.as_str(),
            personal.email.as_str(),
        );
        if std::mem::replace(&mut self.is_begun, true) {
            return row;
        }
        format!("{}\n{row}", columns("ID", "ROLE", "STATUS", "CREATED", "USERNAME", "E-MAIL"))
    }
}

fn columns(id: &str, role: &str, status: &str, created: &str, username: &str, email: &str) -> String {
    format!("{id:<36}  {role:<9}  {status:<9}  {created:<20}  {username:<20}  {email}")
}

/// RFC 3339, in UTC, as the API says it.
fn moment(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_micros()) * 1_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| at.as_micros().to_string())
}

/// The same, to the second.
fn second(at: Timestamp) -> String {
    moment(Timestamp::from_micros(at.as_seconds().saturating_mul(1_000_000)))
}
