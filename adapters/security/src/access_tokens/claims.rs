use application::tokens::{AccessClaims, TokenFlaw};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use domain::access::{Role, Scopes};
use domain::ids::{SessionId, UserId};
use domain::sessions::Generation;
use jsonwebtoken::Validation;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How far the clocks of two replicas may lie apart.
pub(super) const LEEWAY_SECONDS: i64 = 5;
/// The one client there is: this service's own API and pages.
const CLIENT: &str = "xtrem";

/// Who a token is from and for whom.
pub(super) struct Parties {
    pub(super) issuer: String,
    pub(super) audience: String,
}

impl Parties {
    /// What the library looks at. The times it leaves to us, because it would ask a clock of its own.
    pub(super) fn validation(&self, algorithm: jsonwebtoken::Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false;
        validation
    }
}

/// The payload of an access token (RFC 9068, section 2.2). Every claim is required but `nbf`.
///
/// `iss` and `aud` are texts, not lists of them: ours name one service each, and the library compares it.
#[derive(Serialize, Deserialize)]
pub(super) struct WireClaims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    scope: String,
    role: String,
    client_id: String,
    iat: i64,
    /// Never written, and respected when a later version does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    jti: String,
}

impl WireClaims {
    pub(super) fn new(parties: &Parties, claims: &AccessClaims) -> Self {
        Self {
            iss: parties.issuer.clone(),
            aud: parties.audience.clone(),
            sub: claims.user_id.to_string(),
            sid: claims.session_id.to_string(),
            scope: claims.scopes.to_string(),
            role: claims.role.name().to_owned(),
            client_id: CLIENT.to_owned(),
            iat: claims.issued_at.as_seconds(),
            nbf: None,
            exp: claims.expires_at.as_seconds(),
            jti: format!("{}.{}", claims.session_id, claims.generation.number()),
        }
    }

    /// What it says, if it says it as we do.
    pub(super) fn parse(&self) -> Option<Claims> {
        let begins = self.iat.max(self.nbf.unwrap_or(self.iat));
        let claims = AccessClaims {
            user_id: UserId::from_uuid(Uuid::parse_str(&self.sub).ok()?),
            session_id: SessionId::from_uuid(Uuid::parse_str(&self.sid).ok()?),
            generation: self.generation()?,
            scopes: Scopes::parse(&self.scope)?,
            role: Role::parse(&self.role).ok()?,
            issued_at: from_seconds(self.iat)?,
            expires_at: from_seconds(self.exp)?,
        };
        Some(Claims { claims, begins })
    }

    /// The generation that stands in the `jti`, after the session.
    ///
    /// A token of the previous version has 16 random bytes there and goes on working for the minutes it has left;
    /// it is of generation 0, which no refresh token ever had.
    fn generation(&self) -> Option<Generation> {
        let number = match self.jti.strip_prefix(&self.sid) {
            Some(rest) => rest.strip_prefix('.')?.parse().ok()?,
            None if URL_SAFE_NO_PAD.decode(&self.jti).ok()?.len() == 16 => 0,
            None => return None,
        };
        Some(Generation::from_number(number))
    }
}

/// What a token says that was found genuine.
#[derive(Clone, Copy)]
pub(super) struct Claims {
    claims: AccessClaims,
    /// The second from which on it is valid.
    begins: i64,
}

impl Claims {
    /// The same, if the token is neither over nor yet to come.
    pub(super) const fn at(&self, now: Timestamp) -> Result<AccessClaims, TokenFlaw> {
        let now = now.as_seconds();
        if self.begins > now.saturating_add(LEEWAY_SECONDS) {
            return Err(TokenFlaw::Unreadable);
        }
        let is_over = self.claims.expires_at.as_seconds() <= now.saturating_sub(LEEWAY_SECONDS);
        if is_over { Err(TokenFlaw::Expired(self.claims)) } else { Ok(self.claims) }
    }
}

fn from_seconds(seconds: i64) -> Option<Timestamp> {
    seconds.checked_mul(1_000_000).map(Timestamp::from_micros)
}
