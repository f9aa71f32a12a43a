use super::SessionService;
use crate::actor::Actor;
use crate::store::StoreError;
use domain::audit::EventKind;
use domain::sessions::{Presented, Rotation, TokenDigest};
use std::time::Duration;

impl SessionService {
    /// Takes a token out of use (RFC 7009), with everything that stands and falls with it: its session.
    ///
    /// Whoever holds a token may give it back; that is all the proof it takes. A token that does not work, or no longer,
    /// is out of use already, so this is no error.
    pub async fn revoke(&self, actor: &Actor, token: &str) -> Result<(), StoreError> {
        let now = self.ids.now();
        let refresh = self.opaque_tokens.read_refresh(token);
        let access = || self.access_tokens.verify(token, now).ok();
        let named = refresh.as_ref().map(|read| read.session_id);
        let Some(id) = named.or_else(|| access().map(|claims| claims.session_id)) else { return Ok(()) };
        let mut work = self.store.begin().await?;
        let Some(live) = work.sessions().find(id).await? else { return Ok(()) };
        if let Some(read) = refresh {
            let Some(family) = work.refresh_tokens().find(id).await? else { return Ok(()) };
            // An older token is genuine too: its holder wants the session to end, and so it should.
            let client = TokenDigest::new([0; 32]);
            let presented =
                Presented { session_id: id, generation: read.generation, digest: read.digest, client };
            if family.present(&presented, Duration::ZERO, now) == Rotation::Refused {
                return Ok(());
            }
        }
        if !work.sessions().end(id).await? {
            return Ok(());
        }
        self.record(actor, work.as_mut(), EventKind::SessionEnded, &live.session, now).await?;
        work.commit().await
    }
}
