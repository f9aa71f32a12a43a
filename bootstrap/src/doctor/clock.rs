//! The clock: what was written lies in the past.

use super::case::Case;
use super::finding::Finding;
use crate::cli::moment::second;
use application::store::{AuditDirectory, SigningKeyDirectory};
use domain::Timestamp;
use domain::audit::{EventFilter, Order};
use std::time::Duration;

/// How far the clocks of two machines may lie apart.
const APART: Duration = Duration::from_secs(5);

/// Whether the clock stands before what was already written.
pub(super) async fn clock(case: &Case) -> Vec<Finding> {
    vec![judged(case.now, latest(case).await)]
}

fn judged(now: Timestamp, latest: Option<(&'static str, Timestamp)>) -> Finding {
    const SUBJECT: &str = "clock";
    match latest {
        Some((what, at)) if now.plus(APART) < at => Finding::trouble(
            SUBJECT,
            format!(
                "it is {} by the clock of this machine, but {what} is of {}: set the clock, for tokens, sessions and the \
                 audit trail go by it",
                second(now),
                second(at)
            ),
        ),
        _ => Finding::ok(SUBJECT, format!("it is {}, and nothing was written later", second(now))),
    }
}

/// The latest of what says when it was written, and what that is.
async fn latest(case: &Case) -> Option<(&'static str, Timestamp)> {
    let opened = case.opened()?;
    let mut known = Vec::new();
    known.extend(opened.instance.as_ref().map(|instance| ("the installation", instance.created_at)));
    let keys = SigningKeyDirectory::all(&opened.store).await.unwrap_or_default();
    known.extend(keys.iter().map(|key| ("a signing key", key.created_at)));
    if opened.is_unlocked {
        let page = opened.store.page(&EventFilter::default(), Order::NewestFirst, None, 1).await;
        known.extend(page.unwrap_or_default().iter().map(|event| ("the newest event", event.at)));
    }
    known.into_iter().max_by_key(|(_, at)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_clock_that_stands_before_what_was_written_is_wrong() {
        let at = Timestamp::from_micros(1_795_000_000_000_000);
        let judge = |now| judged(now, Some(("the newest event", at)));
        assert_eq!(judge(at).verdict, Verdict::Ok);
        assert_eq!(judge(at.minus(APART)).verdict, Verdict::Ok);
        let wrong = judge(at.minus(Duration::from_hours(1)));
        assert_eq!(wrong.verdict, Verdict::Trouble);
        assert!(wrong.text.contains("2026-11-18T"), "{wrong}");
        assert_eq!(judged(at, None).verdict, Verdict::Ok);
    }
}
