//! The two databases.

use super::case::{Case, Opened, Root, Stores};
use super::finding::Finding;
use crate::config::KeySource;
use application::store::{Half, StoreHealth};
use persistence::MigrationError;
use std::path::Path;

/// That both can be read and written.
pub(super) async fn databases(case: &Case) -> Vec<Finding> {
    match &case.stores {
        Stores::Closed(text) => vec![Finding::trouble("databases", text)],
        Stores::Absent(halves) => Half::BOTH.into_iter().map(|half| there(case, halves, half)).collect(),
        Stores::Open(opened) => {
            let mut found = Vec::new();
            for half in Half::BOTH {
                found.push(ready(case, opened, half).await);
            }
            found
        }
    }
}

const fn subject(half: Half) -> &'static str {
    match half {
        Half::Main => "main_database",
        Half::Vault => "vault",
    }
}

async fn ready(case: &Case, opened: &Opened, half: Half) -> Finding {
    let place =
        case.file(half).map_or_else(|| "what PostgreSQL keeps".to_owned(), |file| file.display().to_string());
    match opened.store.ready(half).await {
        Ok(()) => Finding::ok(subject(half), format!("{place} can be read and written")),
        Err(error) => Finding::trouble(subject(half), format!("{place}: {error}")),
    }
}

/// Of files that are not all there: what that means.
fn there(case: &Case, absent: &[Half], half: Half) -> Finding {
    let Some(path) = case.file(half).filter(|_| absent.contains(&half)) else {
        let text = "was not looked into, because that would make the one that is not there";
        return Finding::warning(subject(half), text);
    };
    let (subject, shown) = (subject(half), path.display());
    let is_main_here = case.file(Half::Main).is_some() && !absent.contains(&Half::Main);
    match half {
        Half::Main if is_lost(case, &path) => Finding::trouble(
            subject,
            format!(
                "{shown} is not there, but something of an installation is: put it back from your backup, or move what \
                 is left away to begin anew"
            ),
        ),
        Half::Vault if is_main_here => Finding::trouble(
            subject,
            format!(
                "{shown} is not there, but the main database is: put it back from your backup, or say with vault.url \
                 where it is. Only where a version without a vault has made the main database, the next start makes it"
            ),
        ),
        // A server would have to be asked, and can't be without a vault.
        Half::Vault if case.file(Half::Main).is_none() => Finding::warning(
            subject,
            format!(
                "{shown} is not there: the first start makes it. If there was one before, put it back from your backup, \
                 or say with vault.url where it is"
            ),
        ),
        _ => Finding::ok(subject, format!("{shown} is not made yet: the first start makes it")),
    }
}

/// Whether there must have been a main database: a root key in the data folder was made for one, and so was a vault.
fn is_lost(case: &Case, path: &Path) -> bool {
    let is_key_here = matches!(
        (&case.root, &case.config.keys.root),
        (Root::Found(_) | Root::Unusable(_), KeySource::File(key)) if key.starts_with(&case.config.data_dir)
    );
    let is_beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        Path::new(&name).exists()
    };
    let is_vault_here = case.file(Half::Vault).is_some_and(|vault| vault.exists());
    is_key_here || is_vault_here || is_beside("-wal") || is_beside("-journal")
}

/// That both have the tables of this version.
pub(super) async fn migrations(case: &Case) -> Vec<Finding> {
    const SUBJECT: &str = "migrations";
    let Some(opened) = case.opened() else { return Vec::new() };
    vec![match opened.store.pending_migrations().await {
        // With none to do, this only looks whether the two belong together.
        Ok(0) => match opened.store.migrate().await {
            Ok(()) => Finding::ok(SUBJECT, "all were done, and the two databases belong together"),
            Err(error) => Finding::trouble(SUBJECT, error.to_string()),
        },
        Ok(pending) => Finding::warning(
            SUBJECT,
            format!("{pending} are to be done: the next start of the service does them, or `xtrem migrate`"),
        ),
        Err(error @ MigrationError::Newer(_)) => Finding::trouble(
            SUBJECT,
            format!("{error}: use that version, or put back the backup made before it"),
        ),
        Err(error) => Finding::trouble(SUBJECT, error.to_string()),
    }]
}
