//! Tokens that mean nothing to anybody but the server that made them.
//!
//! Each is a prefix that says its kind, so that a secret scanner finds one that was left lying about, and the
//! base64url form (RFC 4648, section 5, without padding) of what it says, a nonce, and a seal: HMAC-SHA-256 cut to
//! 128 bits (RFC 2104, section 5), under a key of that kind alone. So a guess, a token of another server and a
//! token of another kind are refused without asking the store, and what a token says of its session and its
//! generation can be believed however old it is.
//!
//! A token does not show whether it still works: that stands in the store, beside its digest.

mod kind;
#[cfg(test)]
mod tests;

use crate::entropy::random;
use crate::root_key::{Purpose, RootKey};
use application::tokens::{
    DEVICE_MARK_LIFETIME, Issued, OpaqueTokens, PresentedCookie, PresentedPasswordLink, PresentedRefresh,
};
use aws_lc_rs::hmac;
use domain::Timestamp;
use domain::ids::{SessionId, UserId};
use domain::sessions::{Generation, Token, TokenDigest};
use kind::{Kind, first, hmac_key};
use std::fmt::Write;
use uuid::Uuid;

const ID: usize = 16;
const GENERATION: usize = 4;
const NONCE: usize = 16;
const MOMENT: usize = 8;

/// Makes and recognises refresh tokens, session cookies, device marks and the links that are opened once, all from
/// one root key.
pub struct SealedTokens {
    refresh: Kind,
    cookies: Kind,
    devices: Kind,
    setup: Kind,
    password_links: Kind,
    successors: hmac::Key,
    digests: hmac::Key,
    attempts: hmac::Key,
    clients: hmac::Key,
}

impl SealedTokens {
    /// The tokens of the installation that has this root key.
    #[must_use]
    pub fn new(root: &RootKey) -> Self {
        Self {
            refresh: Kind::new("xrt_", root, Purpose::RefreshTokens),
            cookies: Kind::new("xsc_", root, Purpose::Cookies),
            devices: Kind::new("xdm_", root, Purpose::DeviceMarks),
            setup: Kind::new("xsl_", root, Purpose::SetupLink),
            password_links: Kind::new("xpl_", root, Purpose::PasswordLinks),
            successors: hmac_key(root, Purpose::RefreshSuccessors),
            digests: hmac_key(root, Purpose::TokenDigests),
            attempts: hmac_key(root, Purpose::Attempts),
            clients: hmac_key(root, Purpose::Clients),
        }
    }

    /// What a refresh token has in place of chance when it follows `predecessor`.
    fn successor(
        &self,
        session: Uuid,
        generation: [u8; GENERATION],
        predecessor: &TokenDigest,
    ) -> [u8; NONCE] {
        let mut context = hmac::Context::with_key(&self.successors);
        context.update(session.as_bytes());
        context.update(&generation);
        context.update(predecessor.as_bytes());
        first(&context.sign())
    }

    fn digest(&self, token: &str) -> TokenDigest {
        keyed_digest(&self.digests, token)
    }

    fn issued(&self, token: Token) -> Issued {
        Issued { digest: self.digest(token.expose()), token }
    }
}

impl OpaqueTokens for SealedTokens {
    /// The successor's nonce is made under a key of its own from all that is known of its predecessor: whoever
    /// lacks the root key can't make it, and two predecessors never have the same successor.
    fn refresh(
        &self,
        session: SessionId,
        generation: Generation,
        predecessor: Option<&TokenDigest>,
    ) -> Issued {
        let (id, number) = (session.as_uuid(), generation.number().to_be_bytes());
        let nonce = predecessor.map_or_else(random, |digest| self.successor(id, number, digest));
        self.issued(self.refresh.write(&[id.as_bytes(), &number, &nonce]))
    }

    fn read_refresh(&self, text: &str) -> Option<PresentedRefresh> {
        let body: [u8; ID + GENERATION + NONCE] = self.refresh.read(text)?;
        let (id, rest) = body.split_first_chunk()?;
        let (number, _) = rest.split_first_chunk()?;
        Some(PresentedRefresh {
            session_id: SessionId::from_uuid(Uuid::from_bytes(*id)),
            generation: Generation::from_number(u32::from_be_bytes(*number)),
            digest: self.digest(text),
        })
    }

    fn cookie(&self, session: SessionId) -> Issued {
        self.issued(self.cookies.write(&[session.as_uuid().as_bytes(), &random::<NONCE>()]))
    }

    fn read_cookie(&self, text: &str) -> Option<PresentedCookie> {
        let body: [u8; ID + NONCE] = self.cookies.read(text)?;
        let (id, _) = body.split_first_chunk()?;
        Some(PresentedCookie {
            session_id: SessionId::from_uuid(Uuid::from_bytes(*id)),
            digest: self.digest(text),
        })
    }

    fn device_mark(&self, user: UserId, now: Timestamp) -> Token {
        let given = now.as_micros().to_be_bytes();
        self.devices.write(&[user.as_uuid().as_bytes(), &given, &random::<NONCE>()])
    }

    fn read_device_mark(&self, text: &str, now: Timestamp) -> Option<(UserId, String)> {
        let body: [u8; ID + MOMENT + NONCE] = self.devices.read(text)?;
        let (id, rest) = body.split_first_chunk()?;
        let (given, device) = rest.split_first_chunk()?;
        let given = Timestamp::from_micros(i64::from_be_bytes(*given));
        if now >= given.plus(DEVICE_MARK_LIFETIME) {
            return None;
        }
        let mut counted_under = String::from("device:");
        for byte in device {
            write!(counted_under, "{byte:02x}").ok()?;
        }
        Some((UserId::from_uuid(Uuid::from_bytes(*id)), counted_under))
    }

    /// A seal around nothing: the root key alone decides what it is.
    fn setup_link(&self) -> Token {
        self.setup.write(&[])
    }

    fn is_setup_link(&self, text: &str) -> bool {
        self.setup.read::<0>(text).is_some()
    }

    fn client_key(&self, description: &str) -> TokenDigest {
        keyed_digest(&self.clients, description)
    }

    fn password_link(&self, user: UserId) -> Issued {
        self.issued(self.password_links.write(&[user.as_uuid().as_bytes(), &random::<NONCE>()]))
    }

    fn read_password_link(&self, text: &str) -> Option<PresentedPasswordLink> {
        let body: [u8; ID + NONCE] = self.password_links.read(text)?;
        let (id, _) = body.split_first_chunk()?;
        Some(PresentedPasswordLink {
            user_id: UserId::from_uuid(Uuid::from_bytes(*id)),
            digest: self.digest(text),
        })
    }

    fn attempt_key(&self, name: &str) -> TokenDigest {
        keyed_digest(&self.attempts, name)
    }
}

fn keyed_digest(key: &hmac::Key, text: &str) -> TokenDigest {
    TokenDigest::new(first(&hmac::sign(key, text.as_bytes())))
}
