//! Sessions on the wire.

use crate::form::{ANY, Fields, Form, Kind, Member};
use application::sessions::Grant;
use domain::sessions::{DeviceName, LogIn, LogInDraft};
use domain::users::Password;
use domain::violation::FieldViolation;
use poem_openapi::Object;
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
