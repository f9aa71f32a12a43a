//! Writers that note what was acknowledged to them, and the question whether it is there.

use journeys::database::Database;
use journeys::{Answer, Client, Failure, Outcome, Person, Server, vault};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// Somebody who edits their profile again and again.
struct Editor {
    client: Client,
    /// The last edit that was begun, and the last one that was acknowledged.
    begun: AtomicU64,
    acknowledged: AtomicU64,
}

/// What is written, and what of it was acknowledged.
#[derive(Default)]
pub struct Load {
    editors: Vec<Arc<Editor>>,
    signed_up: Arc<Mutex<BTreeSet<String>>>,
}

/// What a writer does with an answer that is no acknowledgement.
pub type Judge = fn(&Answer) -> Outcome;

impl Load {
    /// As many editors, each with an account.
    pub async fn new(client: &Client, editors: usize) -> Outcome<Self> {
        let mut load = Self::default();
        for _ in 0..editors {
            let (person, client, _) = client.newcomer().await?;
            load.remember(&person);
            load.editors.push(Arc::new(Editor { client, begun: 0.into(), acknowledged: 0.into() }));
        }
        Ok(load)
    }

    fn remember(&self, person: &Person) {
        self.signed_up.lock().unwrap_or_else(PoisonError::into_inner).insert(person.username.clone());
    }

    /// How many changes were acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        let edits =
            self.editors.iter().map(|editor| editor.acknowledged.load(Ordering::Relaxed)).sum::<u64>();
        edits + self.signed_up.lock().unwrap_or_else(PoisonError::into_inner).len() as u64
    }

    /// Writes until the service is gone. Whatever it answers besides an acknowledgement is shown to the judge.
    pub fn begin(&self, client: &Client, judge: Judge) -> JoinSet<Outcome> {
        let mut writers = JoinSet::new();
        for editor in &self.editors {
            writers.spawn(edit(Arc::clone(editor), judge));
        }
        writers.spawn(sign_up(client.clone(), Arc::clone(&self.signed_up), judge));
        writers
    }

    /// Looks whether everything that was acknowledged is there, and whole.
    pub async fn assert_kept(&self, server: &Server) -> Outcome {
        let database = server.database();
        let stored: BTreeSet<String> =
            database.texts("SELECT username FROM users").await?.into_iter().collect();
        let promised = self.signed_up.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let lost: Vec<&String> = promised.difference(&stored).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        for editor in &self.editors {
            let view = editor.client.get("/api/v1/me").await?.expect(200)?.json()?;
            let stored: u64 = view["bio"].as_str().unwrap_or("0").parse()?;
            let (acknowledged, begun) = (&editor.acknowledged, &editor.begun);
            let possible = acknowledged.load(Ordering::Relaxed)..=begun.load(Ordering::Relaxed);
            assert!(possible.contains(&stored), "{stored} is stored, {possible:?} was promised");
        }
        // What a crash has left between the two databases is mended before anybody is served, and the trail proves itself. A
        // server may be a moment late in noticing that whoever had begun something is dead; a file never is.
        match database {
            Database::Sqlite(_) => {
                let is_in_step = vault::is_in_step(database, server.vault()).await?;
                assert!(is_in_step, "the vault is not what is pointed to");
            }
            Database::Postgres(_) => vault::await_in_step(server).await?,
        }
        whole(database).await?;
        server.command(&["audit", "verify"]).await.map(drop)
    }
}

/// Every account has its password and its person, and every change its event (L7).
async fn whole(database: &Database) -> Outcome {
    for (one, other) in [
        ("SELECT COUNT(*) FROM users", "SELECT COUNT(*) FROM passwords"),
        ("SELECT COUNT(*) FROM users", "SELECT COUNT(vault_version) FROM data_keys"),
        ("SELECT COUNT(*) FROM users", "SELECT COUNT(*) FROM events WHERE kind = 'user_signed_up'"),
        ("SELECT COUNT(*) FROM sessions", "SELECT COUNT(*) FROM events WHERE kind = 'logged_in'"),
        (
            "SELECT CAST(SUM(version - 1) AS BIGINT) FROM users",
            "SELECT COUNT(*) FROM events WHERE kind = 'profile_edited'",
        ),
    ] {
        assert_eq!(database.number(one).await?, database.number(other).await?, "{one} and {other}");
    }
    if let Database::Sqlite(_) = database {
        assert_eq!(database.texts("PRAGMA integrity_check").await?, ["ok"]);
        assert_eq!(
            database.texts("SELECT \"table\" FROM pragma_foreign_key_check").await?,
            Vec::<String>::new()
        );
    }
    Ok(())
}

async fn edit(editor: Arc<Editor>, judge: Judge) -> Outcome {
    loop {
        let next = editor.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let body = json!({"bio": next.to_string()});
        let Ok(answer) = editor.client.send(Method::PATCH, "/api/v1/me", &body).await else { return Ok(()) };
        if answer.status == 200 {
            editor.acknowledged.store(next, Ordering::Relaxed);
        } else {
            judge(&answer)?;
        }
    }
}

async fn sign_up(client: Client, signed_up: Arc<Mutex<BTreeSet<String>>>, judge: Judge) -> Outcome {
    loop {
        let person = Person::new();
        let Ok(answer) = client.post("/api/v1/users", &person.sign_up()).await else { return Ok(()) };
        if answer.status == 201 {
            signed_up.lock().unwrap_or_else(PoisonError::into_inner).insert(person.username);
        } else {
            judge(&answer)?;
        }
    }
}

/// Nothing but acknowledgements is to be heard.
pub fn nothing_else(answer: &Answer) -> Outcome {
    Err(Failure::from(format!("heard {}: {}", answer.status, answer.text())))
}

/// The database may be gone for a while, and that is said properly.
pub fn only_unavailable(answer: &Answer) -> Outcome {
    answer.problem(503, "unavailable")?;
    if answer.header("retry-after").parse::<u32>().is_ok_and(|wait| wait >= 1) {
        return Ok(());
    }
    Err(Failure::from(format!("no Retry-After: {:?}", answer.headers)))
}

/// Waits for writers who have been told to stop, or whose service is gone.
pub async fn finish(mut writers: JoinSet<Outcome>) -> Outcome {
    while let Some(ended) = writers.join_next().await {
        ended??;
    }
    Ok(())
}
