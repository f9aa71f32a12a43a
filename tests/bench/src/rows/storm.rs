use super::log_in::{hash_rate, memory, requests};
use super::{Ground, Stage, spread};
use crate::disk::Disk;
use crate::driver::{Load, Measured, Repeated, Rotation, get};
use crate::machine::Usage;
use crate::seed::Failure;
use crate::table::{Goal, Line};
use std::time::Duration;
use tempfile::TempDir;

/// How many may log in at a time: more than the service lets wait, so that nobody's request is late by another's.
const STORMERS: usize = 256;
/// How many log in at a time where they only come in a crowd.
const CROWD: usize = 16;
/// How often profile and refresh are asked for meanwhile, each second.
const PROFILES: f64 = 200.0;
const REFRESHES: f64 = 50.0;
const USERS: usize = 16;
/// How soon everything has to be as before.
const RECOVERY: Duration = Duration::from_secs(2);

/// Ten times as many log-ins as can be hashed, and what everybody else notices of it.
pub async fn measure(ground: &Ground) -> Result<Vec<Line>, Failure> {
    let stage = ground.stage(100_000).await?;
    let idle = Usage::of(stage.service.pid()).unwrap_or_default().resident_mib;
    let possible = hash_rate(ground.cores, 3)?.rate;
    let mut probes = Probes::new(ground, &stage).await?;
    let calm = ground.options.storm() / 3;
    let alone = probes.run(&stage, Duration::from_secs(1), calm).await?;
    let storm = load(&stage, Duration::from_secs(1), ground.options.storm(), Some(10.0 * possible));
    let stormers = Repeated::crowd(requests(&spread(100_000, 1000)), STORMERS, 201);
    let (storm, during) =
        tokio::join!(storm.run(stormers), probes.run(&stage, Duration::from_secs(1), ground.options.storm()));
    let ((storm, _), during) = (storm?, during?);
    // Right after the last of the storm; what is measured begins when it has to be over.
    let after = probes.run(&stage, RECOVERY, calm).await?;
    let crowd = load(&stage, Duration::from_secs(1), calm, None);
    let crowd_users = Repeated::crowd(requests(&spread(100_000, 1000)), CROWD, 201);
    let (crowd, beside) =
        tokio::join!(crowd.run(crowd_users), probes.run(&stage, Duration::from_secs(1), calm));
    let ((crowd, _), beside) = (crowd?, beside?);
    stage.end().await?;
    let mut lines = vec![
        tail("profile p99 in a storm of log-ins ÷ alone", &during.profile, &alone.profile),
        tail("refresh p99 in a storm of log-ins ÷ alone", &during.refresh, &alone.refresh),
    ];
    lines.push(slower_disk("in a storm", &during, &alone));
    lines.extend(surplus(&storm, possible));
    lines.push(memory("memory in a storm of log-ins", idle, &storm));
    lines.push(tail("profile p99 from 2 s after the storm ÷ alone", &after.profile, &alone.profile));
    lines.push(tail("refresh p99 from 2 s after the storm ÷ alone", &after.refresh, &alone.refresh));
    lines.push(slower_disk("from 2 s after the storm", &after, &alone));
    lines.push(tail("profile p99 beside 16 clients logging in ÷ alone", &beside.profile, &alone.profile));
    lines.push(Line::figure("log-ins of those 16", crowd.rate, "/s", Goal::None).under(&crowd));
    Ok(lines)
}

/// Those who only want their profile, or to carry on.
struct Probes {
    profile: Option<Vec<Repeated>>,
    refresh: Option<Vec<Rotation>>,
    /// On the disk of the service.
    folder: TempDir,
}

/// What they met.
struct Met {
    profile: Measured,
    refresh: Measured,
    sync_p99: Duration,
}

impl Probes {
    async fn new(ground: &Ground, stage: &Stage) -> Result<Self, Failure> {
        let tokens = stage.tokens(&spread(50_000, USERS)).await?;
        let profiles = tokens.iter().map(|token| get("/api/v1/me", Some(token))).collect();
        let others: Vec<_> = spread(50_000, USERS).into_iter().map(|number| number + 50_000).collect();
        let refresh = stage.rotations(&others).await?;
        let profile = Some(Repeated::crowd(profiles, USERS, 200));
        Ok(Self { profile, refresh: Some(refresh), folder: ground.folder()? })
    }

    async fn run(&mut self, stage: &Stage, warm_up: Duration, duration: Duration) -> Result<Met, Failure> {
        let profiles = load(stage, warm_up, duration, Some(PROFILES));
        let refreshes = load(stage, warm_up, duration, Some(REFRESHES));
        let disk = Disk::watch(self.folder.path())?;
        let (profile, refresh) = tokio::join!(
            profiles.run(self.profile.take().unwrap_or_default()),
            refreshes.run(self.refresh.take().unwrap_or_default())
        );
        let sync_p99 = disk.end()?.p99();
        let ((profile, profiles), (refresh, refreshes)) = (profile?, refresh?);
        (self.profile, self.refresh) = (Some(profiles), Some(refreshes));
        Ok(Met { profile, refresh, sync_p99 })
    }
}

fn load(stage: &Stage, warm_up: Duration, duration: Duration, rate: Option<f64>) -> Load {
    Load { address: stage.service.address, pid: stage.service.pid(), warm_up, duration, rate }
}

/// How much longer the slowest of a hundred waits than where nothing else goes on.
fn tail(what: &str, now: &Measured, alone: &Measured) -> Line {
    let longer = now.p99_ms / alone.p99_ms;
    let line = Line::figure(what, longer, "", Goal::AtMost(1.5)).under(now);
    let figure = format!("{:.2} ms", now.p99_ms);
    let trouble = alone.trouble().or(line.trouble.clone());
    Line { figure, ceiling: format!("{:.2} ms", alone.p99_ms), trouble, ..line }
}

/// The same of what the disk itself takes to have a page for good. Where that is slower, so is every refresh.
fn slower_disk(when: &str, now: &Met, alone: &Met) -> Line {
    let what = format!("the disk's own fdatasync, p99 {when} ÷ alone");
    let [now, alone] = [now, alone].map(|met| met.sync_p99.as_secs_f64() * 1000.0);
    let told = |ms: f64| format!("{ms:.2} ms");
    Line { figure: told(now), ceiling: told(alone), ..Line::figure(&what, now / alone, "", Goal::None) }
}

/// What those hear for whom there is no room. That each is told when to come again is seen where answers are judged: one
/// that is not is wrong, and fails all of it.
#[allow(clippy::cast_precision_loss, reason = "counts of a minute")]
fn surplus(storm: &Measured, possible: f64) -> Vec<Line> {
    let all = (storm.done + storm.surplus).max(1);
    let share = 100.0 * storm.surplus as f64 / all as f64;
    let what = format!("503 with Retry-After in a storm of {:.0} log-ins/s: p99", 10.0 * possible);
    let soon = Line::figure(&what, storm.surplus_p99_ms, " ms", Goal::Below(50.0)).under(storm);
    let share =
        Line::figure("share of the storm that is told to come again", share, " %", Goal::None).under(storm);
    vec![soon, share, Line::figure("log-ins in the storm", storm.rate, "/s", Goal::None).under(storm)]
}
