//! The root key, and the key that signs access tokens.

use super::case::{Case, Root, Stores};
use super::finding::Finding;
use crate::cli::moment::second;
use crate::ground::{Successor, load_root_key};
use application::sealing::Sealing;
use application::store::{Half, SigningKeyDirectory};
use domain::keys::signer;
use security::RootKey;
use std::path::Path;

/// The root key: that it is there, and the one that the databases were made with.
pub(super) fn root_key(case: &Case) -> Vec<Finding> {
    const SUBJECT: &str = "root_key";
    let mut found = vec![match (&case.root, &case.stores) {
        (Root::Unusable(text), _) => Finding::trouble(SUBJECT, text),
        (Root::Absent(path), stores) => absent(SUBJECT, path, stores),
        (Root::Found(_), Stores::Open(opened)) => match &opened.instance {
            Some(known) if known.key_check != opened.keyring.key_check() => foreign(SUBJECT, case),
            Some(_) if !opened.is_unlocked => Finding::trouble(
                SUBJECT,
                "is the one this database was made with, but the keys under it can't be opened: put the main database \
                 back from your backup",
            ),
            Some(_) => {
                Finding::ok(SUBJECT, "is the one this database was made with; keep a copy of it elsewhere")
            }
            None => Finding::ok(SUBJECT, "is there; the first start binds the database to it"),
        },
        (Root::Found(_), Stores::Absent(_) | Stores::Closed(_)) => Finding::ok(SUBJECT, "is there"),
    }];
    let waiting = Successor::beside(&case.config.keys.root).filter(|beside| beside.path.exists());
    found.extend(waiting.map(|waiting| {
        let path = waiting.path.display();
        Finding::warning(
            SUBJECT,
            format!("a new one waits at {path}: `xtrem keys rotate --root` goes on with it"),
        )
    }));
    found
}

fn absent(subject: &'static str, path: &Path, stores: &Stores) -> Finding {
    let is_new = match stores {
        Stores::Open(opened) => opened.instance.is_none(),
        Stores::Absent(halves) => halves.contains(&Half::Main),
        Stores::Closed(_) => false,
    };
    let path = path.display();
    if is_new {
        return Finding::ok(subject, format!("{path} is not made yet: the first start makes it"));
    }
    Finding::trouble(
        subject,
        format!(
            "there is none at {path}, but the database was made with one: put it back from your copy, or say with \
             keys.root_key_file where it is"
        ),
    )
}

/// Another one than the database was made with; the next start takes its successor where that fits.
fn foreign(subject: &'static str, case: &Case) -> Finding {
    let known = case.opened().and_then(|opened| opened.instance.as_ref()).map(|known| &known.key_check);
    let successor =
        Successor::beside(&case.config.keys.root).and_then(|beside| RootKey::load(&beside.path).ok());
    if successor.is_some_and(|successor| Some(&successor.key_check()) == known) {
        return Finding::warning(
            subject,
            "was replaced, and the new one does not have its name yet: the next start gives it that",
        );
    }
    let by_now = load_root_key(&case.config.keys.root).ok().map(|root| root.key_check());
    if by_now.as_ref() == known {
        return Finding::ok(subject, "was replaced this very moment");
    }
    Finding::trouble(
        subject,
        "is not the one this database was made with: put that back from your copy, or say with keys.root_key_file \
         where it is",
    )
}

/// The key that signs.
pub(super) async fn signing_key(case: &Case) -> Vec<Finding> {
    const SUBJECT: &str = "signing_key";
    let Some(opened) = case.opened().filter(|opened| opened.instance.is_some()) else { return Vec::new() };
    let keys = match SigningKeyDirectory::all(&opened.store).await {
        Ok(keys) => keys,
        Err(error) => return vec![Finding::trouble(SUBJECT, format!("can't be read: {error}"))],
    };
    let Some(key) = signer(&keys, case.now) else {
        let text = "there is none that signs at this moment: the next start of the service makes one";
        return vec![Finding::warning(SUBJECT, text)];
    };
    let (since, due) = (second(key.active_from), key.active_from.plus(case.config.keys.rotation));
    vec![match case.config.schedule().plan(&keys, case.now).create_from {
        None => Finding::ok(SUBJECT, format!("{} signs since {since}, until {}", key.kid, second(due))),
        Some(_) => Finding::warning(
            SUBJECT,
            format!(
                "{} signs since {since}, and the next one is due and not made: a running service does that; see that it \
                 runs",
                key.kid
            ),
        ),
    }]
}
