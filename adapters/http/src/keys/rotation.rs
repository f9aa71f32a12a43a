//! The signing keys, in the hands of those who may change them.

use crate::Tag;
use crate::answer::{CONFLICT, Failure, Json};
use crate::authentication::{ADMIN_READ, ADMIN_WRITE, Caller};
use crate::body::Body;
use crate::form::{Fields, Form, Kind, Member};
use crate::paging::ListView;
use crate::wire::{KeyState, moment};
use application::keys::{KeyRecord, KeyService};
use domain::users::Change;
use domain::violation::FieldViolation;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use time::OffsetDateTime;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub keys: Arc<KeyService>,
}

#[OpenApi(tag = "Tag::Installation")]
impl Routes {
    /// List the signing keys
    ///
    /// In the order in which they sign. The public halves are at `/.well-known/jwks.json`.
    #[oai(path = "/api/v1/signing-keys", method = "get", operation_id = "listSigningKeys")]
    async fn list(
        &self,
        #[oai(scope = "ADMIN_READ")] caller: Caller,
    ) -> Result<Json<ListView<SigningKeyView>>, Failure<0>> {
        Ok(listed(self.keys.list(&caller.0).await?))
    }

    /// Rotate the signing keys
    ///
    /// Brings the next key into use as soon as everybody has had time to fetch it; what the current one has signed
    /// is verified to its end. With `revoke`, because a key has leaked: takes every key out of use at once, and all
    /// access tokens with them. Refresh tokens and browser sessions go on.
    #[oai(path = "/api/v1/signing-keys/rotation", method = "post", operation_id = "rotateSigningKeys")]
    async fn rotate(
        &self,
        #[oai(scope = "ADMIN_WRITE")] caller: Caller,
        body: Body<RotationRequest>,
    ) -> Result<Json<ListView<SigningKeyView>>, Failure<CONFLICT>> {
        let revoke = body.read(RotationRequest::parse)?;
        let keys =
            if revoke { self.keys.revoke(&caller.0).await? } else { self.keys.rotate(&caller.0).await? };
        Ok(listed(keys))
    }
}

fn listed(keys: Vec<KeyRecord>) -> Json<ListView<SigningKeyView>> {
    Json(ListView { items: keys.into_iter().map(SigningKeyView::from).collect() })
}

/// How keys are to be rotated.
struct RotationRequest;

impl Form for RotationRequest {
    const NAME: &'static str = "KeyRotation";
    const ABOUT: &'static str = "How the signing keys are to be rotated.";
    const MEMBERS: &'static [Member] = &[Member::optional(
        "revoke",
        Kind::Flag,
        "Whether the keys of now are refused from now on; without it they are not.",
    )];
}

impl RotationRequest {
    /// Reads the form: whether the keys of now are to be revoked.
    #[expect(clippy::unnecessary_wraps, reason = "what every form is read by")]
    fn parse(fields: &Fields<'_>) -> Result<bool, Vec<FieldViolation>> {
        Ok(fields.flag("revoke") == Change::Set(true))
    }
}

/// A signing key.
#[derive(Debug, Object)]
#[oai(rename = "SigningKey")]
struct SigningKeyView {
    /// Its name in the header of the tokens that it signs.
    kid: String,
    /// How it signs: `EdDSA`, `ES256` or `RS256`.
    algorithm: String,
    /// Where it stands in its life.
    state: KeyState,
    /// When it was made.
    created_at: OffsetDateTime,
    /// From when on it signs.
    active_from: OffsetDateTime,
}

impl From<KeyRecord> for SigningKeyView {
    fn from(key: KeyRecord) -> Self {
        Self {
            kid: key.kid,
            algorithm: key.algorithm.name().to_owned(),
            state: key.state.into(),
            created_at: moment(key.created_at),
            active_from: moment(key.active_from),
        }
    }
}
