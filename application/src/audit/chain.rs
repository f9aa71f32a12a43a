use super::{AuditService, moment};
use crate::actor::Actor;
use crate::document::Document;
use crate::fault::{Describe, Fault};
use crate::ledger::{Book, LedgerError};
use crate::sealing::DocumentKind;
use crate::store::{Proven, StoreError, Waiting};
use domain::Timestamp;
use domain::audit::{Anchor, Check, EventKind, Flaw, Head, Link, Sequence};
use serde_json::{Value, json};
use std::sync::PoisonError;

/// Why the chain was not carried on, or its head not published.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It does not hold: nothing of it may be removed or signed before somebody has looked into it.
    #[error("the audit trail does not hold at number {}: {}", .0.sequence, .0.trouble)]
    Flawed(Flaw),
    /// The anchor at its beginning is none that this installation has signed.
    #[error("the anchor at the beginning of the audit trail is none that this installation has signed")]
    ForgedAnchor,
    /// The file of the heads could not be written.
    #[error("the head of the audit trail was not written down: {0}")]
    Ledger(#[from] LedgerError),
}

impl Describe for ChainError {
    fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Ledger(error) => error.fault(),
            Self::Flawed(_) | Self::ForgedAnchor => StoreError::Broken(self.to_string()).fault(),
        }
    }
}

impl AuditService {
    /// How many events one unit of work joins, or looks at.
    const BATCH: u32 = 100;
    /// How many events one unit of work removes.
    const PRUNED_AT_ONCE: u32 = 500;

    /// Joins every event to the chain that is not in it yet. Says how many there were. To be called about once a second, by
    /// every replica: of those that try at once, one after the other does some of it.
    pub async fn seal(&self) -> Result<u64, StoreError> {
        let mut sealed = 0;
        // Asked without a turn to write: mostly there is nothing to do.
        while self.chain.is_waiting().await? {
            let joined = self.seal_some().await?;
            sealed += joined;
            if joined < u64::from(Self::BATCH) {
                break;
            }
        }
        Ok(sealed)
    }

    async fn seal_some(&self) -> Result<u64, StoreError> {
        let seen = self.seen();
        let mut work = self.store.begin().await?;
        let (mut sequence, mut link) = work.chain().lock().await?.unwrap_or((Sequence::NONE, Link::NONE));
        self.watch(seen, (sequence, link));
        let waiting = work.chain().waiting(Self::BATCH).await?;
        let mut links = Vec::with_capacity(waiting.len());
        for Waiting { record, mark } in &waiting {
            sequence = sequence.next();
            link = if *mark == Some(self.sealing.link(&record.mark())) {
                self.sealing.link(&record.canonical(sequence, &link))
            } else {
                // It gets its place and no link that holds, so that every check finds it there.
                tracing::error!(event = %record.id, %sequence, "an event was altered, or not written by this service");
                Link::NONE
            };
            links.push((record.id, sequence, link));
        }
        if !links.is_empty() {
            work.chain().join(&links).await?;
            work.commit().await?;
            self.watch((Sequence::NONE, Link::NONE), (sequence, link));
        }
        Ok(links.len() as u64)
    }

    fn seen(&self) -> (Sequence, Link) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes where the chain ends, and tells when that is earlier than what had been `seen` before it was read, or otherwise.
    fn watch(&self, seen: (Sequence, Link), found: (Sequence, Link)) {
        let is_wound_back = found.0 < seen.0 || (found.0 == seen.0 && found.1 != seen.1);
        if is_wound_back {
            tracing::error!(end = %found.0, seen = %seen.0, "the chain of the audit trail was wound back");
        }
        let mut latest = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if is_wound_back || found.0 > latest.0 {
            *latest = found;
        }
    }

    /// Signs the end of the chain and puts it where whoever changes the database does not reach: into a file and the log.
    /// To be called about once a minute; says nothing twice.
    pub async fn publish_head(&self) -> Result<(), ChainError> {
        let seen = self.seen();
        let Some((sequence, link)) = self.chain.end().await? else { return Ok(()) };
        self.watch(seen, (sequence, link));
        if *self.published.lock().unwrap_or_else(PoisonError::into_inner) == sequence {
            return Ok(());
        }
        let head = Head { sequence, link, at: self.ids.now() };
        let signed = Document::sign(self.documents.as_ref(), DocumentKind::AuditHead, &told(&head));
        self.ledger.append(Book::Heads, &[signed.as_str().to_owned()]).await?;
        tracing::info!(target: "xtrem::audit", head = signed.as_str(), "the head of the audit trail");
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = sequence;
        Ok(())
    }

    /// Removes events that are older than they are to be kept: whole stretches of the chain from its beginning, in whose
    /// place a signed anchor stands. Says how many went. What does not hold is neither removed nor signed.
    pub async fn prune(&self) -> Result<u64, ChainError> {
        let Some(retention) = self.retention else { return Ok(0) };
        let cutoff = self.ids.now().minus(retention);
        let mut removed = 0;
        loop {
            let pruned = self.prune_some(cutoff).await?;
            removed += pruned;
            if pruned < u64::from(Self::PRUNED_AT_ONCE) {
                return Ok(removed);
            }
        }
    }

    async fn prune_some(&self, cutoff: Timestamp) -> Result<u64, ChainError> {
        let before = self.verified_anchor().await?.map_err(|_| ChainError::ForgedAnchor)?;
        let after = before.map_or(Sequence::NONE, |anchor| anchor.sequence);
        let mut check = Check::begin(before.as_ref(), &[]);
        for Proven { entry, .. } in self.chain.entries(after, Self::PRUNED_AT_ONCE).await? {
            if entry.record.at >= cutoff {
                break;
            }
            check.step(&entry, |form| self.sealing.link(form)).map_err(ChainError::Flawed)?;
        }
        let old = check.finish().map_err(ChainError::Flawed)?;
        if old.checked == 0 {
            return Ok(0);
        }
        let now = self.ids.now();
        let anchor = Anchor { sequence: old.last, link: old.link, at: now };
        let signed = Document::sign(self.documents.as_ref(), DocumentKind::AuditAnchor, &told(&anchor));
        let mut work = self.store.begin().await?;
        work.chain().lock().await?;
        let removed = work.chain().prune(&anchor, signed.as_str()).await?;
        if removed == 0 {
            return Ok(0);
        }
        let mut event = Actor::system().event(&self.ids, now, EventKind::AuditPruned, None);
        event.detail =
            vec![("count".into(), removed.to_string()), ("through".into(), anchor.sequence.to_string())];
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(removed)
    }
}

/// A head or an anchor, as it is signed.
fn told(head: &Head) -> Value {
    json!({
        "at": moment(head.at),
        "link": super::line::hexadecimal(head.link.as_bytes()),
        "sequence": head.sequence.number(),
    })
}

/// The same, read back. Its time is of no consequence.
pub(super) fn heard(told: &Value) -> Option<Head> {
    let sequence = Sequence::new(told.get("sequence")?.as_i64()?);
    let link = Link::new(super::read_line::bytes(told.get("link")?.as_str()?)?);
    Some(Head { sequence, link, at: Timestamp::from_micros(0) })
}
