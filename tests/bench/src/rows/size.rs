use super::{Ground, spread};
use crate::driver::{Connection, get, median};
use crate::machine::{Usage, forget};
use crate::seed::Failure;
use crate::table::{Goal, Line};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// How many sessions there are where there are many.
const SESSIONS: usize = 10_000;
/// How long a service is left alone before it counts as idle.
const REST: Duration = Duration::from_secs(5);

/// From the start of the process until it answers that it is ready.
pub async fn start(ground: &Ground) -> Result<Vec<Line>, Failure> {
    let mut founding = Vec::new();
    for _ in 0..ground.options.starts() {
        let folder = ground.folder()?;
        founding.push(started(ground, folder.path()).await?);
    }
    let empty = ground.folder()?;
    started(ground, empty.path()).await?;
    let full = ground.copy(100_000).await?;
    let (mut again, mut crowded) = (Vec::new(), Vec::new());
    for _ in 0..ground.options.starts() {
        again.push(started(ground, empty.path()).await?);
        crowded.push(started(ground, full.path()).await?);
    }
    let line =
        |what, taken: Vec<f64>, goal| Line::figure(what, median(taken.into_iter()), " ms", Goal::Below(goal));
    Ok(vec![
        line("start to ready, empty", again, 50.0),
        line("start to ready, the very first: makes its databases", founding, 50.0),
        line("start to ready, 100 000 users", crowded, 150.0),
    ])
}

/// How long one start takes, in milliseconds.
async fn started(ground: &Ground, folder: &Path) -> Result<f64, Failure> {
    let service = ground.launch(folder)?.start().await?;
    let taken = service.ready_after.as_secs_f64() * 1000.0;
    service.stop().await?;
    Ok(taken)
}

/// What it holds when nothing goes on, and after ten thousand sessions were used once each.
///
/// The binary is read from the disk, as after a boot: of a file that was written a moment ago the system has larger pieces
/// at hand, and maps more of it than was asked for.
pub async fn memory(ground: &Ground) -> Result<Vec<Line>, Failure> {
    forget(&ground.options.binary)?;
    let stage = ground.stage(100_000).await?;
    let resident = || Usage::of(stage.service.pid()).unwrap_or_default().resident_mib;
    tokio::time::sleep(REST).await;
    let idle = resident();
    let mut connection = Connection::open(stage.service.address).await?;
    for token in stage.tokens(&spread(100_000, SESSIONS)).await? {
        let answer = connection.exchange(&get("/api/v1/me", Some(&token))).await?;
        if answer.status != 200 {
            return Err(format!("a session that was just begun: {}", answer.status).into());
        }
    }
    let used = resident();
    stage.end().await?;
    Ok(vec![
        Line::figure("memory, idle", idle, " MiB", Goal::Below(25.0)),
        Line::figure("memory, 10 000 sessions that were used", used, " MiB", Goal::Below(40.0)),
    ])
}

/// How large the binary is.
#[allow(clippy::cast_precision_loss, reason = "some megabytes")]
pub fn binary(ground: &Ground) -> Result<Vec<Line>, Failure> {
    let bytes = fs::metadata(&ground.options.binary)?.len();
    Ok(vec![Line::figure("release binary", bytes as f64 / 1e6, " MB", Goal::Below(30.0))])
}
