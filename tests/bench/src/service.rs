//! The service, as a process of its own on a core of its own, with its defaults.

use crate::driver::{Connection, get};
use crate::machine::Cores;
use crate::seed::Failure;
use rustix::process::{Pid, Signal, kill_process};
use serde::de::DeserializeOwned;
use std::env;
use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is not as it is by default, and why. Everything else is.
pub const SETTINGS: &[(&str, &str, &str)] = &[
    ("XTREM_SERVER__LISTEN", "127.0.0.1:PORT", "a free port"),
    ("XTREM_METRICS__LISTEN", "127.0.0.1:PORT", "a free port"),
    ("XTREM_DATA__DIR", "FOLDER", "a folder of the bench's own"),
    (
        "XTREM_THROTTLE__ENABLED",
        "false",
        "all requests come from one address, which may try 30 passwords a minute",
    ),
];

/// How to start it.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The binary.
    pub binary: PathBuf,
    /// Where it is started, and keeps its data in a folder `data`.
    pub folder: PathBuf,
    /// What it is told beside [`SETTINGS`].
    pub extra: Vec<(String, String)>,
    /// Where it runs.
    pub cores: Cores,
}

/// A running service. It ends with this value.
pub struct Service {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
    metrics: SocketAddr,
    /// How long it took from its start until it was ready.
    pub ready_after: Duration,
}

impl Launch {
    /// Where its data is.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&self) -> Result<Service, Failure> {
        fs::create_dir_all(&self.folder)?;
        let (address, metrics) = (free_address()?, free_address()?);
        let log = File::options().create(true).append(true).open(self.folder.join("service.log"))?;
        let mut command = Command::new(&self.binary);
        command.arg("serve").current_dir(&self.folder).env_clear().stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        command.env("XTREM_SERVER__LISTEN", address.to_string());
        command.env("XTREM_METRICS__LISTEN", metrics.to_string());
        command.env("XTREM_DATA__DIR", self.data());
        command.env("XTREM_THROTTLE__ENABLED", "false");
        command.envs(self.extra.iter().cloned());
        let began = Instant::now();
        let child = self.cores.as_server(|| command.spawn())?;
        let mut service = Service { child, address, metrics, ready_after: Duration::ZERO };
        service.wait_until_ready(began, &self.folder).await?;
        Ok(service)
    }
}

impl Service {
    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it calls itself.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn wait_until_ready(&mut self, began: Instant, folder: &Path) -> Result<(), Failure> {
        let request = get("/health/ready", None);
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                let log = fs::read_to_string(folder.join("service.log")).unwrap_or_default();
                let end: Vec<_> = log.lines().rev().take(5).collect();
                return Err(format!("the service ended ({status}): {end:#?}").into());
            }
            if let Ok(mut connection) = Connection::open(self.address).await
                && let Ok(answer) = connection.exchange(&request).await
                && answer.status == 200
            {
                self.ready_after = began.elapsed();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err("the service did not become ready".into())
    }

    /// What a GET answers; an error unless it is 200.
    pub async fn get(&self, path: &str, bearer: Option<&str>) -> Result<String, Failure> {
        ask(self.address, &get(path, bearer)).await
    }

    /// The sum of a counter over all of its series that have these labels.
    pub async fn counter(&self, name: &str, labels: &[&str]) -> Result<f64, Failure> {
        Ok(sum(&ask(self.metrics, &get("/metrics", None)).await?, name, labels))
    }

    /// Ends it as an operator would, and waits for that.
    pub async fn stop(mut self) -> Result<(), Failure> {
        let began = Instant::now();
        kill_process(pid_of(&self.child)?, Signal::TERM)?;
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                return Err("the service did not end".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It is gone already where it was told to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pid_of(child: &Child) -> io::Result<Pid> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| io::Error::other("a process without a number"))
}

async fn ask(address: SocketAddr, request: &[u8]) -> Result<String, Failure> {
    let mut connection = Connection::open(address).await?;
    let answer = connection.exchange(request).await?;
    let body = String::from_utf8_lossy(answer.body).into_owned();
    if answer.status == 200 { Ok(body) } else { Err(format!("{}: {body}", answer.status).into()) }
}

/// A ceiling that serves, as a process of its own where the service runs. It ends with this value.
pub struct Ceiling {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
}

impl Ceiling {
    /// Starts one and waits until it listens.
    pub async fn serve(cores: Cores, name: &str, arguments: &[&str]) -> Result<Self, Failure> {
        let address = free_address()?;
        let mut command = ceiling(name)?;
        command.args(["--listen", &address.to_string()]).args(arguments);
        let child = cores.as_server(|| command.stdin(Stdio::null()).spawn())?;
        let mut ceiling = Self { child, address };
        let began = Instant::now();
        while Connection::open(address).await.is_err() {
            if let Some(status) = ceiling.child.try_wait()? {
                return Err(format!("the ceiling {name} ended ({status})").into());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("the ceiling {name} does not listen").into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(ceiling)
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets one measure by itself where the service runs, and reads what it prints.
    pub fn measure<T: DeserializeOwned>(cores: Cores, name: &str, arguments: &[&str]) -> Result<T, Failure> {
        let mut command = ceiling(name)?;
        command.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
        let output = cores.as_server(|| command.output())?;
        if !output.status.success() {
            return Err(format!("the ceiling {name} ended ({})", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

impl Drop for Ceiling {
    fn drop(&mut self) {
        // Nothing is lost with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ceiling(name: &str) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["ceiling", name]);
    Ok(command)
}

/// An address of this machine where nobody listens.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// The sum of a counter in the text that Prometheus reads.
fn sum(metrics: &str, name: &str, labels: &[&str]) -> f64 {
    let of = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let (series, value) = rest.rsplit_once(' ')?;
        let is_it = series.is_empty() || series.starts_with('{');
        (is_it && labels.iter().all(|label| series.contains(label))).then(|| value.parse::<f64>().ok())?
    };
    metrics.lines().filter_map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_summed_over_the_series_with_all_the_labels() {
        let text = "# TYPE n_count counter\nn_count{a=\"x\",b=\"y\"} 3\nn_count{a=\"x\",b=\"z\"} 4\n\
                    n_count_total{a=\"x\"} 9\nn_count{b=\"y\"} 16\nm 5\n";
        assert!((sum(text, "n_count", &["a=\"x\""]) - 7.0).abs() < f64::EPSILON);
        assert!((sum(text, "n_count", &["a=\"x\"", "b=\"y\""]) - 3.0).abs() < f64::EPSILON);
        assert!((sum(text, "m", &[]) - 5.0).abs() < f64::EPSILON);
        assert!(sum(text, "k", &[]).abs() < f64::EPSILON);
    }
}
