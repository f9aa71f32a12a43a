use super::AuditService;
use super::chain::heard;
use super::read_line;
use crate::document::Document;
use crate::sealing::DocumentKind;
use crate::store::StoreError;
use domain::audit::{Anchor, Check, Flaw, Head, Sequence, Trouble, Verdict};
use serde_json::Value;

/// It was not signed by this installation, or changed since.
pub(super) struct Forged;

/// What a check of the trail showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// What was found: how far it holds, or the first place at which it does not.
    pub outcome: Result<Verdict, Flaw>,
    /// The last event that was removed for its age; the chain begins after it.
    pub anchor: Option<Sequence>,
    /// How many heads it was held against.
    pub heads: usize,
}

/// Why the trail could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A head was not signed by this installation, or changed since.
    #[error("line {0} of the heads is none that this installation has signed")]
    ForgedHead(usize),
    /// The anchor was not signed by this installation, or changed since.
    #[error("the anchor at the beginning of the trail is none that this installation has signed")]
    ForgedAnchor,
    /// A line of an export can't be read at all.
    #[error("line {0} is no event of an export")]
    Unreadable(usize),
    /// The export could not be read.
    #[error("the export can't be read: {0}")]
    Input(#[from] std::io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Forged> for VerifyError {
    fn from(_: Forged) -> Self {
        Self::ForgedAnchor
    }
}

impl AuditService {
    /// How many events are read at once.
    const READ_AT_ONCE: u32 = 500;

    /// Reads heads as they stand in their file; each must be signed. What is no JSON at all is what a crash has left of a
    /// line, and is passed over.
    pub fn heads<'a>(&self, lines: impl Iterator<Item = &'a str>) -> Result<Vec<Head>, VerifyError> {
        lines
            .enumerate()
            .filter(|(_, line)| serde_json::from_str::<Value>(line).is_ok())
            .map(|(place, line)| {
                self.signed(DocumentKind::AuditHead, line).ok_or(VerifyError::ForgedHead(place + 1))
            })
            .collect()
    }

    fn signed(&self, kind: DocumentKind, text: &str) -> Option<Head> {
        heard(&Document::read(self.documents.as_ref(), kind, text)?)
    }

    /// Follows the chain through the whole database, while it goes on growing, and holds it against the heads and against
    /// the end that the database itself knows. `progress` hears of every stretch how many events were looked at so far.
    pub async fn verify(
        &self,
        heads: &[Head],
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<Report, VerifyError> {
        loop {
            let anchor = self.verified_anchor().await??;
            let outcome = self.follow(anchor.as_ref(), heads, &mut progress).await?;
            // Where the beginning was removed in the meantime, its events seem to be missing.
            if outcome.is_ok() || self.verified_anchor().await?? == anchor {
                let anchor = anchor.map(|anchor| anchor.sequence);
                return Ok(Report { outcome, anchor, heads: heads.len() });
            }
        }
    }

    async fn follow(
        &self,
        anchor: Option<&Anchor>,
        heads: &[Head],
        progress: &mut (impl FnMut(u64) + Send),
    ) -> Result<Result<Verdict, Flaw>, StoreError> {
        let end = self.chain.end().await?.map(|(sequence, link)| Head { sequence, link, at: self.ids.now() });
        let heads: Vec<Head> = heads.iter().copied().chain(end).collect();
        let mut check = Check::begin(anchor, &heads);
        let mut after = anchor.map_or(Sequence::NONE, |anchor| anchor.sequence);
        let mut looked_at = 0;
        loop {
            let entries = self.chain.entries(after, Self::READ_AT_ONCE).await?;
            for proven in &entries {
                if let Err(flaw) = check.step(&proven.entry, |form| self.sealing.link(form)) {
                    return Ok(Err(flaw));
                }
                after = proven.entry.sequence;
            }
            looked_at += entries.len() as u64;
            progress(looked_at);
            if entries.len() < Self::READ_AT_ONCE as usize {
                return Ok(check.finish());
            }
        }
    }

    /// The anchor, if there is one that this installation has signed.
    pub(super) async fn verified_anchor(&self) -> Result<Result<Option<Anchor>, Forged>, StoreError> {
        let Some((anchor, signature)) = self.chain.anchor().await? else { return Ok(Ok(None)) };
        let signed = self.signed(DocumentKind::AuditAnchor, &signature);
        let is_meant =
            signed.is_some_and(|signed| signed.sequence == anchor.sequence && signed.link == anchor.link);
        Ok(if is_meant { Ok(Some(anchor)) } else { Err(Forged) })
    }

    /// Follows the chain through the lines of an export. A whole one begins with the first event, or after the anchor if
    /// this database has one; a selection (`is_whole` is false) shows what was changed, but not what was left out.
    pub async fn verify_export(
        &self,
        lines: impl Iterator<Item = std::io::Result<String>> + Send,
        heads: &[Head],
        is_whole: bool,
    ) -> Result<Report, VerifyError> {
        let anchor = if is_whole { self.verified_anchor().await?? } else { None };
        let mut check = if is_whole { Check::begin(None, heads) } else { Check::begin_selection(heads) };
        let report = |outcome, anchor: Option<Anchor>| Report {
            outcome,
            anchor: anchor.map(|anchor| anchor.sequence),
            heads: heads.len(),
        };
        let mut used = None;
        for (place, line) in lines.enumerate() {
            let line = line?;
            let Ok(entry) = read_line::entry(self.sealing.as_ref(), &line) else {
                let claimed = read_line::sequence(&line).ok_or(VerifyError::Unreadable(place + 1))?;
                return Ok(report(Err(Flaw { sequence: claimed, trouble: Trouble::Altered }), used));
            };
            // Made before the beginning was removed, it begins with the first event all the same.
            if place == 0 && entry.sequence > Sequence::NONE.next() && anchor.is_some() {
                check = Check::begin(anchor.as_ref(), heads);
                used = anchor;
            }
            if let Err(flaw) = check.step(&entry, |form| self.sealing.link(form)) {
                return Ok(report(Err(flaw), used));
            }
        }
        Ok(report(check.finish(), used))
    }
}
