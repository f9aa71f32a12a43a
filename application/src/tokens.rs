//! Secrets that are handed out and come back: made, read and recognised behind this door.

use domain::Timestamp;
use domain::access::{Role, Scopes};
use domain::ids::{SessionId, UserId};
use domain::keys::SigningKey;
use domain::sessions::{Generation, Token, TokenDigest};
use std::time::Duration;

/// What an access token says (RFC 9068, section 2.2, with `sid` and `role` beside it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`: whose it is.
    pub user_id: UserId,
    /// `sid`: the session it stands and falls with.
    pub session_id: SessionId,
    /// `scope`: what it may be used for.
    pub scopes: Scopes,
    /// `role`: what the person was when it was signed; for applications that look no further.
    pub role: Role,
    /// `iat`: when it was signed.
    pub issued_at: Timestamp,
    /// `exp`: when it ends.
    pub expires_at: Timestamp,
}

/// Why a key or a token could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The private half does not open under this root key.
    #[error("a signing key does not open under this root key")]
    Sealed,
    /// No key is installed yet, or the library refused.
    #[error("signing failed")]
    Broken,
}

/// Signs access tokens and recognises its own.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait AccessTokens: Send + Sync {
    /// Makes a key pair, its private half sealed.
    fn generate(&self, now: Timestamp) -> Result<SigningKey, KeyError>;

    /// Takes these keys into use: the current one signs, all of them verify.
    fn install(&self, keys: &[SigningKey]) -> Result<(), KeyError>;

    /// Signs a token.
    fn sign(&self, claims: &AccessClaims) -> Result<Token, KeyError>;

    /// Reads a token that one of the installed keys has signed, for this service, and that is not over at `now`.
    /// Anything else is `None`: why it was refused is nobody's business.
    fn verify(&self, token: &str, now: Timestamp) -> Option<AccessClaims>;

    /// The public keys as a JWK set (RFC 7517, section 5), in JSON.
    fn jwks(&self) -> String;
}

/// A token and what the store keeps of it.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Goes out, once.
    pub token: Token,
    /// Stays.
    pub digest: TokenDigest,
}

/// A refresh token that came back and carries this server's seal. Whether it still works, its family knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedRefresh {
    /// The session it was issued for.
    pub session_id: SessionId,
    /// Its place in the family.
    pub generation: Generation,
    /// Its digest.
    pub digest: TokenDigest,
}

/// A session cookie that came back and carries this server's seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedCookie {
    /// The session it was issued for.
    pub session_id: SessionId,
    /// Its digest.
    pub digest: TokenDigest,
}

/// How long a device is known after a log-in.
pub const DEVICE_MARK_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Makes and reads the tokens that mean nothing to anybody else.
///
/// Each kind is sealed under a key of its own, so that none passes for another.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait OpaqueTokens: Send + Sync {
    /// A refresh token of that session and generation. Every call makes another one.
    fn refresh(&self, session: SessionId, generation: Generation) -> Issued;

    /// Reads a refresh token of this server's making; anything else is `None`, without asking the store.
    fn read_refresh(&self, text: &str) -> Option<PresentedRefresh>;

    /// The secret of a browser's session. Every call makes another one.
    fn cookie(&self, session: SessionId) -> Issued;

    /// Reads a cookie of this server's making.
    fn read_cookie(&self, text: &str) -> Option<PresentedCookie>;

    /// The mark of a device on which that person has logged in just now.
    fn device_mark(&self, user: UserId, now: Timestamp) -> Token;

    /// Whose device carries this mark, and the key by which its attempts are counted. A mark lasts
    /// [`DEVICE_MARK_LIFETIME`] from the log-in that gave it.
    fn read_device_mark(&self, text: &str, now: Timestamp) -> Option<(UserId, String)>;

    /// The secret of the link that creates the first administrator: the same for as long as there is none.
    fn setup_link(&self) -> Token;

    /// Whether this is that secret.
    fn is_setup_link(&self, text: &str) -> bool;

    /// What attempts at a name are counted under: a keyed digest, because people type passwords into the field
    /// for the name.
    fn attempt_key(&self, name: &str) -> TokenDigest;
}
