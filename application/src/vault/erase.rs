use super::VaultService;
use crate::Ids;
use crate::actor::Actor;
use crate::again::again;
use crate::audit::moment;
use crate::document::Document;
use crate::ledger::{Book, LedgerError};
use crate::sealing::{DocumentKind, Documents};
use crate::store::{Erasure, StoreError, UnitOfWork};
use crate::strict;
use domain::audit::{Event, EventKind};
use domain::ids::UserId;
use serde_json::json;

/// How many people are looked up, or listed, at once.
const BATCH: u32 = 200;

/// That an account was erased, signed: for the person to keep.
pub type Receipt = Document;

/// Removes an account and the person behind it, and says so in the audit trail. `note` goes with the event. Says whether
/// there was such an account: of several that remove it at once, one does.
pub(crate) async fn erase(
    actor: &Actor,
    work: &mut dyn UnitOfWork,
    ids: &Ids,
    erasure: Erasure,
    note: Option<(&'static str, String)>,
) -> Result<bool, StoreError> {
    let Erasure { user_id, at } = erasure;
    work.personal_data().remove(user_id).await?;
    if !work.users().delete(user_id).await? {
        return Ok(false);
    }
    work.erasures().record(&erasure).await?;
    let mut event: Event = actor.event(ids, at, EventKind::UserDeleted, Some(user_id));
    event.detail.extend(note.map(|(name, value)| (name.into(), value)));
    work.audit().record(&event).await?;
    Ok(true)
}

/// The receipt of an erasure that is committed.
pub(crate) fn receipt(documents: &dyn Documents, erasure: Erasure) -> Receipt {
    let data = json!({
        "erased": ["account", "data key", "personal data", "sessions", "password"],
        "erased_at": moment(erasure.at),
        "kept": ["events, by identifier only"],
        "subject": erasure.user_id.to_string(),
    });
    Document::sign(documents, DocumentKind::ErasureReceipt, &data)
}

impl VaultService {
    /// Finishes what has begun between the databases, and lists outside of them who was erased. To be called at the start,
    /// and about once a second.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        self.keeper.tidy().await?;
        loop {
            let unlisted = self.keeper.unlisted(BATCH).await?;
            if unlisted.is_empty() {
                return Ok(());
            }
            let lines: Vec<String> = unlisted.iter().map(|erasure| self.listed(*erasure)).collect();
            self.ledger.append(Book::Erasures, &lines).await.map_err(|error| unlistable(&error))?;
            self.keeper.listed(&unlisted).await?;
        }
    }

    fn listed(&self, erasure: Erasure) -> String {
        let data = json!({"erased_at": erasure.at.as_micros(), "subject": erasure.user_id.to_string()});
        Document::sign(self.documents.as_ref(), DocumentKind::Erasure, &data).as_str().to_owned()
    }

    /// Erases everybody again who was erased and has an account all the same: a database was put back from an older copy.
    /// To be called at the start, before anybody is served. Says who it was.
    pub async fn replay_erasures(&self) -> Result<Vec<Erasure>, StoreError> {
        let lines = self.ledger.lines(Book::Erasures).await.map_err(|error| unlistable(&error))?;
        self.replay(lines.iter().map(String::as_str)).await
    }

    /// The same with the lines of a list that was kept elsewhere; those that this installation has not signed are passed
    /// over. Whoever stands in a list and has an account is erased, however long ago that was.
    pub async fn replay<'a>(&self, lines: impl Iterator<Item = &'a str>) -> Result<Vec<Erasure>, StoreError> {
        let mut replayed = Vec::new();
        let mut after = None;
        loop {
            let listed = self.keeper.erased(after, BATCH).await?;
            let people: Vec<UserId> = listed.iter().map(|erasure| erasure.user_id).collect();
            after = people.last().copied();
            replayed.extend(self.erase_again(&self.keeper.present(&people).await?).await?);
            if people.len() < BATCH as usize {
                break;
            }
        }
        let named: Vec<(UserId, &str)> = lines.filter_map(|line| Some((named(line)?, line))).collect();
        for some in named.chunks(BATCH as usize) {
            let people: Vec<UserId> = some.iter().map(|(user_id, _)| *user_id).collect();
            let mut present = self.keeper.present(&people).await?;
            // Hardly any is present, so that hardly any signature has to be checked.
            present.retain(|id| some.iter().any(|(named, line)| named == id && self.has_signed(line)));
            replayed.extend(self.erase_again(&present).await?);
        }
        Ok(replayed)
    }

    async fn erase_again(&self, people: &[UserId]) -> Result<Vec<Erasure>, StoreError> {
        let mut erased = Vec::with_capacity(people.len());
        for user_id in people {
            erased.extend(again(|| self.erase_one_again(*user_id)).await?);
        }
        Ok(erased)
    }

    async fn erase_one_again(&self, user_id: UserId) -> Result<Option<Erasure>, StoreError> {
        let erasure = Erasure { user_id, at: self.ids.now() };
        let mut work = self.store.begin().await?;
        work.instance().lock_administrators().await?;
        let note = Some(("reason", "replayed".to_owned()));
        if !erase(&Actor::system(), work.as_mut(), &self.ids, erasure, note).await? {
            return Ok(None);
        }
        work.commit().await?;
        Ok(Some(erasure))
    }

    fn has_signed(&self, line: &str) -> bool {
        Document::read(self.documents.as_ref(), DocumentKind::Erasure, line).is_some()
    }
}

/// Whom a line of the list names, whoever has written it.
fn named(line: &str) -> Option<UserId> {
    UserId::parse(strict::read(line)?.get("data")?.get("subject")?.as_str()?)
}

fn unlistable(error: &LedgerError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
