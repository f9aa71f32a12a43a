use super::{Ground, Side, ratio, spread};
use crate::ceiling::hasher::HashRate;
use crate::driver::{Measured, Numbered, Repeated, Script, post};
use crate::machine::{Cores, Usage};
use crate::seed::{Failure, PASSWORD, username};
use crate::service::{Ceiling, Service};
use crate::table::{Goal, Line};

/// How many log in or sign up at a time.
const USERS: usize = 16;
/// What one hash takes by default, and what its thread may take beside it.
const HASH_MIB: f64 = 19.0;
const BESIDE_MIB: f64 = 4.0;

/// Logging in and signing up, which cost a hash each.
pub async fn measure(ground: &Ground) -> Result<Vec<Line>, Failure> {
    let stage = ground.stage(100_000).await?;
    let idle = Usage::of(stage.service.pid()).unwrap_or_default().resident_mib;
    let scripts = Repeated::crowd(requests(&spread(100_000, 1000)), USERS, 201);
    let (ours, theirs, part) = compare(ground, &stage.service, scripts).await?;
    let mut lines = vec![
        Line::part_of("log-in ÷ bare hasher", &ours, &theirs, part, Goal::AtLeast(0.95)),
        memory("memory under log-in", idle, &ours),
    ];
    let scripts = Numbered::crowd(&sign_up, USERS as u64, 0, 201);
    let (ours, theirs, part) = compare(ground, &stage.service, scripts).await?;
    lines.push(Line::part_of("sign-up ÷ bare hasher", &ours, &theirs, part, Goal::None));
    stage.end().await?;
    Ok(lines)
}

async fn compare<S: Script>(
    ground: &Ground,
    service: &Service,
    scripts: Vec<S>,
) -> Result<(Measured, Measured, f64), Failure> {
    let mut ours = Side::new(ground, service.address, service.pid(), scripts);
    let mut theirs = Vec::new();
    for _ in 0..ground.options.rounds() {
        ours.round().await?;
        theirs.push(hash_rate(ground.cores, ground.options.round().as_secs().max(1))?);
    }
    let part = ratio(&ours.rounds, &theirs, |round| round.rate);
    Ok((ours.middle(), Measured::middle(&theirs), part))
}

/// What the cores of the service can hash, as if it were a load.
pub(super) fn hash_rate(cores: Cores, seconds: u64) -> Result<Measured, Failure> {
    let seconds = seconds.to_string();
    let HashRate { hashes_per_second, .. } =
        Ceiling::measure(cores, "hasher", &["--threads", "1", "--seconds", &seconds])?;
    Ok(Measured { rate: hashes_per_second, done: 1, ..Measured::default() })
}

/// Whether hashing takes no more than its threads' memory.
pub(super) fn memory(what: &str, idle: f64, load: &Measured) -> Line {
    let most = idle + HASH_MIB + BESIDE_MIB;
    let what = format!("{what} (idle {idle:.1} MiB, one core)");
    Line::figure(&what, load.resident_mib, " MiB", Goal::AtMost(most)).under(load)
}

/// Log-ins of these people, written out.
pub(super) fn requests(people: &[usize]) -> Vec<Vec<u8>> {
    let form = |number: &usize| format!(r#"{{"login":"{}","password":"{PASSWORD}"}}"#, username(*number));
    people.iter().map(|number| post("/api/v1/sessions", &form(number))).collect()
}

/// Writes the form of somebody new.
fn sign_up(number: u64, request: &mut Vec<u8>) {
    let form = format!(
        r#"{{"username":"n{number:06}","email":"n{number:06}@people.example","password":"{PASSWORD}","full_name":"New {number}"}}"#
    );
    request.extend(post("/api/v1/users", &form));
}
