use crate::traffic;
use journeys::prometheus::{Watch, address, addresses, deployed};
use journeys::{Client, Engine, Failure, Outcome, Resident, Server, Settings};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const DASHBOARD: &str = "deploy/grafana/dashboards/xtrem.json";

/// What Grafana puts in the place of its variables.
const VARIABLES: [(&str, &str); 2] = [("$instance", ".*"), ("$__rate_interval", "1m")];

/// Only an accident makes these appear, and the rules fill them up with zero until then; so they are looked for where they
/// are counted.
const ACCIDENTS: [(&str, &str); 1] = [("xtrem_http_panics_total", "adapters/http/src/instruments.rs")];

/// The panels of the dashboard that show something, each with its title and its queries.
fn panels() -> Outcome<Vec<(String, Vec<String>)>> {
    let dashboard: Value = serde_json::from_str(&deployed(DASHBOARD)?)?;
    let panels = dashboard["panels"].as_array().ok_or_else(|| Failure::from("a dashboard has panels"))?;
    let numbers: BTreeSet<Option<u64>> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(numbers.len(), panels.len(), "two panels have the same number");
    let shown = panels.iter().filter(|panel| panel["type"] != "row");
    let silent = shown.clone().find(|panel| panel["description"].as_str().is_none_or(str::is_empty));
    assert!(silent.is_none(), "a panel does not say what it shows: {silent:?}");
    let queries = |panel: &Value| -> Vec<String> {
        let targets = panel["targets"].as_array().into_iter().flatten();
        targets.filter_map(|target| target["expr"].as_str()).map(str::to_owned).collect()
    };
    Ok(shown.map(|panel| (panel["title"].as_str().unwrap_or_default().to_owned(), queries(panel))).collect())
}

fn with_variables(query: &str) -> String {
    VARIABLES.iter().fold(query.to_owned(), |query, (name, value)| query.replace(name, value))
}

/// A service with backups, and with room for everything that somebody who comes from one address does in an hour.
async fn service(copies: &Path) -> Outcome<(Server, Resident)> {
    let settings = Settings::on(Engine::Sqlite)
        .with("THROTTLE__ATTEMPTS_PER_MINUTE", "1000")
        .with("BACKUP__DIR", &copies.join("copies").display().to_string())
        .with("BACKUP__EVERY_HOURS", "1");
    let server = Server::start(settings).await?;
    let administrator = Resident::administrator(&server).await?;
    Ok((server, administrator))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_panel_shows_data_and_nobody_in_it() -> Outcome {
    let copies = tempfile::tempdir()?;
    let (server, administrator) = service(copies.path()).await?;
    let watch = Watch::over(&addresses([&server])?).await?;
    let mut secrets = traffic::pass(&server, &administrator).await?;
    // What is counted for the first time has not increased yet; so once more, as soon as the rules have seen it too.
    watch.await_data("instance:xtrem_refresh_reuses:total > 0").await?;
    secrets.extend(traffic::pass(&server, &administrator).await?);

    let target = watch.await_data(&format!("up{{instance=\"{}\"}} == 1", address(&server)?)).await?;
    assert_eq!(target.len(), 1);
    let (panels, mut empty) = (panels()?, Vec::new());
    assert!(panels.len() > 40, "{} panels", panels.len());
    for (title, queries) in &panels {
        assert!(!queries.is_empty(), "{title} asks nothing");
        for query in queries {
            if let Err(failure) = watch.await_data(&with_variables(query)).await {
                empty.push(format!("{title}: {failure}"));
            }
        }
    }
    assert!(empty.is_empty(), "{empty:#?}");
    assert_known(&watch, &server, &panels).await?;
    assert_calm(&watch).await?;
    assert_nobody(&watch, &server, &secrets).await
}

/// A house in order has no alarms, but for the token that did come a second time.
async fn assert_calm(watch: &Watch) -> Outcome {
    let firing = watch.await_data("ALERTS{alertstate=\"firing\"}").await?;
    let names: BTreeSet<&str> = firing.iter().filter_map(|one| one["metric"]["alertname"].as_str()).collect();
    assert_eq!(names, BTreeSet::from(["XtremRefreshReuse"]));
    Ok(())
}

/// Whatever the rules and the dashboard name is told by a service, or recorded by the rules.
async fn assert_known(watch: &Watch, server: &Server, panels: &[(String, Vec<String>)]) -> Outcome {
    let told = Client::of(server.metrics().unwrap_or_default())?.get("/metrics").await?.expect(200)?.text();
    let mut known: BTreeSet<String> = told
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .flat_map(|name| ["", "_bucket", "_count", "_sum"].map(|end| format!("{name}{end}")))
        .collect();
    for (name, source) in ACCIDENTS {
        assert!(deployed(source)?.contains(&format!("\"{name}\"")), "{name} is not counted any more");
        known.insert(name.to_owned());
    }
    let rules = watch.ask("rules").await?;
    let rules: Vec<&Value> = rules["groups"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|group| group["rules"].as_array().into_iter().flatten())
        .collect();
    let recorded = rules.iter().filter(|rule| rule["type"] == "recording");
    known.extend(recorded.filter_map(|rule| rule["name"].as_str()).map(str::to_owned));
    let dashboard = deployed(DASHBOARD)?;
    let asked = rules.iter().filter_map(|rule| rule["query"].as_str());
    let asked = asked.chain(panels.iter().flat_map(|(_, queries)| queries.iter().map(String::as_str)));
    for query in asked.chain([dashboard.as_str()]) {
        let unknown: Vec<&str> = metrics(query).filter(|name| !known.contains(*name)).collect();
        assert!(unknown.is_empty(), "nobody tells {unknown:?}");
    }
    Ok(())
}

/// What in a query is the name of something that is measured.
fn metrics(query: &str) -> impl Iterator<Item = &str> {
    let names = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    names.filter(|name| {
        ["xtrem_", "process_", "tokio_", "instance:", "job:"].iter().any(|begin| name.starts_with(begin))
    })
}

/// Neither what the service tells nor what Prometheus has kept names anybody.
async fn assert_nobody(watch: &Watch, server: &Server, secrets: &[String]) -> Outcome {
    let told = Client::of(server.metrics().unwrap_or_default())?.get("/metrics").await?.expect(200)?.text();
    let kept = serde_json::to_string(&watch.await_data("{job=\"xtrem\"}").await?)?;
    for secret in secrets {
        assert!(!told.contains(secret) && !kept.contains(secret), "{secret} is told");
    }
    Ok(())
}
