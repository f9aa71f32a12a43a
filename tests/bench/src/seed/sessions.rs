use super::{Failure, House, username};
use application::store::{Store as _, UserDirectory as _};
use application::tokens::{AccessClaims, AccessTokens as _, OpaqueTokens as _};
use domain::access::{Role, Scopes};
use domain::ids::{SessionId, UserId};
use domain::sessions::{BegunSession, Channel, Device, DeviceName, Family, Generation, Method, Session};
use domain::users::LoginName;
use security::SignedTokens;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// How many sessions one unit of work begins.
const AT_ONCE: usize = 500;

/// Somebody who is logged in.
pub struct Bearer {
    /// Whose session it is.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
    /// What they may do.
    scopes: Scopes,
    role: Role,
    /// The live refresh token.
    pub refresh_token: String,
}

impl House {
    /// Logs people of these numbers in, each on one device, as a log-in would have written it down.
    pub async fn log_in(&self, people: &[usize]) -> Result<Vec<Bearer>, Failure> {
        let mut bearers = Vec::with_capacity(people.len());
        for batch in people.chunks(AT_ONCE) {
            let mut found = Vec::with_capacity(batch.len());
            for number in batch {
                let account = self.store.account(&LoginName::parse(&username(*number))).await?;
                found.push(account.ok_or_else(|| format!("{} was not taken in", username(*number)))?.user);
            }
            let mut work = self.store.begin().await?;
            for user in found {
                let (now, scopes) = (self.ids.now(), user.role.scopes());
                let address = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
                let device = Device { name: DeviceName::from_user_agent("bench"), address };
                let id = self.ids.session(now);
                let session = Session {
                    id,
                    user_id: user.id,
                    channel: Channel::Api,
                    method: Method::Password,
                    scopes,
                    cookie_digest: None,
                    created_at: now,
                    last_used_at: now,
                };
                let first = self.opaque.refresh(id, Generation::FIRST, None);
                let client = self.opaque.client_key("127.0.0.1\n");
                work.sessions().insert(&BegunSession { session, device }).await?;
                work.refresh_tokens().insert(&Family::begun(id, first.digest, client, scopes, now)).await?;
                let (refresh_token, role) = (first.token.expose().to_owned(), user.role);
                bearers.push(Bearer { user: user.id, session: id, scopes, role, refresh_token });
            }
            work.commit().await?;
        }
        Ok(bearers)
    }

    /// Access tokens of these people, as the service of that address signs them: good for ten minutes from now.
    pub async fn access_tokens(&self, service: &str, bearers: &[Bearer]) -> Result<Vec<String>, Failure> {
        let signer = SignedTokens::new(service.to_owned(), service.to_owned(), &self.secret);
        signer.install(&self.signing_keys().await?)?;
        let issued_at = self.ids.now();
        let token = |bearer: &Bearer| {
            let claims = AccessClaims {
                user_id: bearer.user,
                session_id: bearer.session,
                generation: Generation::FIRST,
                scopes: bearer.scopes,
                role: bearer.role,
                issued_at,
                expires_at: issued_at.plus(Duration::from_mins(10)),
            };
            Ok(signer.sign(&claims)?.expose().to_owned())
        };
        bearers.iter().map(token).collect()
    }
}
