use super::{Ground, Side, by_turns, ratio, spread};
use crate::driver::{Measured, Repeated, get};
use crate::seed::Failure;
use crate::service::Ceiling;
use crate::table::{Goal, Line};

/// How many users ask at a time.
const USERS: usize = 16;
/// How many sessions there are where each request comes from another.
const SESSIONS: usize = 10_000;

/// One's own profile: by sixteen people over and over, and by ten thousand in turn.
pub async fn measure(ground: &Ground) -> Result<Vec<Line>, Failure> {
    let stage = ground.stage(100_000).await?;
    let bare = Ceiling::serve(ground.cores, "hello", &[]).await?;
    let tokens = stage.tokens(&spread(100_000, SESSIONS)).await?;
    let mut lines = Vec::new();
    for (what, sessions, bare_path, goal) in [
        ("own profile ÷ bare poem-openapi, as large an answer", USERS, "/", 0.40),
        ("own profile ÷ bare poem-openapi, a greeting", USERS, "/small", 0.40),
        ("own profile, each time another session ÷ bare poem-openapi", SESSIONS, "/", 0.12),
    ] {
        let requests = tokens[..sessions].iter().map(|token| get("/api/v1/me", Some(token))).collect();
        let scripts = Repeated::crowd(requests, USERS, 200);
        let mut ours = Side::new(ground, stage.service.address, stage.service.pid(), scripts);
        let mut theirs = Side::new(
            ground,
            bare.address,
            bare.pid(),
            Repeated::crowd(vec![get(bare_path, None)], USERS, 200),
        );
        by_turns(ground, &mut ours, &mut theirs).await?;
        let part = ratio(&ours.rounds, &theirs.rounds, |round| round.rate);
        let (ours, theirs) = (ours.middle(), theirs.middle());
        lines.push(Line::part_of(what, &ours, &theirs, part, Goal::AtLeast(goal)));
        if bare_path == "/small" {
            lines.push(latency(&ours));
            lines.push(driver(&theirs));
        }
    }
    stage.end().await?;
    Ok(lines)
}

fn latency(ours: &Measured) -> Line {
    Line::figure("own profile, p99 at 16 connections", ours.p99_ms, " ms", Goal::Below(2.0)).under(ours)
}

/// Whether the driver was fast enough to measure a ceiling, and not itself.
fn driver(bare: &Measured) -> Line {
    let what = "the driver against bare poem-openapi: cores it took, of one";
    Line::figure(what, bare.driver_cores, "", Goal::None).under(bare)
}
