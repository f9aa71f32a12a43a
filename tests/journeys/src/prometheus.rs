//! Prometheus and Alertmanager as `deploy/` sets them up, watching services of a journey: Debian's packages `prometheus`
//! and `prometheus-alertmanager`.
//!
//! The files are those that are committed. What differs is where the others are found, and that everything is looked at
//! each second; where a journey has to, alerts wait for a second only, and the journey says for which.

use crate::{Client, Failure, Outcome, Server, wait};
use serde_json::Value;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The rules, from the root of the repository.
const RULES: &str = "deploy/prometheus/rules/xtrem.yml";

/// How the services are found, when they are containers.
const FOUND: &str = "dns_sd_configs:
      - names: [xtrem]
        type: A
        port: 9464
        refresh_interval: 15s
";

/// Prometheus and Alertmanager, watching. Both end when this is dropped.
#[derive(Debug)]
pub struct Watch {
    prometheus: Program,
    alertmanager: Program,
    _home: TempDir,
}

impl Watch {
    /// Watches whoever tells metrics at those addresses.
    pub async fn over(addresses: &[String]) -> Outcome<Self> {
        Self::impatient(addresses, &[]).await
    }

    /// The same, where those alerts wait for a second, however long they should.
    pub async fn impatient(addresses: &[String], alerts: &[&str]) -> Outcome<Self> {
        let home = tempfile::Builder::new().prefix("xtrem-watch-").tempdir()?;
        let place = home.path();
        std::fs::write(place.join("alertmanager.yml"), deployed("deploy/alertmanager/alertmanager.yml")?)?;
        let mut command = Command::new("prometheus-alertmanager");
        let command = command.args([
            "--config.file=alertmanager.yml",
            "--storage.path=alerts",
            "--cluster.listen-address=",
        ]);
        let alertmanager = Program::start(command, place).await?;

        let mut rules = deployed(RULES)?;
        for alert in alerts {
            rules = hastened(&rules, alert)?;
        }
        std::fs::create_dir(place.join("rules"))?;
        std::fs::write(place.join("rules/xtrem.yml"), rules)?;
        std::fs::write(place.join("prometheus.yml"), settings(addresses, &alertmanager.address)?)?;
        let mut command = Command::new("prometheus");
        let command = command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=samples"]);
        // What fires before Alertmanager was found is told again soon.
        let prometheus = Program::start(command.arg("--rules.alert.resend-delay=1s"), place).await?;
        Ok(Self { prometheus, alertmanager, _home: home })
    }

    /// What Prometheus answers to a question of its API, below `/api/v1/`.
    pub async fn ask(&self, question: &str) -> Outcome<Value> {
        let client = Client::of(&format!("http://{}", self.prometheus.address))?;
        let answer = client.get(&format!("/api/v1/{question}")).await?.expect(200)?.json()?;
        Ok(answer["data"].clone())
    }

    /// The series that an expression yields now.
    pub async fn query(&self, expression: &str) -> Outcome<Vec<Value>> {
        let data = self.ask(&format!("query?query={}", crate::trail::escaped(expression))).await?;
        data["result"].as_array().cloned().ok_or_else(|| Failure::from(format!("{expression} is no vector")))
    }

    /// Waits until an expression yields anything but what is no number; answers with that.
    pub async fn await_data(&self, expression: &str) -> Outcome<Vec<Value>> {
        wait::until(expression, async || {
            let mut series = self.query(expression).await?;
            series.retain(|one| one["value"][1].as_str().is_some_and(|value| value != "NaN"));
            Ok((!series.is_empty()).then_some(series))
        })
        .await
    }

    /// Waits until an alert with those labels has come to Alertmanager, also where another one keeps it silent there.
    pub async fn await_alert(&self, alert: &str, labels: &[(&str, &str)]) -> Outcome<Value> {
        let client = Client::of(&format!("http://{}", self.alertmanager.address))?;
        wait::until(&format!("the alert {alert} {labels:?}"), async || {
            let alerts = client.get("/api/v2/alerts").await?.expect(200)?.json()?;
            let has = |found: &Value| labels.iter().all(|(name, value)| found["labels"][name] == *value);
            let mut alerts = alerts.as_array().into_iter().flatten();
            Ok(alerts.find(|found| found["labels"]["alertname"] == alert && has(found)).cloned())
        })
        .await
    }

    /// The alerts of the rules that Prometheus has read.
    pub async fn alerts(&self) -> Outcome<Vec<Value>> {
        let read = self.ask("rules?type=alert").await?;
        let groups = read["groups"].as_array().into_iter().flatten();
        Ok(groups.flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default()).collect())
    }
}

/// Where these services tell their metrics, as Prometheus wants it.
pub fn addresses<'a>(servers: impl IntoIterator<Item = &'a Server>) -> Outcome<Vec<String>> {
    servers.into_iter().map(|server| address(server).map(str::to_owned)).collect()
}

/// Where this service tells its metrics: host and port.
pub fn address(server: &Server) -> Outcome<&str> {
    let told = server.metrics().ok_or("this service tells no metrics")?;
    Ok(told.trim_start_matches("http://"))
}

/// A file of this repository.
pub fn deployed(path: &str) -> Outcome<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The settings of Prometheus, with these services, this Alertmanager, and a look each second.
fn settings(addresses: &[String], alertmanager: &str) -> Outcome<String> {
    let targets = format!("static_configs:\n      - targets: {}\n", serde_json::to_string(addresses)?);
    let text = replaced(&deployed("deploy/prometheus/prometheus.yml")?, FOUND, &targets)?;
    let text = replaced(&text, "scrape_interval: 15s", "scrape_interval: 1s")?;
    let text = replaced(&text, "evaluation_interval: 15s", "evaluation_interval: 1s")?;
    replaced(&text, "alertmanager:9093", alertmanager)
}

/// The same text with something in the place of what stands there once.
fn replaced(text: &str, theirs: &str, ours: &str) -> Outcome<String> {
    if text.matches(theirs).count() != 1 {
        return Err(format!("expected once, where a journey has something else: {theirs}").into());
    }
    Ok(text.replace(theirs, ours))
}

/// The rules with an alert that waits for a second.
fn hastened(rules: &str, alert: &str) -> Outcome<String> {
    let missing = || Failure::from(format!("there is no alert {alert} that waits"));
    let begin = rules.find(&format!("- alert: {alert}\n")).ok_or_else(missing)?;
    let end = rules[begin..].find("\n\n").map_or(rules.len(), |length| begin + length);
    let wait =
        rules[begin..end].lines().find(|line| line.trim_start().starts_with("for: ")).ok_or_else(missing)?;
    let hasty = rules[begin..end].replace(wait, "        for: 1s");
    Ok(format!("{}{hasty}{}", &rules[..begin], &rules[end..]))
}

/// A program that listens where there is room, and says where.
#[derive(Debug)]
struct Program {
    child: Child,
    address: String,
}

impl Program {
    /// Starts it in a folder, in which it leaves what it says.
    async fn start(command: &mut Command, home: &Path) -> Outcome<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let log = home.join(format!("{name}.log"));
        let child = command
            .arg("--web.listen-address=127.0.0.1:0")
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .map_err(|error| format!("{name}: {error}: run the journeys with tests/run"))?;
        let mut program = Self { child, address: String::new() };
        let begun = Instant::now();
        while program.address.is_empty() {
            let told = std::fs::read_to_string(&log)?;
            if begun.elapsed() > wait::PATIENCE || program.child.try_wait()?.is_some() {
                return Err(format!("{name} does not listen: {told}").into());
            }
            program.address = told.lines().find_map(listening).unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let client = Client::of(&format!("http://{}", program.address))?;
        wait::until(&format!("{name} to be ready"), async || {
            Ok(client.get("/-/ready").await.is_ok_and(|answer| answer.status == 200).then_some(()))
        })
        .await?;
        Ok(program)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a program listens, if it says so in this line.
fn listening(line: &str) -> Option<String> {
    let (_, address) = line.split_once("msg=\"Listening on\" address=")?;
    address.split(' ').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_program_listens_is_read() {
        let line = "level=info component=web msg=\"Listening on\" address=127.0.0.1:44683";
        assert_eq!(listening(line).unwrap(), "127.0.0.1:44683");
        assert!(listening("msg=\"Start listening for connections\" address=127.0.0.1:0").is_none());
    }

    #[test]
    fn only_the_alert_that_is_meant_is_hastened() {
        let rules = "      - alert: A\n        for: 5m\n        x: y\n\n      - alert: B\n        for: 5m\n";
        let hasty = hastened(rules, "A").unwrap();
        assert_eq!(hasty, rules.replacen("for: 5m", "for: 1s", 1));
        assert_eq!(hastened(rules, "B").unwrap(), rules.replace("B\n        for: 5m", "B\n        for: 1s"));
        assert!(hastened(rules, "C").is_err());
    }
}
