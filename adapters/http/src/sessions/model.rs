//! Sessions on the wire.

use crate::form::{ANY, Fields, Form, Kind, Member};
use crate::paging::{self, CURSOR, LIMIT};
use crate::wire::{LogInMethod, OrNull, moment, spelled};
use application::Limit;
use application::actor::Actor;
use application::sessions::Grant;
use domain::ids::SessionId;
use domain::sessions::{BegunSession, DeviceName, LogIn, LogInDraft};
use domain::users::Password;
use domain::violation::{FieldViolation, Violations};
use poem_openapi::Object;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// Who somebody says they are, and what they prove it with.
pub struct LogInRequest;

impl Form for LogInRequest {
    const NAME: &'static str = "LogInRequest";
    const ABOUT: &'static str = "Who logs in.";
    const MEMBERS: &'static [Member] = &[
        Member::required("login", Kind::Text { minimum: 1, maximum: ANY }, "User name or e-mail address.")
            .like("ada"),
        Member::required(
            "password",
            Kind::Secret { minimum: 1, maximum: Password::MAXIMUM },
            "The password.",
        )
        .like("vexing-zebra-lantern"),
        Member::optional(
            "device_name",
            Kind::Text { minimum: 0, maximum: DeviceName::MAXIMUM },
            "What the device is called in the list of sessions.",
        )
        .or_null()
        .like("Ada's telephone"),
    ];
}

impl LogInRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<LogIn, Vec<FieldViolation>> {
        LogIn::parse(LogInDraft {
            login: fields.text("login"),
            password: fields.text("password"),
            device_name: fields.text("device_name"),
        })
    }
}

/// The tokens of a session (RFC 6749, section 5.1).
#[derive(Object)]
pub struct TokenResponse {
    /// Opens the API until it expires: a JWT (RFC 9068).
    access_token: String,
    /// `Bearer`.
    token_type: String,
    /// How many seconds the access token lasts.
    expires_in: u64,
    /// Gets the next pair of tokens; works once.
    refresh_token: String,
    /// What the access token may be used for, separated by spaces.
    scope: String,
    /// The session behind both.
    session_id: Uuid,
}

impl From<Grant> for TokenResponse {
    fn from(grant: Grant) -> Self {
        Self {
            access_token: grant.access_token.expose().to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: grant.expires_in.as_secs(),
            refresh_token: grant.refresh_token.expose().to_owned(),
            scope: grant.scopes.to_string(),
            session_id: grant.session_id.as_uuid(),
        }
    }
}

/// Which sessions are asked for.
pub struct SessionList;

impl Form for SessionList {
    const NAME: &'static str = "SessionList";
    const ABOUT: &'static str = "Which sessions are asked for.";
    const MEMBERS: &'static [Member] = &[LIMIT, CURSOR];
}

impl SessionList {
    /// Reads the form: where the page begins, and how long it is.
    pub fn parse(fields: &Fields<'_>) -> Result<(Option<SessionId>, Limit), Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let limit = paging::limit(&mut wrong, fields);
        let after =
            paging::cursor(&mut wrong, fields, |text| Uuid::try_parse(text).ok().map(SessionId::from_uuid));
        wrong.finish(after.zip(limit))
    }
}

/// One log-in on one device.
#[derive(Debug, Object, Serialize)]
pub struct SessionView {
    /// Its identifier: the `sid` of its access tokens.
    #[serde(serialize_with = "spelled")]
    id: Uuid,
    /// What the device is called.
    device_name: OrNull<String>,
    /// From which address the person logged in.
    address: OrNull<String>,
    /// When the person logged in.
    #[serde(serialize_with = "spelled")]
    created_at: OffsetDateTime,
    /// When it was last used, to within a minute.
    #[serde(serialize_with = "spelled")]
    last_used_at: OffsetDateTime,
    /// Whether this is asked by that very session.
    current: bool,
    /// How the person proved who they are.
    method: LogInMethod,
}

impl SessionView {
    /// The session, as that actor sees it.
    pub fn new(BegunSession { session, device }: BegunSession, actor: &Actor) -> Self {
        Self {
            id: session.id.as_uuid(),
            device_name: OrNull(device.name.map(|name| name.as_str().to_owned())),
            address: OrNull(device.address.map(|address| address.to_string())),
            created_at: moment(session.created_at),
            last_used_at: moment(session.last_used_at),
            current: actor.member().is_ok_and(|member| member.session_id == session.id),
            method: session.method.into(),
        }
    }
}
