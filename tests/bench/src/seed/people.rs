use super::{Failure, House};
use application::hashing::PasswordHasher as _;
use application::store::{Saved, Store as _};
use domain::access::Role;
use domain::audit::{ActorRef, Event, EventKind};
use domain::users::{
    Bio, EmailAddress, FullName, Location, Password, PasswordHash, Preferences, Profile, User, Username,
    Website,
};
use domain::vault::PersonalData;
use security::{Argon2id, Parameters};
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::time::Duration;

/// Everybody's password.
pub const PASSWORD: &str = "vexing-zebra-lantern-2";

/// How many people one unit of work takes in.
const AT_ONCE: usize = 500;
/// How many events that makes.
const EVENTS: u32 = 500;

/// The name of the person of that number. Those of the same first five digits are ten, however many there are in all.
#[must_use]
pub fn username(number: usize) -> String {
    format!("p{number:06}")
}

/// Their address of mail.
#[must_use]
pub fn email(number: usize) -> String {
    format!("{}@people.example", username(number))
}

impl House {
    /// Takes in the people of these numbers, as if each had signed up. Number 0 is the administrator.
    pub async fn take_in(&self, people: Range<usize>) -> Result<(), Failure> {
        let hash = hash().await?;
        let now = self.ids.now();
        for batch in people.clone().step_by(AT_ONCE) {
            let mut work = self.store.begin().await?;
            for number in batch..people.end.min(batch + AT_ONCE) {
                // A minute between one and the next, the last of a million two years ago.
                let created_at = now.minus(Duration::from_mins((1_100_000 - number.min(1_000_000)) as u64));
                let Profile { user, personal } = profile(number, self.ids.user(created_at), created_at)?;
                if work.users().insert(&user, &personal.email, Some(&hash)).await? != Saved::Yes {
                    return Err(format!("{} is taken", username(number)).into());
                }
                work.personal_data().put(user.id, &personal).await?;
                work.audit().record(&self.signed_up(&user)).await?;
            }
            if batch == 0 {
                work.instance().lock_administrators().await?;
                work.instance().settle_administration(now).await?;
            }
            work.commit().await?;
            self.chain(2 * EVENTS).await?;
        }
        self.tidy().await
    }

    fn signed_up(&self, user: &User) -> Event {
        Event {
            id: self.ids.event(user.created_at),
            sequence: None,
            kind: EventKind::UserSignedUp,
            actor: ActorRef::Visitor,
            subject: Some(user.id),
            at: user.created_at,
            address: Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7))),
            request_id: Some(self.ids.request()),
            detail: Vec::new(),
            private: Vec::new(),
        }
    }
}

/// A hash of [`PASSWORD`] at the service's default price.
async fn hash() -> Result<PasswordHash, Failure> {
    let hasher = Argon2id::start(Parameters::default(), NonZeroUsize::MIN, NonZeroUsize::MIN)?;
    let password = Password::parse(PASSWORD).map_err(refused)?;
    Ok(hasher.hash(&password).await?)
}

fn profile(
    number: usize,
    id: domain::ids::UserId,
    created_at: domain::Timestamp,
) -> Result<Profile, Failure> {
    let username = username(number);
    let user = User {
        id,
        username: Username::parse(&username).map_err(refused)?,
        role: if number == 0 { Role::Admin } else { Role::User },
        role_end: None,
        suspension: None,
        preferences: Preferences::default(),
        created_at,
        updated_at: created_at,
        last_login_at: None,
        version: 1,
    };
    let bio = "Keeps bees, reads about tide tables, and answers mail on Thursdays.";
    let personal = PersonalData {
        email: EmailAddress::parse(&email(number)).map_err(refused)?,
        full_name: Some(FullName::parse(&format!("Person {number} of the Bench")).map_err(refused)?),
        bio: Some(Bio::parse(bio).map_err(refused)?),
        location: Some(Location::parse("Concarneau").map_err(refused)?),
        website: Some(Website::parse(&format!("https://people.example/{username}")).map_err(refused)?),
        unreadable: Vec::new(),
    };
    Ok(Profile { user, personal })
}

fn refused(violation: domain::violation::Violation) -> Failure {
    format!("a value that the house refuses: {violation:?}").into()
}
