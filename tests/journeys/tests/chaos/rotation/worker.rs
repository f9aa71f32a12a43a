//! People who work at a steady pace, and for whom every answer has to be the right one.

use journeys::client::Tokens;
use journeys::{Client, Outcome, Person, Resident, Server};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// The pace of each of them.
const EVERY: Duration = Duration::from_millis(100);

/// Somebody who works.
#[derive(Debug)]
pub struct Worker {
    person: Person,
    pub tokens: Tokens,
    bio: String,
}

/// Several who work at once.
pub struct Shift {
    workers: JoinSet<Outcome<Worker>>,
    /// How many answers were heard, each of which was the right one.
    pub answered: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl Shift {
    /// Lets them begin, each asking one node after the other.
    pub async fn begin(server: &Server, nodes: &[Client], number: usize) -> Outcome<Self> {
        let (answered, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut workers = JoinSet::new();
        for place in 0..number {
            let Resident { person, client, tokens, .. } = Resident::user(server).await?;
            let worker = Worker { person, tokens, bio: "Begins.".to_owned() };
            client.send(Method::PATCH, "/api/v1/me", &json!({"bio": worker.bio})).await?.expect(200)?;
            let told = (Arc::clone(&answered), Arc::clone(&is_over));
            workers.spawn(worker.work(nodes.to_vec(), place, told));
        }
        Ok(Self { workers, answered, is_over })
    }

    /// Lets them finish. Fails if any of them ever heard anything but the right answer.
    pub async fn end(mut self) -> Outcome<Vec<Worker>> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        while let Some(ended) = self.workers.join_next().await {
            all.push(ended??);
        }
        Ok(all)
    }
}

impl Worker {
    async fn work(
        mut self,
        nodes: Vec<Client>,
        mut turn: usize,
        (answered, is_over): (Arc<AtomicUsize>, Arc<AtomicBool>),
    ) -> Outcome<Self> {
        let mut pace = tokio::time::interval(EVERY);
        while !is_over.load(Ordering::Relaxed) {
            pace.tick().await;
            self.ask(&nodes[turn % nodes.len()], turn)
                .await
                .map_err(|error| format!("request {turn}: {error}"))?;
            answered.fetch_add(1, Ordering::Relaxed);
            turn += 1;
        }
        Ok(self)
    }

    /// Ten requests follow each other: reads, edits of the text and of the address of mail, refreshes, a log-in, a sign-up.
    async fn ask(&mut self, node: &Client, turn: usize) -> Outcome {
        let me = node.bearing(&self.tokens.access);
        match turn % 10 {
            1 | 6 => {
                self.bio = format!("Turn {turn}.");
                me.send(Method::PATCH, "/api/v1/me", &json!({"bio": self.bio})).await?.expect(200)?;
            }
            3 => {
                self.person.email = format!("{}.{turn}@journeys.example", self.person.username);
                me.send(Method::PATCH, "/api/v1/me", &json!({"email": self.person.email}))
                    .await?
                    .expect(200)?;
            }
            4 | 8 => {
                self.tokens = Tokens::of(&node.refresh(&self.tokens.refresh).await?.expect(200)?.json()?)?;
            }
            5 => self.tokens = node.log_in(&self.person).await?,
            9 => drop(node.sign_up(&Person::new()).await?),
            _ => self.recognise(node).await?,
        }
        Ok(())
    }

    /// Reads their own profile, which is exactly what they have made of it.
    pub async fn recognise(&self, node: &Client) -> Outcome {
        let view = node.bearing(&self.tokens.access).get("/api/v1/me").await?.expect(200)?.json()?;
        let expected = (json!(self.person.email), json!(self.person.full_name), json!(self.bio));
        if (&view["email"], &view["full_name"], &view["bio"]) == (&expected.0, &expected.1, &expected.2) {
            return Ok(());
        }
        Err(format!("{self:?} sees {view}").into())
    }
}
