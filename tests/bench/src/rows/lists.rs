use super::{Ground, Side, Stage, by_turns, ratio, spread};
use crate::driver::{Measured, Repeated, get};
use crate::seed::{Failure, email, username};
use crate::service::{Ceiling, Service};
use crate::table::{Goal, Line};
use serde_json::Value;

const USERS: usize = 16;
/// How many different things are looked for.
const QUESTIONS: usize = 1000;

/// Lists of accounts and looking for some, as an administrator.
pub async fn measure(ground: &Ground) -> Result<Vec<Line>, Failure> {
    let stage = ground.stage(100_000).await?;
    let mut lines = vec![beside_a_bare_one(ground, &stage).await?];
    for (what, goal, requests) in questions(&stage, 100_000).await? {
        let load = rounds(ground, &stage.service, requests).await?;
        lines.push(Line::figure(what, load.rate, "/s", goal).under(&load));
    }
    stage.end().await?;
    Ok(lines)
}

/// What is left of a list that opens nothing and asks nobody.
async fn beside_a_bare_one(ground: &Ground, stage: &Stage) -> Result<Line, Failure> {
    let folder = ground.copy(100_000).await?;
    let file = |name: &str| folder.path().join("data").join(name).display().to_string();
    let (main, vault) = (file("xtrem.db"), file("vault.db"));
    let bare = Ceiling::serve(ground.cores, "list", &["--main", &main, "--vault", &vault]).await?;
    let users = |requests| Repeated::crowd(requests, USERS, 200);
    let first = Pages::of(stage, 100_000).await?.first;
    let mut ours = Side::new(ground, stage.service.address, stage.service.pid(), users(first));
    let mut theirs = Side::new(ground, bare.address, bare.pid(), users(vec![get("/", None)]));
    by_turns(ground, &mut ours, &mut theirs).await?;
    let part = ratio(&ours.rounds, &theirs.rounds, |round| round.rate);
    let what = "list of 100 ÷ bare list on sqlx, which opens nothing";
    Ok(Line::part_of(what, &ours.middle(), &theirs.middle(), part, Goal::None))
}

type Question = (&'static str, Goal, Vec<Vec<u8>>);

async fn questions(stage: &Stage, people: usize) -> Result<Vec<Question>, Failure> {
    let Pages { first, deepest, exact, prefix } = Pages::of(stage, people).await?;
    Ok(vec![
        ("list of 100, first page", Goal::AtLeast(4000.0), first),
        ("list of 100, deepest page", Goal::None, deepest),
        ("exact search", Goal::None, exact),
        ("user name prefix", Goal::None, prefix),
    ])
}

/// Requests for lists, written out.
pub(super) struct Pages {
    pub(super) first: Vec<Vec<u8>>,
    pub(super) deepest: Vec<Vec<u8>>,
    pub(super) exact: Vec<Vec<u8>>,
    pub(super) prefix: Vec<Vec<u8>>,
}

impl Pages {
    /// Asked by the administrator of a service with so many people.
    pub(super) async fn of(stage: &Stage, people: usize) -> Result<Self, Failure> {
        let token = stage.tokens(&[0]).await?.remove(0);
        let cursor = deepest(&stage.service, &token).await?;
        let list = |query: String| get(&format!("/api/v1/users?{query}"), Some(&token));
        let chosen = spread(people, QUESTIONS);
        Ok(Self {
            first: vec![list("limit=100".to_owned())],
            deepest: vec![list(format!("limit=100&cursor={cursor}"))],
            exact: chosen.iter().map(|number| list(format!("search={}", email(*number)))).collect(),
            // All but the last digit: ten people, however many there are.
            prefix: chosen.iter().map(|number| list(format!("search={}", &username(*number)[..6]))).collect(),
        })
    }
}

/// Where the last page of a hundred begins in the order of the list: after the 101st of the other order.
async fn deepest(service: &Service, token: &str) -> Result<String, Failure> {
    let oldest = service.get("/api/v1/users?sort=created_at&limit=101", Some(token)).await?;
    let oldest: Value = serde_json::from_str(&oldest)?;
    let id = oldest["items"][100]["id"].as_str().ok_or("a list without a hundred and first")?;
    Ok(format!("id.{id}"))
}

/// Some rounds of the same questions.
pub(super) async fn rounds(
    ground: &Ground,
    service: &Service,
    requests: Vec<Vec<u8>>,
) -> Result<Measured, Failure> {
    let mut side = Side::new(ground, service.address, service.pid(), Repeated::crowd(requests, USERS, 200));
    for _ in 0..ground.options.rounds() {
        side.round().await?;
    }
    Ok(side.middle())
}
