//! People, sessions and keys for the tests to store.

use application::store::{Saved, Store, UnitOfWork};
use domain::Timestamp;
use domain::access::{Role, Scope, Scopes};
use domain::ids::{NoticeId, SessionId, UserId};
use domain::keys::{Algorithm, SealedKey, SigningKey};
use domain::notices::{Notice, NoticeKind};
use domain::sessions::{
    BegunSession, Channel, Device, Family, Generation, Method, Presented, Session, TokenDigest,
};
use domain::users::{
    EmailAddress, Justification, PasswordHash, Preferences, Profile, Suspension, User, Username,
};
use domain::vault::PersonalData;
use persistence::SqlStore;
use std::time::Duration;
use tokio::task::JoinHandle;

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_123_457);

pub(crate) fn user_id(number: u8) -> UserId {
    UserId::new(NOW, &[number; 10])
}

pub(crate) fn session_id(number: u8) -> SessionId {
    SessionId::new(NOW, &[number; 10])
}

pub(crate) fn digest(number: u8) -> TokenDigest {
    TokenDigest::new([number; 32])
}

pub(crate) fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub(crate) fn username(text: &str) -> Username {
    Username::parse(text).unwrap()
}

pub(crate) fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text.to_owned())
}

/// Somebody whose identifier comes from `number`, and whose address from their name.
pub(crate) fn somebody(number: u8, name: &str) -> Profile {
    let user = User {
        id: user_id(number),
        username: username(name),
        role: Role::User,
        role_end: None,
        suspension: None,
        preferences: Preferences::default(),
        created_at: NOW,
        updated_at: NOW,
        last_login_at: None,
        version: 1,
    };
    let personal = PersonalData {
        email: email(&format!("{name}@example.com")),
        full_name: None,
        bio: None,
        location: None,
        website: None,
        unreadable: Vec::new(),
    };
    Profile { user, personal }
}

pub(crate) fn administrator(number: u8, name: &str) -> Profile {
    let mut profile = somebody(number, name);
    profile.user.role = Role::Admin;
    profile
}

pub(crate) fn suspension(until: Option<Timestamp>) -> Suspension {
    Suspension { reason: Justification::parse("Spam; twice.\nAsked to stop.").unwrap(), since: NOW, until }
}

pub(crate) fn session(number: u8, user_id: UserId) -> Session {
    Session {
        id: session_id(number),
        user_id,
        channel: Channel::Api,
        method: Method::Password,
        scopes: [Scope::ProfileRead, Scope::ProfileWrite].into_iter().collect::<Scopes>(),
        cookie_digest: None,
        created_at: NOW,
        last_used_at: NOW,
    }
}

/// The session on a device of which nothing is known.
pub(crate) fn begun(session: Session) -> BegunSession {
    BegunSession { session, device: Device::default() }
}

pub(crate) fn family(session_id: SessionId) -> Family {
    Family::begun(session_id, digest(1), digest(101), [Scope::ProfileRead].into_iter().collect(), NOW)
}

/// The family after its first rotation, which gave the token of that digest to another client.
pub(crate) fn rotated(before: &Family, successor: TokenDigest) -> Family {
    let token = Presented {
        session_id: before.session_id,
        generation: before.generation,
        digest: before.digest,
        client: digest(102),
    };
    before.rotated(
        Generation::from_number(2),
        successor,
        &token,
        Scopes::NONE,
        NOW.plus(Duration::from_secs(1)),
    )
}

pub(crate) fn notice(number: u8, user_id: UserId) -> Notice {
    let id = NoticeId::new(NOW, &[number; 10]);
    Notice { id, user_id, kind: NoticeKind::RefreshTokenReused, at: NOW }
}

pub(crate) fn signing_key(kid: &str, active_from: Timestamp) -> SigningKey {
    SigningKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::EdDsa,
        public_key: vec![1; 32],
        sealed_private_key: SealedKey(vec![2; 80]),
        created_at: NOW,
        active_from,
    }
}

/// Stores an account with its person inside a unit of work.
pub(crate) async fn settle(work: &mut dyn UnitOfWork, profile: &Profile) {
    let saved =
        work.users().insert(&profile.user, &profile.personal.email, Some(&hash("old"))).await.unwrap();
    assert_eq!(saved, Saved::Yes);
    work.personal_data().put(profile.user.id, &profile.personal).await.unwrap();
}

/// Stores an account with its person for good.
pub(crate) async fn settled(store: &SqlStore, profile: &Profile) {
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), profile).await;
    work.commit().await.unwrap();
}

/// Stores an account and a session of it with a family.
pub(crate) async fn logged_in(store: &SqlStore, profile: &Profile, number: u8) -> Session {
    let session = session(number, profile.user.id);
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), profile).await;
    work.sessions().insert(&begun(session.clone())).await.unwrap();
    work.refresh_tokens().insert(&family(session.id)).await.unwrap();
    work.commit().await.unwrap();
    session
}

/// Gives a task the time it would need if nothing held it up, and sees that something does.
pub(crate) async fn still_waits<T: std::fmt::Debug>(task: &mut JoinHandle<T>) {
    let ended = tokio::time::timeout(Duration::from_millis(300), task).await;
    assert!(ended.is_err(), "it did not wait: {ended:?}");
}
