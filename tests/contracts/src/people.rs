//! People, sessions and keys for the tests to store.

use application::store::{Saved, Store, UnitOfWork};
use domain::Timestamp;
use domain::access::{Role, Scope, Scopes};
use domain::ids::{SessionId, UserId};
use domain::keys::{Algorithm, KeyState, SealedKey, SigningKey};
use domain::sessions::{Channel, Family, Generation, Session, TokenDigest};
use domain::users::{EmailAddress, PasswordHash, Preferences, Profile, Status, User, Username};
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
        status: Status::Active,
        preferences: Preferences::default(),
        created_at: NOW,
        updated_at: NOW,
        last_login_at: None,
        version: 1,
    };
    let email = email(&format!("{name}@example.com"));
    Profile {
        user,
        personal: PersonalData { email, full_name: None, bio: None, location: None, website: None },
    }
}

pub(crate) fn administrator(number: u8, name: &str) -> Profile {
    let mut profile = somebody(number, name);
    profile.user.role = Role::Admin;
    profile
}

pub(crate) fn session(number: u8, user_id: UserId) -> Session {
    Session {
        id: session_id(number),
        user_id,
        channel: Channel::Api,
        device_name: None,
        address: None,
        scopes: [Scope::ProfileRead, Scope::ProfileWrite].into_iter().collect::<Scopes>(),
        cookie_digest: None,
        created_at: NOW,
        last_used_at: NOW,
    }
}

pub(crate) fn family(session_id: SessionId) -> Family {
    Family { session_id, generation: Generation::FIRST, digest: digest(1), issued_at: NOW }
}

pub(crate) fn signing_key(kid: &str, state: KeyState) -> SigningKey {
    SigningKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::EdDsa,
        public_key: vec![1; 32],
        sealed_private_key: SealedKey(vec![2; 80]),
        state,
        created_at: NOW,
    }
}

/// Stores an account with its person inside a unit of work.
pub(crate) async fn settle(work: &mut dyn UnitOfWork, profile: &Profile) {
    let saved = work.users().insert(&profile.user, &profile.personal.email, &hash("old")).await.unwrap();
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
    work.sessions().insert(&session).await.unwrap();
    work.refresh_tokens().insert(&family(session.id)).await.unwrap();
    work.commit().await.unwrap();
    session
}

/// Gives a task the time it would need if nothing held it up, and sees that something does.
pub(crate) async fn still_waits<T: std::fmt::Debug>(task: &mut JoinHandle<T>) {
    let ended = tokio::time::timeout(Duration::from_millis(300), task).await;
    assert!(ended.is_err(), "it did not wait: {ended:?}");
}
