use super::{Ground, Side, Stage, by_turns, ratio, spread};
use crate::ceiling::rotation::first_token;
use crate::driver::{Measured, Rotation};
use crate::seed::Failure;
use crate::service::{Ceiling, Service};
use crate::table::{Goal, Line};

/// How many carry on at a time; the more of them wait, the more can share a commit.
const FEW: u32 = 16;
const MANY: u32 = 64;

/// Carrying a session on, durably on SQLite.
pub async fn measure(ground: &Ground) -> Result<Vec<Line>, Failure> {
    let stage = ground.stage(100_000).await?;
    let folder = ground.folder()?;
    let database = folder.path().join("ceiling.db").display().to_string();
    let families = (FEW + MANY).to_string();
    let arguments = ["--database", &database, "--families", &families];
    let bare = Ceiling::serve(ground.cores, "rotation", &arguments).await?;
    let mut lines = few(ground, &stage, &bare).await?;
    lines.extend(many(ground, &stage, &bare).await?);
    stage.end().await?;
    Ok(lines)
}

async fn few(ground: &Ground, stage: &Stage, bare: &Ceiling) -> Result<Vec<Line>, Failure> {
    let people = spread(50_000, FEW as usize);
    let (ours, theirs, part) = compare(ground, stage, bare, &people, 0..FEW).await?;
    let what = "refresh at 16 connections ÷ bare rotation on sqlx";
    Ok(vec![
        Line::part_of(what, &ours, &theirs, part, Goal::AtLeast(1.3)),
        tail("refresh at 16 connections, p99 ÷ p50", &ours),
    ])
}

async fn many(ground: &Ground, stage: &Stage, bare: &Ceiling) -> Result<Vec<Line>, Failure> {
    let people: Vec<_> = spread(50_000, MANY as usize).into_iter().map(|number| number + 50_000).collect();
    let before = counted(&stage.service).await?;
    let (ours, theirs, part) = compare(ground, stage, bare, &people, FEW..FEW + MANY).await?;
    let after = counted(&stage.service).await?;
    let commits = (after.commits - before.commits) / (after.rotations - before.rotations);
    let what = "refresh at 64 connections ÷ bare rotation on sqlx";
    Ok(vec![
        Line::part_of(what, &ours, &theirs, part, Goal::AtLeast(1.3)),
        Line::figure("refresh at 64 connections, commits per rotation", commits, "", Goal::AtMost(0.25))
            .under(&ours),
        tail("refresh at 64 connections, p99 ÷ p50", &ours),
    ])
}

async fn compare(
    ground: &Ground,
    stage: &Stage,
    bare: &Ceiling,
    people: &[usize],
    families: std::ops::Range<u32>,
) -> Result<(Measured, Measured, f64), Failure> {
    let theirs = families.map(|family| Rotation::new(first_token(family))).collect();
    let mut theirs = Side::new(ground, bare.address, bare.pid(), theirs);
    let ours = stage.rotations(people).await?;
    let mut ours = Side::new(ground, stage.service.address, stage.service.pid(), ours);
    by_turns(ground, &mut ours, &mut theirs).await?;
    Ok((ours.middle(), theirs.middle(), ratio(&ours.rounds, &theirs.rounds, |round| round.rate)))
}

fn tail(what: &str, load: &Measured) -> Line {
    Line::figure(what, load.p99_ms / load.p50_ms, "", Goal::AtMost(4.0)).under(load)
}

/// What the service has counted.
struct Counted {
    commits: f64,
    rotations: f64,
}

async fn counted(service: &Service) -> Result<Counted, Failure> {
    let commits = ["database=\"main\"", "statement=\"commit\""];
    Ok(Counted {
        commits: service.counter("xtrem_database_statement_duration_seconds_count", &commits).await?,
        rotations: service.counter("xtrem_refreshes_total", &["outcome=\"rotated\""]).await?,
    })
}
