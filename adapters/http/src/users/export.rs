//! Everything that is held about somebody, for themselves: the ticket, and the file.

use super::model::{PASSWORD, password};
use crate::answer::{JSON, content, described, line};
use crate::audit::EventView;
use crate::form::{ANY, Fields, Form, Kind, Member};
use crate::wire::{Locale, LogInMethod, NoticeKind, OrNull, PersonalField, Role, Status, Theme, moment};
use application::document::Document;
use application::users::IssuedExportTicket;
use domain::users::Password;
use domain::violation::{FieldViolation, Violations};
use poem::http::{StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::registry::{MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};
use time::OffsetDateTime;
use uuid::Uuid;

/// Asking for one's own data, confirmed.
pub struct ExportRequest;

impl Form for ExportRequest {
    const NAME: &'static str = "ExportRequest";
    const ABOUT: &'static str = "Everything that is held about oneself, asked for with the password.";
    const MEMBERS: &'static [Member] =
        &[Member::required("password", PASSWORD, "The password of the account.")];
}

impl ExportRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<Password, Vec<FieldViolation>> {
        password(fields)
    }
}

/// By which ticket it is fetched.
pub struct ExportTicketQuery;

impl Form for ExportTicketQuery {
    const NAME: &'static str = "ExportTicketQuery";
    const ABOUT: &'static str = "By which ticket it is fetched.";
    const MEMBERS: &'static [Member] = &[Member::optional(
        "ticket",
        Kind::Text { minimum: 1, maximum: ANY },
        "The ticket of the address that `POST /api/v1/me/export` has given.",
    )];
}

impl ExportTicketQuery {
    /// Reads the form. Whether the ticket works is not a question of form.
    pub fn parse(fields: &Fields<'_>) -> Result<Option<String>, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let ticket = wrong.optional("ticket", fields.text("ticket"), |text| Ok(text.to_owned()));
        wrong.finish(ticket)
    }
}

/// Where somebody fetches everything that is held about them, once. Shown this once.
#[derive(Object)]
#[oai(rename = "ExportTicket")]
pub struct ExportTicketView {
    /// Where it is: to be read with a token of the same person.
    url: String,
    /// When that stops working.
    expires_at: OffsetDateTime,
}

impl ExportTicketView {
    /// The ticket, as it is used from outside.
    pub fn new(ticket: &IssuedExportTicket, public_url: &str) -> Self {
        let url = format!("{public_url}/api/v1/me/export?ticket={}", ticket.secret.expose());
        Self { url, expires_at: moment(ticket.expires_at) }
    }
}

/// 200 with the file; without it, only what such an answer says in its header.
pub struct PersonalDataFile(pub Option<Document>);

impl IntoResponse for PersonalDataFile {
    fn into_response(self) -> Response {
        let body = self.0.map_or_else(Body::empty, |document| document.as_str().to_owned().into());
        Response::builder().content_type(JSON).header(header::CONTENT_DISPOSITION, DISPOSITION).body(body)
    }
}

/// To be kept as a file, not shown (RFC 6266).
const DISPOSITION: &str = "attachment; filename=\"xtrem-export.json\"";

impl ApiResponse for PersonalDataFile {
    fn meta() -> MetaResponses {
        let file = MetaResponse {
            content: content::<ExportView>(JSON),
            headers: vec![
                line("Content-Disposition", "string", "To be kept as the file `xtrem-export.json`."),
                line("Cache-Control", "string", "`no-store`: nobody on the way keeps it."),
            ],
            ..described(StatusCode::OK, "Everything that is held about you, signed.")
        };
        MetaResponses { responses: vec![file] }
    }

    fn register(registry: &mut Registry) {
        ExportView::register(registry);
    }
}

/// Everything that is held about a person, signed. For the document: the use case writes it.
#[derive(Object)]
#[oai(rename = "PersonalDataExport")]
struct ExportView {
    /// What is held.
    data: ExportedDataView,
    /// A compact JWS without its middle part (RFC 7515, appendix F): `<protected header>..<signature>`.
    signature: String,
}

/// What is held about a person, as one canonical JSON text (RFC 8785).
#[derive(Object)]
#[oai(rename = "PersonalData")]
struct ExportedDataView {
    /// What the person did, to others or to nobody, the earliest first; without what was written about others.
    actions: Vec<EventView>,
    /// What happened to the account, the earliest first; of what others did, without their addresses.
    activity: Vec<EventView>,
    /// When this was gathered.
    exported_at: OffsetDateTime,
    /// `xtrem/personal-data/1`: the form of this object.
    format: String,
    /// What the person has to be told and has not seen yet.
    notices: Vec<ExportedNoticeView>,
    /// The account and the person behind it.
    profile: ExportedProfileView,
    /// Of `activity`, every change of role.
    role_history: Vec<EventView>,
    /// Where the person is logged in.
    sessions: Vec<ExportedSessionView>,
    /// Of `activity`, who opened the personal data, and why.
    who_looked: Vec<EventView>,
}

/// An account and the person behind it, as they are handed out.
#[derive(Object)]
#[oai(rename = "PersonalDataProfile")]
struct ExportedProfileView {
    avatar_url: OrNull<String>,
    bio: OrNull<String>,
    created_at: OffsetDateTime,
    email: String,
    email_notifications: bool,
    full_name: OrNull<String>,
    id: Uuid,
    last_login_at: OrNull<OffsetDateTime>,
    locale: Locale,
    location: OrNull<String>,
    role: Role,
    /// When that role ends by itself, if it was given for a time.
    role_ends_at: OrNull<OffsetDateTime>,
    status: Status,
    suspension: OrNull<super::view::SuspensionView>,
    theme: Theme,
    /// Which members could not be read, so that what stands there is not what is stored.
    unreadable: Vec<PersonalField>,
    updated_at: OffsetDateTime,
    username: String,
    website: OrNull<String>,
}

/// Where a person is logged in, as it is handed out.
#[derive(Object)]
#[oai(rename = "PersonalDataSession")]
struct ExportedSessionView {
    address: OrNull<String>,
    /// How it is carried: `api` or `web`.
    channel: String,
    created_at: OffsetDateTime,
    device_name: OrNull<String>,
    id: Uuid,
    last_used_at: OffsetDateTime,
    method: LogInMethod,
    /// What it was granted, separated by spaces.
    scopes: String,
}

/// What a person has to be told, as it is handed out.
#[derive(Object)]
#[oai(rename = "PersonalDataNotice")]
struct ExportedNoticeView {
    at: OffsetDateTime,
    kind: NoticeKind,
}

#[cfg(test)]
mod tests;
