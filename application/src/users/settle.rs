use super::UserService;
use crate::actor::Actor;
use crate::store::{Saved, StoreError};
use domain::audit::EventKind;
use domain::ids::UserId;
use domain::users::{Status, User};

impl UserService {
    /// How many accounts are looked up at once.
    const BATCH: u32 = 100;

    /// Writes down which roles and suspensions have ended by themselves. Nothing waits for it: what has ended counts as
    /// ended at once. Says how many accounts there were.
    ///
    /// Each account in a unit of work of its own, so that one that can't be read keeps no other from it.
    pub async fn settle(&self) -> Result<u64, StoreError> {
        let mut settled = 0;
        loop {
            let outdated = self.store.begin().await?.users().outdated(self.ids.now(), Self::BATCH).await?;
            let before = settled;
            for id in &outdated {
                match self.settle_one(*id).await {
                    Ok(()) => settled += 1,
                    Err(StoreError::Unavailable(why)) => return Err(StoreError::Unavailable(why)),
                    Err(error) => tracing::warn!(user = %id, %error, "what has ended was not written down"),
                }
            }
            let is_last = outdated.len() < Self::BATCH as usize;
            if is_last || settled == before {
                return Ok(settled);
            }
        }
    }

    async fn settle_one(&self, id: UserId) -> Result<(), StoreError> {
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        // The one lock that everybody takes first who changes a role.
        work.instance().lock_administrators().await?;
        // Deleted since it was looked up.
        let Some(account) = work.users().find(id).await? else { return Ok(()) };
        let before = account.user;
        let after = before.clone().settled(now);
        if after == before {
            return Ok(());
        }
        if work.users().update(&after, None).await? != Saved::Yes {
            return Err(StoreError::Conflict);
        }
        for (kind, detail) in ended(&before, &after) {
            let mut event = Actor::system().event(&self.ids, now, kind, Some(id));
            event.detail = detail;
            work.audit().record(&event).await?;
        }
        work.commit().await
    }
}

type Detail = Vec<(std::borrow::Cow<'static, str>, String)>;

/// What has ended by itself between the one and the other.
fn ended(before: &User, after: &User) -> Vec<(EventKind, Detail)> {
    let expired = || ("reason".into(), "expired".to_owned());
    let mut ended = Vec::new();
    if before.role_end != after.role_end {
        let (from, to) = (before.role.name().to_owned(), after.role.name().to_owned());
        ended.push((EventKind::RoleChanged, vec![("from".into(), from), ("to".into(), to), expired()]));
    }
    if (before.status(), after.status()) == (Status::Suspended, Status::Active) {
        ended.push((EventKind::UserReinstated, vec![expired()]));
    }
    ended
}
