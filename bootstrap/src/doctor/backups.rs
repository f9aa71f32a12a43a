//! Backups: that they are taken, and how old the last good one is.

use super::case::{Case, Opened, Root};
use super::files::folder;
use super::finding::Finding;
use crate::cli::moment::second;
use ::backup::FolderArchives;
use application::backup::{Archives, Manifest};
use domain::Timestamp;
use security::Keyring;
use std::path::Path;
use std::time::Duration;

const SUBJECT: &str = "backups";
/// How long after it was due a backup may still be under way.
const LATE: Duration = Duration::from_hours(1);

/// Whether they are taken by themselves, and were.
pub(super) async fn backups(case: &Case) -> Vec<Finding> {
    let config = &case.config.backup;
    let (Some(dir), Some(every)) = (&config.dir, config.every) else {
        return vec![Finding::warning(
            SUBJECT,
            "none are taken by themselves: set backup.dir and backup.every_hours, or run `xtrem backup` from a timer",
        )];
    };
    let mut found = vec![folder("backup_folder", dir, "backup.dir")];
    if let Some(opened) = case.unlocked() {
        found.push(judged(case.now, every, last_good(case, opened, dir).await));
    }
    found
}

fn judged(now: Timestamp, every: Duration, last: Option<Timestamp>) -> Finding {
    let hours = every.as_secs() / 3_600;
    match last {
        None => Finding::warning(
            SUBJECT,
            format!(
                "one is to be taken every {hours} hours, and there is no good one yet: a running service takes the first \
                 soon after its start"
            ),
        ),
        Some(last) if now.since(last) > every + LATE => Finding::warning(
            SUBJECT,
            format!(
                "one is to be taken every {hours} hours, and the last good one is of {}: see that the service runs, and \
                 what its log says",
                second(last)
            ),
        ),
        Some(last) => {
            let last = second(last);
            Finding::ok(
                SUBJECT,
                format!("one is taken every {hours} hours, and the last good one is of {last}"),
            )
        }
    }
}

/// When the last one was begun whose manifest this installation has signed.
async fn last_good(case: &Case, opened: &Opened, dir: &Path) -> Option<Timestamp> {
    let (Root::Found(root), Some(instance)) = (&case.root, &opened.instance) else { return None };
    let archives = FolderArchives::new(case.config.data_dir.clone(), None, None);
    let mut last = None;
    for place in archives.list(dir).await.unwrap_or_default() {
        let Ok(text) = archives.manifest(&place).await else { continue };
        // A keyring of its own: to read a manifest opens the keys that stand in it.
        let keyring = Keyring::new(root);
        let manifest = Manifest::read(&text, &keyring, &keyring).ok();
        let manifest = manifest.filter(|manifest| manifest.instance == instance.id);
        last = last.max(manifest.map(|manifest| manifest.begun_at));
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_backup_that_is_overdue_is_told() {
        let now = Timestamp::from_micros(1_795_000_000_000_000);
        let day = Duration::from_hours(24);
        let verdict = |age| judged(now, day, Some(now.minus(age))).verdict;
        assert_eq!(verdict(day), Verdict::Ok);
        assert_eq!(verdict(day + LATE * 2), Verdict::Warning);
        assert_eq!(judged(now, day, None).verdict, Verdict::Warning);
    }
}
