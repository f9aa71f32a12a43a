//! Backups while everybody writes.

use crate::elsewhere::{Elsewhere, backup, service};
use journeys::vault::await_in_step;
use journeys::{Client, Engine, Outcome, Person, Server, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

on_both_engines! {
    a_backup_under_load_is_of_one_moment_and_has_all_that_was_acknowledged_before_it,
}

/// Somebody who edits their profile again and again.
struct Editor {
    person: Person,
    client: Client,
    begun: AtomicU64,
    acknowledged: AtomicU64,
}

/// Everybody who writes.
struct Crowd {
    editors: Vec<Arc<Editor>>,
    signed_up: Arc<Mutex<BTreeSet<String>>>,
    is_over: Arc<AtomicBool>,
}

impl Crowd {
    async fn gather(server: &Server, editors: usize) -> Outcome<Self> {
        let mut crowd = Self {
            editors: Vec::new(),
            signed_up: Arc::default(),
            is_over: Arc::new(AtomicBool::new(false)),
        };
        for _ in 0..editors {
            let (person, client, _) = server.client()?.newcomer().await?;
            crowd.editors.push(Arc::new(Editor { person, client, begun: 0.into(), acknowledged: 0.into() }));
        }
        Ok(crowd)
    }

    fn begin(&self, server: &Server) -> Outcome<JoinSet<Outcome>> {
        let mut writers = JoinSet::new();
        for editor in &self.editors {
            writers.spawn(edit(Arc::clone(editor), Arc::clone(&self.is_over)));
        }
        let (client, signed_up, is_over) = (server.client()?, self.signed_up.clone(), self.is_over.clone());
        writers.spawn(async move {
            while !is_over.load(Ordering::SeqCst) {
                let person = Person::new();
                client.sign_up(&person).await?;
                signed_up.lock().unwrap_or_else(PoisonError::into_inner).insert(person.username);
            }
            Ok(())
        });
        Ok(writers)
    }

    /// What was acknowledged so far: the edits of each, and who has signed up.
    fn acknowledged(&self) -> (Vec<u64>, BTreeSet<String>) {
        let edits = self.editors.iter().map(|editor| editor.acknowledged.load(Ordering::SeqCst)).collect();
        (edits, self.signed_up.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

async fn edit(editor: Arc<Editor>, is_over: Arc<AtomicBool>) -> Outcome {
    while !is_over.load(Ordering::SeqCst) {
        let next = editor.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let body = json!({"bio": next.to_string()});
        editor.client.send(Method::PATCH, "/api/v1/me", &body).await?.expect(200)?;
        editor.acknowledged.store(next, Ordering::SeqCst);
    }
    Ok(())
}

async fn a_backup_under_load_is_of_one_moment_and_has_all_that_was_acknowledged_before_it(
    engine: Engine,
) -> Outcome {
    let server = service(engine).await?;
    let crowd = Crowd::gather(&server, 8).await?;
    let mut writers = crowd.begin(&server)?;
    let mut taken = Vec::new();
    for round in 0..3 {
        // Until something was written since the last one.
        let (_, before) = crowd.acknowledged();
        journeys::wait::until("somebody else to sign up", async || {
            Ok((crowd.acknowledged().1.len() > before.len() + 2).then_some(()))
        })
        .await?;
        let acknowledged = crowd.acknowledged();
        let place = backup(&server, &format!("round-{round}"), &[]).await?;
        let begun: Vec<u64> =
            crowd.editors.iter().map(|editor| editor.begun.load(Ordering::SeqCst)).collect();
        taken.push((place, acknowledged, begun));
    }
    crowd.is_over.store(true, Ordering::SeqCst);
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    for (place, (edits, people), begun) in taken {
        let there = Elsewhere::of(&server, engine).await?;
        let told = there.restore(&server, &place, &["--json"]).await?.expect(0)?;
        assert!(serde_json::from_str::<Value>(&told)?["audit_trail"].as_u64() > Some(0), "{told}");
        let restored = there.start().await?;
        let stored: BTreeSet<String> =
            restored.database().texts("SELECT username FROM users").await?.into_iter().collect();
        assert!(people.is_subset(&stored), "lost: {:?}", people.difference(&stored));
        for (editor, (edits, begun)) in crowd.editors.iter().zip(edits.into_iter().zip(begun)) {
            let client = restored.client()?;
            let client = client.bearing(&client.log_in(&editor.person).await?.access);
            let view = client.get("/api/v1/me").await?.expect(200)?.json()?;
            assert!(view["unreadable"].is_null(), "{view}");
            let bio: u64 = view["bio"].as_str().unwrap_or("0").parse()?;
            assert!((edits..=begun).contains(&bio), "{bio} was put back, {edits} to {begun} were promised");
        }
        // Of one moment: every change has its event, and no event is without its change.
        for (one, other) in [
            ("SELECT COUNT(*) FROM users", "SELECT COUNT(*) FROM events WHERE kind = 'user_signed_up'"),
            (
                "SELECT CAST(SUM(version - 1) AS BIGINT) FROM users",
                "SELECT COUNT(*) FROM events WHERE kind = 'profile_edited'",
            ),
        ] {
            let (one, other) =
                (restored.database().number(one).await?, restored.database().number(other).await?);
            assert_eq!(one, other);
        }
        await_in_step(&restored).await?;
        restored.command(&["audit", "verify"]).await?;
    }
    Ok(())
}
