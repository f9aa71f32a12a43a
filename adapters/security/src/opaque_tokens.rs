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

use crate::derivation::{Purpose, TokenSecret};
use crate::entropy::random;
use crate::octets::first;
use application::tokens::{
    DEVICE_MARK_LIFETIME, Issued, OpaqueTokens, PresentedCookie, PresentedExportTicket,
    PresentedPasswordLink, PresentedRefresh,
};
use aws_lc_rs::hmac;
use domain::Timestamp;
use domain::ids::{SessionId, UserId};
use domain::sessions::{Generation, Token, TokenDigest};
use kind::{Kind, hmac_key};
use std::fmt::Write;
use uuid::Uuid;

const ID: usize = 16;
const GENERATION: usize = 4;
const NONCE: usize = 16;
const MOMENT: usize = 8;

/// Makes and recognises refresh tokens, session cookies, device marks, tickets, and the links that are opened once, all
/// from one secret.
pub struct SealedTokens {
    refresh: Kind,
    cookies: Kind,
    devices: Kind,
    setup: Kind,
    password_links: Kind,
    export_tickets: Kind,
    successors: hmac::Key,
    digests: hmac::Key,
    attempts: hmac::Key,
    clients: hmac::Key,
}

impl SealedTokens {
    /// The tokens of the installation that has this secret in its keyring.
    #[must_use]
    pub fn new(secret: &TokenSecret) -> Self {
        Self {
            refresh: Kind::new("xrt_", secret, Purpose::RefreshTokens),
            cookies: Kind::new("xsc_", secret, Purpose::Cookies),
            devices: Kind::new("xdm_", secret, Purpose::DeviceMarks),
            setup: Kind::new("xsl_", secret, Purpose::SetupLink),
            password_links: Kind::new("xpl_", secret, Purpose::PasswordLinks),
            export_tickets: Kind::new("xex_", secret, Purpose::ExportTickets),
            successors: hmac_key(secret, Purpose::RefreshSuccessors),
            digests: hmac_key(secret, Purpose::TokenDigests),
            attempts: hmac_key(secret, Purpose::Attempts),
            clients: hmac_key(secret, Purpose::Clients),
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
        first(context.sign().as_ref())
    }

    fn digest(&self, token: &str) -> TokenDigest {
        keyed_digest(&self.digests, token)
    }

    fn issued(&self, token: Token) -> Issued {
        Issued { digest: self.digest(token.expose()), token }
    }

    /// A token that says whose it is and nothing more. Every call makes another one.
    fn issued_to(&self, kind: &Kind, id: Uuid) -> Issued {
        self.issued(kind.write(&[id.as_bytes(), &random::<NONCE>()]))
    }

    /// Whose such a token is, and its digest.
    fn read_issued_to(&self, kind: &Kind, text: &str) -> Option<(Uuid, TokenDigest)> {
        let body: [u8; ID + NONCE] = kind.read(text)?;
        let (id, _) = body.split_first_chunk()?;
        Some((Uuid::from_bytes(*id), self.digest(text)))
    }
}

impl OpaqueTokens for SealedTokens {
    /// The successor's nonce is made under a key of its own from all that is known of its predecessor: whoever
    /// lacks the secret can't make it, and two predecessors never have the same successor.
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
        self.issued_to(&self.cookies, session.as_uuid())
    }

    fn read_cookie(&self, text: &str) -> Option<PresentedCookie> {
        let (id, digest) = self.read_issued_to(&self.cookies, text)?;
        Some(PresentedCookie { session_id: SessionId::from_uuid(id), digest })
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

    /// A seal around nothing: the secret alone decides what it is.
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
        self.issued_to(&self.password_links, user.as_uuid())
    }

    fn read_password_link(&self, text: &str) -> Option<PresentedPasswordLink> {
        let (id, digest) = self.read_issued_to(&self.password_links, text)?;
        Some(PresentedPasswordLink { user_id: UserId::from_uuid(id), digest })
    }

    fn export_ticket(&self, user: UserId) -> Issued {
        self.issued_to(&self.export_tickets, user.as_uuid())
    }

    fn read_export_ticket(&self, text: &str) -> Option<PresentedExportTicket> {
        let (id, digest) = self.read_issued_to(&self.export_tickets, text)?;
        Some(PresentedExportTicket { user_id: UserId::from_uuid(id), digest })
    }

    fn attempt_key(&self, name: &str) -> TokenDigest {
        keyed_digest(&self.attempts, name)
    }
}

fn keyed_digest(key: &hmac::Key, text: &str) -> TokenDigest {
    TokenDigest::new(first(hmac::sign(key, text.as_bytes()).as_ref()))
}
