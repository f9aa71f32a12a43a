use journeys::prometheus::{Watch, deployed};
use journeys::{Failure, Outcome, wait};
use serde_json::Value;
use std::collections::BTreeSet;

const RUNBOOK: &str = "deploy/runbook.md";
const TESTS: [&str; 4] = ["service", "security", "capacity", "duties"];

/// What is said of each alert.
const PARTS: [&str; 5] =
    ["**For people:**", "**First look:**", "**Likely causes:**", "**What to do:**", "**Wake somebody:**"];

/// What needs an accident, an upgrade that was forgotten, or a machine that is nearly full: shown by unit tests alone.
const NEVER_FOR_REAL: [&str; 4] =
    ["XtremPanics", "XtremVersionsDiffer", "XtremDiskLow", "XtremFilesRunningOut"];

/// Where alerts are made to fire.
const FOR_REAL: [&str; 3] =
    [include_str!("alarms.rs"), include_str!("troubles.rs"), include_str!("files.rs")];

/// The name of an alert, as Prometheus has read it.
fn name(alert: &Value) -> Outcome<&str> {
    alert["name"].as_str().ok_or_else(|| Failure::from("an alert has a name"))
}

/// The sections of the runbook that are named after an alert, with what they say.
fn sections(runbook: &str) -> Vec<(&str, &str)> {
    let sections = runbook.split("\n## ").skip(1).filter_map(|section| section.split_once('\n'));
    sections.filter(|(title, _)| title.starts_with("Xtrem") && !title.contains(' ')).collect()
}

/// The rules are read, and nobody is told of an alert without being told what to do.
#[tokio::test]
async fn each_alert_has_its_section_in_the_runbook_and_each_section_its_alert() -> Outcome {
    let watch = Watch::over(&[]).await?;
    let (alerts, runbook) = (watch.alerts().await?, deployed(RUNBOOK)?);
    let sections = sections(&runbook);
    let mut names = BTreeSet::new();
    for alert in &alerts {
        let name = name(alert)?;
        assert!(names.insert(name), "{name} stands there twice");
        let place = format!("{RUNBOOK}#{}", name.to_lowercase());
        assert_eq!(alert["annotations"]["runbook_url"], place.as_str(), "{name}");
        for part in ["summary", "description"] {
            assert!(alert["annotations"][part].is_string(), "{name} has no {part}");
        }
        assert!(matches!(alert["labels"]["severity"].as_str(), Some("critical" | "warning")), "{name}");
        let section = sections.iter().find(|(title, _)| *title == name);
        let (_, text) = section.ok_or_else(|| format!("the runbook does not know {name}"))?;
        let missing: Vec<_> = PARTS.iter().filter(|part| !text.contains(*part)).collect();
        assert!(missing.is_empty(), "{name} lacks {missing:?}");
    }
    assert!(names.len() > 20, "{names:?}");
    let known: BTreeSet<&str> = sections.iter().map(|(title, _)| *title).collect();
    assert_eq!(known, names, "the runbook tells of an alert that is none");
    Ok(())
}

/// That the unit tests hold is shown by `promtool test rules`, which `tests/run` calls.
#[tokio::test]
async fn each_alert_fires_and_is_silent_in_unit_tests_and_fires_for_real_where_it_can() -> Outcome {
    let watch = Watch::over(&[]).await?;
    let mut tests = String::new();
    for file in TESTS {
        tests.push_str(&deployed(&format!("deploy/prometheus/tests/{file}.yml"))?);
    }
    for alert in watch.alerts().await? {
        let name = name(&alert)?;
        let says = format!("alertname: {name}\n        exp_alerts:");
        let expected: Vec<&str> =
            tests.split(&says).skip(1).map(|rest| rest.split('\n').next().unwrap_or_default()).collect();
        assert!(expected.contains(&""), "{name} fires in no unit test");
        assert!(expected.contains(&" []"), "{name} is silent in no unit test");
        let awaited = [
            format!("told(watch, \"{name}\""),
            format!("told(&watch, \"{name}\""),
            format!("await_alert(\"{name}\""),
        ];
        let is_awaited = FOR_REAL.iter().any(|journey| awaited.iter().any(|call| journey.contains(call)));
        assert!(is_awaited != NEVER_FOR_REAL.contains(&name), "{name}: does it fire for real?");
    }
    Ok(())
}

/// Prometheus itself is where the first alert of all comes from.
#[tokio::test]
async fn without_any_service_that_is_told() -> Outcome {
    let watch = Watch::impatient(&[], &["XtremAbsent"]).await?;
    let alert = watch.await_alert("XtremAbsent", &[("job", "xtrem"), ("severity", "critical")]).await?;
    assert_eq!(alert["receivers"][0]["name"], "wake-somebody", "{alert}");
    wait::until("every rule to be evaluated without a complaint", async || {
        let rules = watch.ask("rules").await?;
        let rules: Vec<&Value> = rules["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|group| group["rules"].as_array().into_iter().flatten())
            .collect();
        let complaint = rules.iter().find(|rule| rule["health"] == "err");
        assert!(complaint.is_none(), "{complaint:?}");
        Ok((!rules.is_empty() && rules.iter().all(|rule| rule["health"] == "ok")).then_some(()))
    })
    .await
}
