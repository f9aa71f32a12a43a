//! Accounts as the command line shows them; the members of the JSON are those of the API's `UserView`.

use super::super::moment::{exact, second};
use application::users::UserRecord;
use domain::users::{AvatarUrl, Suspension};
use serde_json::{Map, Value, json};

/// One object, on one line.
pub(super) fn json(record: &UserRecord) -> String {
    Value::Object(object(record)).to_string()
}

/// The same, to be put into another one.
pub(in crate::cli) fn object(record: &UserRecord) -> Map<String, Value> {
    members(record).into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One line for each member, for people.
pub(super) fn card(record: &UserRecord) -> String {
    members(record).into_iter().map(|(name, value)| line(name, value)).collect::<Vec<_>>().join("\n")
}

fn line(name: &str, value: Value) -> String {
    match value {
        Value::Null => format!("{name:<20} -"),
        // A bio may have several lines, and none of them should pass for another member.
        Value::String(text) => format!("{name:<20} {}", text.replace('\n', "\n                     ")),
        Value::Object(members) => {
            let lines = members.into_iter().map(|(member, value)| line(&format!("{name}.{member}"), value));
            lines.collect::<Vec<_>>().join("\n")
        }
        other => format!("{name:<20} {other}"),
    }
}

/// What there is nothing to say about by rule, such as a suspension, is left out.
fn members(record: &UserRecord) -> Vec<(&'static str, Value)> {
    let UserRecord { user, person } = record;
    let preferences = &user.preferences;
    let mut members = vec![
        ("id", json!(user.id.to_string())),
        ("username", json!(user.username.as_str())),
        ("email", json!(person.email)),
        ("full_name", json!(person.full_name)),
        ("bio", json!(person.bio)),
        ("location", json!(person.location)),
        ("website", json!(person.website)),
        ("avatar_url", json!(preferences.avatar_url.as_ref().map(AvatarUrl::as_str))),
        ("locale", json!(preferences.locale.name())),
        ("theme", json!(preferences.theme.name())),
        ("email_notifications", json!(preferences.email_notifications)),
        ("role", json!(user.role.name())),
        ("status", json!(user.status().name())),
        ("created_at", json!(exact(user.created_at))),
        ("updated_at", json!(exact(user.updated_at))),
        ("last_login_at", json!(user.last_login_at.map(exact))),
    ];
    members.extend(user.role_end.map(|end| ("role_expires_at", json!(exact(end.at)))));
    members.extend(user.suspension.as_ref().map(|suspension| ("suspension", suspended(suspension))));
    members
}

fn suspended(suspension: &Suspension) -> Value {
    json!({
        "reason": suspension.reason.as_str(),
        "since": exact(suspension.since),
        "until": suspension.until.map(exact),
    })
}

/// A list, for people.
#[derive(Default)]
pub(super) struct Table {
    is_begun: bool,
}

impl Table {
    /// The next row; before the first one, what the columns are called.
    pub(super) fn row(&mut self, record: &UserRecord) -> String {
        let UserRecord { user, person } = record;
        let row = columns(
            &user.id.to_string(),
            user.role.name(),
            user.status().name(),
            &second(user.created_at),
            user.username.as_str(),
            &person.email,
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
