//! Secrets that are handed out and come back: made, read and recognised behind this door.

use async_trait::async_trait;
use domain::Timestamp;
use domain::access::{Role, Scopes};
use domain::ids::{SessionId, UserId};
use domain::keys::{Algorithm, SigningKey};
use domain::sessions::{Generation, Token, TokenDigest};
use std::time::Duration;

/// What an access token says (RFC 9068, section 2.2, with `sid` and `role` beside it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`: whose it is.
    pub user_id: UserId,
    /// `sid`: the session it stands and falls with.
    pub session_id: SessionId,
    /// The generation of the refresh token beside it. Session and generation together are its `jti`.
    pub generation: Generation,
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

/// Why a text is no valid access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFlaw {
    /// None of ours, not for this service, not yet valid, or changed on the way.
    Unreadable,
    /// Genuine, and past its end. What it says may be used to explain that, and for nothing else.
    Expired(AccessClaims),
}

/// Signs access tokens and recognises its own.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AccessTokens: Send + Sync {
    /// Makes a key pair that signs from `active_from` on, its private half sealed. May take a second.
    async fn generate(
        &self,
        algorithm: Algorithm,
        now: Timestamp,
        active_from: Timestamp,
    ) -> Result<SigningKey, KeyError>;

    /// Takes these keys into use, all of them or none: all of them verify, and each signs in its time.
    fn install(&self, keys: &[SigningKey]) -> Result<(), KeyError>;

    /// Signs a token with the key whose time it was at the token's `issued_at`; where that key is gone, with the one
    /// that signs now. The same claims under the same key are the same token, byte for byte, so that a lost
    /// answer can be given again.
    fn sign(&self, claims: &AccessClaims) -> Result<Token, KeyError>;

    /// Reads a token that one of the installed keys has signed, for this service.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFlaw>;

    /// The public keys, also those that do not sign yet, as a JWK set (RFC 7517, section 5), in JSON.
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

/// The secret of a link to set a password that came back and carries this server's seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedPasswordLink {
    /// Whose password it sets.
    pub user_id: UserId,
    /// Its digest.
    pub digest: TokenDigest,
}

/// The secret of a ticket for a person's own data that came back and carries this server's seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedExportTicket {
    /// Whose data it fetches.
    pub user_id: UserId,
    /// Its digest.
    pub digest: TokenDigest,
}

/// How long a device is known after a log-in.
pub const DEVICE_MARK_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Makes and reads the tokens that mean nothing to anybody else.
///
/// Each kind is sealed under a key of its own, so that none passes for another.
#[allow(clippy::ref_option_ref, reason = "mockall's own code")]
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait OpaqueTokens: Send + Sync {
    /// A refresh token of that session and generation. One that follows a predecessor is made from it, so that
    /// every call makes the same one; the first of a family is another one at each call.
    ///
    /// Nobody without the server's keys can make it, also who holds the predecessor and the whole database.
    #[allow(
        clippy::needless_lifetimes,
        reason = "mockall mocks an optional reference only with its lifetime named"
    )]
    fn refresh<'a>(
        &self,
        session: SessionId,
        generation: Generation,
        predecessor: Option<&'a TokenDigest>,
    ) -> Issued;

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

    /// What a client is known by when it comes again at once: a keyed digest of where it comes from and what it runs.
    fn client_key(&self, description: &str) -> TokenDigest;

    /// The secret of a link by which that person sets their password. Every call makes another one.
    fn password_link(&self, user: UserId) -> Issued;

    /// Reads the secret of such a link.
    fn read_password_link(&self, text: &str) -> Option<PresentedPasswordLink>;

    /// The secret of a ticket by which that person fetches everything that is held about them. Every call makes another
    /// one.
    fn export_ticket(&self, user: UserId) -> Issued;

    /// Reads the secret of such a ticket.
    fn read_export_ticket(&self, text: &str) -> Option<PresentedExportTicket>;

    /// What attempts at a name are counted under: a keyed digest, because people type passwords into the field
    /// for the name.
    fn attempt_key(&self, name: &str) -> TokenDigest;
}
