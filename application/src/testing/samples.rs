//! Sound values, so that a test names only what matters to it.
//!
//! What has to be parsed answers with an `Option`: the tests unwrap it, so that nothing here can panic.

use crate::actor::{Actor, Identity, Member, Origin};
use crate::sealing::DocumentKind;
use crate::store::{Account, LiveSession};
use domain::Timestamp;
use domain::access::{Role, Scopes, decision::effective};
use domain::audit::Link;
use domain::ids::{RequestId, SessionId, UserId};
use domain::keys::{Algorithm, Schedule, SealedKey, SigningKey};
use domain::sessions::{BegunSession, Channel, Device, LogIn, LogInDraft, Method, Session, TokenDigest};
use domain::users::{
    EmailAddress, Enrolment, Password, PasswordHash, PasswordPolicy, Preferences, Profile, SignUp,
    SignUpDraft, Standing, Status, User, Username,
};
use domain::vault::{KeyName, KeyringEntry, PersonalData, WrappedKey};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// The moment at which every stage begins.
pub const NOW: Timestamp = Timestamp::from_micros(1_750_000_000_000_000);
/// A password that the default policy accepts.
pub const PASSWORD: &str = "vexing-zebra-lantern";
/// Another one.
pub const OTHER_PASSWORD: &str = "quiet-harbour-tramway";
/// The address that [`origin`] tells of.
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
/// The browser that [`origin`] tells of.
pub const USER_AGENT: &str = "Firefox/140 on Linux";

/// A key signs for 90 days, is published a day before, and verifies for 10 minutes and 30 seconds after.
pub const SCHEDULE: Schedule = Schedule {
    algorithm: Algorithm::EdDsa,
    rotation: Duration::from_hours(90 * 24),
    publication: Duration::from_hours(24),
    verification: Duration::from_secs(630),
};

/// The default policy for passwords.
#[must_use]
pub fn policy() -> Option<PasswordPolicy> {
    PasswordPolicy::new(12)
}

/// The user of that number; the same number is the same user.
#[must_use]
pub fn user_id(number: u8) -> UserId {
    UserId::new(NOW, &[number; 10])
}

/// The session of that number.
#[must_use]
pub fn session_id(number: u8) -> SessionId {
    SessionId::new(NOW, &[number; 10])
}

/// The digest of that number.
#[must_use]
pub const fn digest(number: u8) -> TokenDigest {
    TokenDigest::new([number; 32])
}

/// A stored password; what it is the hash of, the mocked hasher decides.
#[must_use]
pub fn hash() -> PasswordHash {
    PasswordHash::new("$stored".to_owned())
}

/// A request from [`ADDRESS`] with a name and a browser.
#[must_use]
pub fn origin() -> Origin {
    Origin {
        address: Some(ADDRESS),
        request_id: Some(RequestId::new(NOW, &[9; 10])),
        user_agent: Some(USER_AGENT.to_owned()),
    }
}

/// Somebody who has not logged in, asking by [`origin`].
#[must_use]
pub fn visitor() -> Actor {
    Actor::visitor(origin())
}

/// The user of that number, logged in over the API by the session of that number, with all the role gives.
#[must_use]
pub fn member(number: u8, role: Role) -> Actor {
    member_by(number, Channel::Api, role, role.scopes())
}

/// The user of that number, logged in over that channel, with a token that was granted this much.
#[must_use]
pub fn member_by(number: u8, channel: Channel, role: Role, granted: Scopes) -> Actor {
    let (user_id, session_id) = (user_id(number), session_id(number));
    let scopes = effective(granted, role);
    let member = Member { user_id, session_id, channel, role, role_end: None, granted, scopes };
    Actor { identity: Identity::Member(member), origin: origin() }
}

/// A form for a new account, filled in with [`PASSWORD`].
#[must_use]
pub fn sign_up(username: &str, email: &str) -> Option<SignUp> {
    let draft = SignUpDraft {
        username: Some(username),
        email: Some(email),
        password: Some(PASSWORD),
        ..SignUpDraft::default()
    };
    SignUp::parse(draft, policy()?).ok()
}

/// A form by which an account is made for somebody else, with [`PASSWORD`] or without one.
#[must_use]
pub fn enrolment(username: &str, role: Role, with_password: bool) -> Option<Enrolment> {
    let email = format!("{username}@example.com");
    let draft = SignUpDraft {
        username: Some(username),
        email: Some(&email),
        password: with_password.then_some(PASSWORD),
        ..SignUpDraft::default()
    };
    Enrolment::parse(draft, Some(role.name()), policy()?).ok()
}

/// A form to log in, filled in with [`PASSWORD`].
#[must_use]
pub fn log_in(login: &str) -> Option<LogIn> {
    let draft = LogInDraft { login: Some(login), password: Some(PASSWORD), ..LogInDraft::default() };
    LogIn::parse(draft).ok()
}

/// A password as it is entered.
#[must_use]
pub fn password(text: &str) -> Option<Password> {
    Password::parse(text).ok()
}

/// The active user of that number, made at [`NOW`].
#[must_use]
pub fn user(number: u8, username: &str, role: Role) -> Option<User> {
    Some(User {
        id: user_id(number),
        username: Username::parse(username).ok()?,
        role,
        role_end: None,
        suspension: None,
        preferences: Preferences::default(),
        created_at: NOW,
        updated_at: NOW,
        last_login_at: None,
        version: 1,
    })
}

/// That user, with the address `username@example.com`.
#[must_use]
pub fn profile(number: u8, username: &str, role: Role) -> Option<Profile> {
    let email = EmailAddress::parse(&format!("{username}@example.com")).ok()?;
    let personal = PersonalData {
        email,
        full_name: None,
        bio: None,
        location: None,
        website: None,
        unreadable: Vec::new(),
    };
    Some(Profile { user: user(number, username, role)?, personal })
}

/// That user, with the password [`hash`].
#[must_use]
pub fn account(number: u8, username: &str, role: Role) -> Option<Account> {
    Some(Account { user: user(number, username, role)?, password_hash: Some(hash()) })
}

/// The session of that number, of the user of the same number, begun at [`NOW`] with all that the role gives.
///
/// In a browser its cookie has the digest of the same number.
#[must_use]
pub fn session(number: u8, channel: Channel, role: Role) -> Session {
    Session {
        id: session_id(number),
        user_id: user_id(number),
        channel,
        method: Method::Password,
        scopes: role.scopes(),
        cookie_digest: (channel == Channel::Web).then(|| digest(number)),
        created_at: NOW,
        last_used_at: NOW,
    }
}

/// That session, begun on a device without a name at [`ADDRESS`].
#[must_use]
pub fn begun_session(number: u8, channel: Channel, role: Role) -> BegunSession {
    let device = Device { name: None, address: Some(ADDRESS) };
    BegunSession { session: session(number, channel, role), device }
}

/// How an active account with that role stands, for good.
#[must_use]
pub const fn standing(role: Role) -> Standing {
    Standing { role, role_end: None, status: Status::Active, suspended_until: None }
}

/// That session, as long as its owner's account may be used.
#[must_use]
pub fn live_session(number: u8, channel: Channel, role: Role) -> LiveSession {
    LiveSession { session: session(number, channel, role), standing: standing(role) }
}

/// The signing key of that number, which signs from that moment on.
#[must_use]
pub fn signing_key(number: u8, active_from: Timestamp) -> SigningKey {
    SigningKey {
        kid: format!("key-{number}"),
        algorithm: Algorithm::EdDsa,
        public_key: vec![number; 32],
        sealed_private_key: SealedKey(vec![number; 60]),
        created_at: NOW,
        active_from,
    }
}

/// A keyring with the first key of each name.
#[must_use]
pub fn keyring() -> Vec<KeyringEntry> {
    KeyName::ALL.into_iter().map(|name| keyring_entry(name, 1)).collect()
}

/// The key of that name and number, made at [`NOW`].
#[must_use]
pub fn keyring_entry(name: KeyName, id: u32) -> KeyringEntry {
    let sealed = format!("{} {id}", name.name()).into_bytes();
    KeyringEntry { name, id, sealed, created_at: NOW }
}

/// Somebody's key, sealed under the wrapping key of that number.
#[must_use]
pub fn wrapped(wrapping: u32) -> WrappedKey {
    WrappedKey { wrapping, sealed: format!("under {wrapping}").into_bytes() }
}

/// What [`Stage::signs`](super::Stage::signs) answers as the public key.
pub const DOCUMENT_KEYS: &str = r#"{"keys":[]}"#;

/// The signature over a text as a document of that kind, as every stage makes it: it is told from that over any other.
#[must_use]
pub fn signature(kind: DocumentKind, text: &[u8]) -> String {
    let print = fingerprint(&[kind.name().as_bytes(), b"\n", text].concat());
    print.iter().fold(format!("{}..", kind.name()), |signature, byte| format!("{signature}{byte:02x}"))
}

/// No digest that anybody could rely on, but as sensitive to every byte and its place.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> [u8; 32] {
    let mut print = [0x5a_u8; 32];
    for (place, byte) in bytes.iter().enumerate() {
        let spot = place % 32;
        let turned = print[spot].wrapping_mul(31).wrapping_add(*byte);
        print[spot] = turned ^ print[(spot + 7) % 32].rotate_left(3);
    }
    print
}

/// The commitment to a text by a salt, made by [`fingerprint`].
#[must_use]
pub fn commitment(salt: &[u8; 32], text: &[u8]) -> [u8; 32] {
    fingerprint(&[salt, text].concat())
}

/// The link of a canonical form, made by [`fingerprint`].
#[must_use]
pub fn link(canonical: &[u8]) -> Link {
    Link::new(fingerprint(canonical))
}
