use journeys::{Client, Engine, Outcome, Person, Resident, Server, Settings, on_both_engines, wait};
use serde_json::json;

on_both_engines!(
    what_happens_is_counted_once_each_under_its_outcome,
    gauges_tell_of_accounts_sessions_and_databases
);

/// The samples of a service: `name{labels}` and a value.
pub struct Samples(Vec<(String, f64)>);

impl Samples {
    /// As they are at this moment.
    pub async fn of(server: &Server) -> Outcome<Self> {
        let address = server.metrics().ok_or("it tells no metrics")?;
        let text = Client::of(address)?.get("/metrics").await?.expect(200)?.text();
        let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Ok(Self(samples.collect()))
    }

    /// The sum of all samples of a metric whose labels contain every one of these.
    pub fn sum(&self, metric: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let found = self.0.iter().filter(|(name, _)| {
            name.split('{').next() == Some(metric) && labels.iter().all(|label| name.contains(label))
        });
        let found: Vec<f64> = found.map(|(_, value)| *value).collect();
        (!found.is_empty()).then(|| found.iter().sum())
    }

    /// The same, as a whole number; nothing is none.
    pub fn count(&self, metric: &str, labels: &[(&str, &str)]) -> u64 {
        let sum = self.sum(metric, labels).unwrap_or_default();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small whole numbers")]
        let count = sum as u64;
        count
    }
}

async fn what_happens_is_counted_once_each_under_its_outcome(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let client = server.client()?;
    let ann = Resident::user(&server).await?;
    client.post("/api/v1/users", &ann.person.sign_up()).await?.expect(409)?;
    let renewed = ann.refreshed().await?;
    // The answer was lost, and is given again; then the token is no longer the last but one.
    client.refresh(&ann.tokens.refresh).await?.expect(200)?;
    renewed.refreshed().await?;
    client.refresh(&ann.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    client.refresh("xrt_nothing").await?.oauth_error(400, "invalid_grant")?;
    let ben = Resident::user(&server).await?;
    let (mut failed, mut throttled) = (0, 0);
    while throttled < 2 {
        let wrong = json!({"login": ben.person.username, "password": "not-the-password"});
        match client.post("/api/v1/sessions", &wrong).await?.status {
            401 => failed += 1,
            status => {
                assert_eq!(status, 429);
                throttled += 1;
            }
        }
    }
    assert!(failed >= 5, "{failed} were looked at");
    ben.client.get("/api/v1/users").await?.expect(403)?;
    client.get("/api/v1/me").await?.expect(401)?;
    client.get(&ben.at("/nothing-of-ours")).await?.expect(404)?;

    // How long a hash took is noted when its answer may already have been given.
    let samples = wait::until("every hash to be noted", async || {
        let samples = Samples::of(&server).await?;
        // Two were made; compared were two right ones and the wrong ones.
        let noted = samples.count("xtrem_password_hash_duration_seconds_count", &[]);
        Ok((noted >= 4 + failed).then_some(samples))
    })
    .await?;
    let expected = [
        ("xtrem_sign_ups_total", vec![("outcome", "succeeded")], 2),
        ("xtrem_sign_ups_total", vec![("outcome", "taken")], 1),
        (
            "xtrem_log_ins_total",
            vec![("method", "password"), ("channel", "api"), ("outcome", "succeeded")],
            2,
        ),
        ("xtrem_log_ins_total", vec![("outcome", "failed")], failed),
        ("xtrem_log_ins_total", vec![("outcome", "throttled")], throttled),
        ("xtrem_throttled_attempts_total", vec![("by", "account")], throttled),
        ("xtrem_refreshes_total", vec![("outcome", "rotated")], 2),
        ("xtrem_refreshes_total", vec![("outcome", "forgiven")], 1),
        ("xtrem_refreshes_total", vec![("outcome", "reused")], 1),
        ("xtrem_refreshes_total", vec![("outcome", "unknown")], 1),
        ("xtrem_refusals_total", vec![("reason", "no-credential")], 1),
        ("xtrem_security_events_total", vec![("kind", "logged_in")], 2),
        ("xtrem_security_events_total", vec![("kind", "refresh_token_reused")], 1),
    ];
    for (metric, labels, count) in expected {
        assert_eq!(samples.count(metric, &labels), count, "{metric} {labels:?}");
    }
    let requests = |route, status| {
        samples.count("xtrem_http_request_duration_seconds_count", &[("route", route), ("status", status)])
    };
    assert_eq!(requests("/api/v1/users", "2xx"), 2);
    assert_eq!(requests("/api/v1/users", "4xx"), 2);
    assert_eq!(requests("/api/v1/sessions", "4xx"), failed + throttled);
    assert_eq!(requests("/oauth2/token", "2xx"), 3);
    assert_eq!(requests("unknown", "4xx"), 1);
    assert!(samples.count("xtrem_database_statement_duration_seconds_count", &[("database", "main")]) > 10);
    assert!(samples.count("xtrem_database_statement_duration_seconds_count", &[("database", "vault")]) > 1);
    Ok(())
}

async fn gauges_tell_of_accounts_sessions_and_databases(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let samples = Samples::of(&server).await?;
    let find = |metric| samples.count(metric, &[("statement", "instance.find")]);
    assert!(find("xtrem_database_statement_duration_seconds_count") > 0);
    assert_eq!(find("xtrem_database_statement_failures_total"), 0, "it was new, which is no failure");
    let admin = Resident::administrator(&server).await?;
    let ann = Resident::user(&server).await?;
    admin.suspend(&ann).await?.expect(200)?;
    wait::until("the gauges of accounts", async || {
        let samples = Samples::of(&server).await?;
        let users = |role, status| samples.count("xtrem_users", &[("role", role), ("status", status)]);
        Ok((users("admin", "active") == 1 && users("user", "suspended") == 1).then_some(()))
    })
    .await?;
    let samples = wait::until("a look that finds everything well", async || {
        let samples = Samples::of(&server).await?;
        Ok((samples.count("xtrem_ready", &[]) == 1).then_some(samples))
    })
    .await?;
    for metric in [
        "xtrem_build_info",
        "xtrem_ready",
        "xtrem_health_check",
        "xtrem_sessions_active",
        "xtrem_audit_waiting_events",
        "xtrem_audit_waiting_seconds",
        "xtrem_audit_chain_sequence",
        "xtrem_audit_head_timestamp_seconds",
        "xtrem_disk_free_bytes",
        "xtrem_disk_size_bytes",
        "xtrem_signing_key_active_timestamp_seconds",
        "xtrem_signing_key_due_timestamp_seconds",
        "xtrem_duty_last_success_timestamp_seconds",
        "xtrem_start_seconds",
        "xtrem_http_requests_in_flight",
        "xtrem_http_connections",
        "xtrem_http_connections_max",
        "xtrem_database_connections",
        "xtrem_database_connections_max",
        "xtrem_password_hash_queue_length",
        "xtrem_password_hash_queue_capacity",
        "xtrem_password_hash_workers",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "tokio_workers",
    ] {
        assert!(samples.sum(metric, &[]).is_some(), "{metric} is not told");
    }
    assert_eq!(samples.count("xtrem_ready", &[]), 1);
    assert_eq!(samples.count("xtrem_health_check", &[]), 5, "each check is well");
    assert!(samples.sum("xtrem_backup_interval_seconds", &[]).is_none(), "none are scheduled");
    Ok(())
}

/// What is told of the service says nothing of anybody, and is not told to everybody.
#[tokio::test]
async fn metrics_hold_nobody_and_stand_apart() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    let (person, me, tokens) = client.newcomer().await?;
    me.get("/api/v1/marker-in-the-path").await?.expect(404)?;
    let odd = client.request("BREW".parse()?, "/marker-coffee");
    journeys::Answer::to(odd).await?;
    client.post("/api/v1/users", &Person::new().sign_up()).await?;
    let id = me.get("/api/v1/me").await?.json()?["id"].as_str().unwrap_or_default().to_owned();
    let address = server.metrics().ok_or("it tells no metrics")?;
    let text = Client::of(address)?.get("/metrics").await?.expect(200)?.text();
    let mut secrets = person.secrets();
    secrets.extend([
        tokens.access,
        tokens.refresh,
        id,
        person.username,
        "marker".to_owned(),
        "BREW".to_owned(),
    ]);
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()), "{secret} stands in the metrics");
    }
    client.get("/metrics").await?.expect(404)?;
    Client::of(address)?.get("/api/v1/me").await?.expect(404).map(drop)
}

#[tokio::test]
async fn who_wants_no_metrics_has_no_listener() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).with("METRICS__LISTEN", "off")).await?;
    assert_eq!(server.metrics(), None);
    server.client()?.newcomer().await.map(drop)
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_with_its_key() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let taken = server.metrics().unwrap_or_default().trim_start_matches("http://").to_owned();
    let refusal = Server::refusal(Settings::on(Engine::Sqlite).with("METRICS__LISTEN", &taken)).await?;
    assert!(refusal.contains("metrics.listen") && refusal.contains(&taken), "{refusal}");
    Ok(())
}
