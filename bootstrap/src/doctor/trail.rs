//! The audit trail: that it is joined, that its head was published, and that its end was not cut off.

use super::case::{Case, Opened};
use super::finding::Finding;
use crate::cli::moment::{parse, second};
use application::document::Document;
use application::ledger::{Book, Ledger};
use application::sealing::DocumentKind;
use application::store::{ChainDirectory, StoreHealth};
use domain::Timestamp;
use ledger::FileLedger;
use std::time::Duration;

const SUBJECT: &str = "audit_trail";
/// How long an event may wait to be joined, and a joined one for a head: a running service does the one every second, the
/// other every minute.
const JOINED_WITHIN: Duration = Duration::from_mins(1);
const PUBLISHED_WITHIN: Duration = Duration::from_mins(5);

/// A head, as it stands in its file.
#[derive(Clone, Copy)]
struct Published {
    sequence: i64,
    at: Timestamp,
}

/// What can be seen without following it: `xtrem audit verify` does that.
pub(super) async fn audit_trail(case: &Case) -> Vec<Finding> {
    let Some(opened) = case.unlocked() else { return Vec::new() };
    let mut found = vec![head(case, opened).await, backlog(case, opened).await];
    found.push(match case.config.audit.retention {
        None => Finding::ok(SUBJECT, "events are kept for ever (audit.retention_days)"),
        Some(span) => Finding::ok(SUBJECT, format!("events are kept for {} days", span.as_secs() / 86_400)),
    });
    found
}

async fn backlog(case: &Case, opened: &Opened) -> Finding {
    match opened.store.backlog().await {
        Err(error) => {
            Finding::warning(SUBJECT, format!("what waits to be joined to it can't be seen: {error}"))
        }
        Ok(backlog) => match backlog.since.filter(|since| case.now.since(*since) > JOINED_WITHIN) {
            None => Finding::ok(SUBJECT, "every event is joined to it"),
            Some(since) => Finding::warning(
                SUBJECT,
                format!(
                    "{} events wait to be joined to it, the oldest since {}: a running service does that within a \
                     second; see that it runs, and what its log says",
                    backlog.events,
                    second(since)
                ),
            ),
        },
    }
}

async fn head(case: &Case, opened: &Opened) -> Finding {
    let (heads, erasures) = (case.config.audit.heads_file.clone(), case.config.vault.erasures_file.clone());
    let shown = heads.display().to_string();
    // What can't be read is told of with the other files.
    let lines = FileLedger::new(heads, erasures).lines(Book::Heads).await.unwrap_or_default();
    let whole = lines.iter().rev().find(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
    let published = match whole.map(|line| read(opened, line)) {
        Some(None) => {
            return Finding::trouble(
                SUBJECT,
                format!(
                    "the last head in {shown} is none that this installation has signed: `xtrem audit verify` looks closer"
                ),
            );
        }
        published => published.flatten(),
    };
    match opened.store.end().await {
        Ok(end) => {
            let begun = opened.instance.as_ref().map_or(case.now, |instance| instance.created_at);
            judged(case.now, begun, end.map(|(sequence, _)| sequence.number()), published)
        }
        Err(error) => Finding::trouble(SUBJECT, format!("can't be read: {error}")),
    }
}

fn read(opened: &Opened, line: &str) -> Option<Published> {
    let data = Document::read(opened.keyring.as_ref(), DocumentKind::AuditHead, line)?;
    let at = parse(data.get("at")?.as_str()?).ok()?;
    Some(Published { sequence: data.get("sequence")?.as_i64()?, at })
}

/// The end of the trail against the last head that tells of it, in an installation that is as old as that.
fn judged(now: Timestamp, begun: Timestamp, end: Option<i64>, published: Option<Published>) -> Finding {
    match (end, published) {
        (None, None) => Finding::ok(SUBJECT, "nothing is in it yet"),
        (None, Some(Published { sequence, .. })) => cut_off(0, sequence),
        (Some(end), Some(Published { sequence, .. })) if end < sequence => cut_off(end, sequence),
        (Some(end), None) if now.since(begun) <= PUBLISHED_WITHIN => Finding::ok(
            SUBJECT,
            format!("ends at number {end}; a running service publishes its head every minute"),
        ),
        (Some(end), None) => Finding::warning(
            SUBJECT,
            format!(
                "ends at number {end}, and no head of it was published: only those show whether its end was cut off. A \
                 running service publishes one every minute"
            ),
        ),
        (Some(end), Some(Published { sequence, at }))
            if end > sequence && now.since(at) > PUBLISHED_WITHIN =>
        {
            Finding::warning(
                SUBJECT,
                format!(
                    "ends at number {end}, and the last head that was published is of {} and number {sequence}: a \
                     running service publishes one every minute; see that it runs, and what its log says",
                    second(at)
                ),
            )
        }
        (Some(end), Some(Published { at, .. })) => Finding::ok(
            SUBJECT,
            format!(
                "ends at number {end}; the last head was published at {}; `xtrem audit verify` follows all of it",
                second(at)
            ),
        ),
    }
}

fn cut_off(end: i64, sequence: i64) -> Finding {
    Finding::trouble(
        SUBJECT,
        format!(
            "ends at number {end}, but a signed head tells of number {sequence}: its end was cut off, or an older \
             database was put back by hand. Put a backup back with `xtrem restore`, which keeps the two in step"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_trail_is_held_against_its_last_head() {
        let now = Timestamp::from_micros(1_795_000_000_000_000);
        let head = |sequence, age| Some(Published { sequence, at: now.minus(Duration::from_mins(age)) });
        let begun = now.minus(Duration::from_hours(1));
        let verdict = |end, head| judged(now, begun, end, head).verdict;
        assert_eq!(verdict(None, None), Verdict::Ok);
        assert_eq!(verdict(Some(7), head(7, 600)), Verdict::Ok);
        assert_eq!(verdict(Some(9), head(7, 1)), Verdict::Ok);
        assert_eq!(verdict(Some(9), head(7, 6)), Verdict::Warning);
        assert_eq!(verdict(Some(9), None), Verdict::Warning);
        assert_eq!(judged(now, now, Some(9), None).verdict, Verdict::Ok);
        assert_eq!(verdict(Some(6), head(7, 1)), Verdict::Trouble);
        assert_eq!(verdict(None, head(7, 1)), Verdict::Trouble);
    }
}
