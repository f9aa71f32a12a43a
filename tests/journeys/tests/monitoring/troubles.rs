//! What can go wrong, made to go wrong.

use crate::alarms::told;
use journeys::prometheus::{Watch, address, addresses};
use journeys::{Client, Engine, Outcome, Person, Resident, Server, Settings, wait};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tokio::net::TcpStream;

/// How many requests were answered.
const COUNTED: &str = "xtrem_http_request_duration_seconds_count";

/// Services side by side, each with a trouble of its own.
pub struct Street {
    pub crowded: Server,
    pub locked: Server,
    pub robbed: Server,
    pub besieged: Server,
    pub belated: Server,
    pub full: Server,
    pub restless: Server,
}

impl Street {
    pub async fn open() -> Outcome<Self> {
        let settings = || Settings::on(Engine::Sqlite).unthrottled();
        let slow = settings()
            .with("PASSWORDS__MEMORY_KIB", "65536")
            .with("PASSWORDS__ITERATIONS", "3")
            .with("PASSWORDS__WORKERS", "1")
            .with("PASSWORDS__QUEUE", "2");
        // Under what is no folder nothing can be written.
        let nowhere = Settings::on(Engine::Sqlite)
            .with("BACKUP__DIR", "/dev/null/backups")
            .with("BACKUP__EVERY_HOURS", "1")
            .with("LOG__DIR", "/dev/null/log");
        let narrow = settings()
            .with("HEALTH__MINIMUM_FREE_MIB", "1048576")
            .with("SERVER__MAX_CONNECTIONS", "10")
            .with("SERVER__HEADER_TIMEOUT_SECONDS", "300");
        let (crowded, locked, robbed, besieged, belated, full, restless) = tokio::try_join!(
            Server::start(slow),
            Server::start(settings()),
            Server::start(settings()),
            Server::start(nowhere),
            Server::start(settings().with_clock_set_back(Duration::from_hours(100 * 24))),
            Server::start(narrow),
            Server::start(settings()),
        )?;
        Ok(Self { crowded, locked, robbed, besieged, belated, full, restless })
    }

    fn all(&self) -> [&Server; 7] {
        let Self { crowded, locked, robbed, besieged, belated, full, restless } = self;
        [crowded, locked, robbed, besieged, belated, full, restless]
    }

    pub fn addresses(&self) -> Outcome<Vec<String>> {
        addresses(self.all())
    }

    /// Waits until everybody was heard, and everything that is counted begins at zero.
    pub async fn await_first_look(&self, watch: &Watch) -> Outcome {
        let all = format!("count(instance:xtrem_refresh_reuses:total) == {}", self.all().len());
        watch.await_data(&all).await.map(drop)
    }
}

pub async fn too_many_passwords(watch: &Watch, server: &Server) -> Outcome {
    let client = server.client()?;
    let requests = (0..60).map(|_| {
        let client = client.clone();
        async move { client.post("/api/v1/users", &Person::new().sign_up()).await }
    });
    Client::all_at_once(requests).await?;
    told(watch, "XtremHashQueueFull", &[("instance", address(server)?)]).await
}

/// Another program takes the database for itself, just when an event was written and is not sealed.
pub async fn a_database_that_somebody_holds(watch: &Watch, server: &Server) -> Outcome {
    let instance = ("instance", address(server)?);
    let (_, me, _) = server.client()?.newcomer().await?;
    let lock = wait::until("a moment at which an event waits to be sealed", async || {
        me.newcomer().await?;
        let lock = server.database().lock().await?;
        let waiting = server.database().number("SELECT COUNT(*) FROM events WHERE sequence IS NULL").await?;
        Ok((waiting > 0).then_some(lock))
    })
    .await?;
    // The first one alone: how much a series has risen that is new is not known to Prometheus.
    me.send(Method::PATCH, "/api/v1/me", &json!({"bio": "Waits."})).await?.expect(503)?;
    let seen = format!("{COUNTED}{{instance=\"{}\",method=\"PATCH\",status=\"5xx\"}} == 1", instance.1);
    watch.await_data(&seen).await?;
    let changes = (0..60).map(|_| {
        let me = me.clone();
        async move { me.send(Method::PATCH, "/api/v1/me", &json!({"bio": "Waits."})).await }
    });
    for answer in Client::all_at_once(changes).await? {
        answer.expect(503)?;
    }
    let writer = [instance, ("database", "main"), ("role", "writer")];
    told(watch, "XtremNotReady", &[instance, ("check", "main_database")]).await?;
    told(watch, "XtremDutyFailing", &[instance, ("duty", "seal_trail")]).await?;
    told(watch, "XtremDatabasePoolExhausted", &writer).await?;
    watch.await_data(&format!("xtrem_audit_waiting_seconds{{instance=\"{}\"}} > 30", instance.1)).await?;
    told(watch, "XtremAuditSealLate", &[instance]).await?;
    drop(lock);
    let ready = format!("xtrem_health_check{{instance=\"{}\",check=\"main_database\"}} == 1", instance.1);
    watch.await_data(&ready).await.map(drop)
}

/// Tokens come a second time, long after they were used; and personal data does not open.
pub async fn stolen_tokens_and_broken_seals(watch: &Watch, server: &Server) -> Outcome {
    let victim = Resident::user(server).await?;
    reuse(server, &victim).await?;
    told(watch, "XtremRefreshReuse", &[("job", "xtrem")]).await?;
    for _ in 0..24 {
        reuse(server, &victim.again(server).await?).await?;
    }
    told(watch, "XtremRefreshReuseMany", &[("job", "xtrem")]).await?;
    let someone = victim.again(server).await?;
    server.vault().execute("UPDATE people SET bio = X'00'").await?;
    // What was read a moment ago is known for a second.
    wait::until("a profile that is read anew", async || {
        let view = someone.client.get("/api/v1/me").await?.expect(200)?.json()?;
        Ok(view["unreadable"].is_array().then_some(()))
    })
    .await?;
    told(watch, "XtremVaultUnreadable", &[("job", "xtrem")]).await
}

async fn reuse(server: &Server, someone: &Resident) -> Outcome {
    someone.refreshed().await?.refreshed().await?;
    server.client()?.refresh(&someone.tokens.refresh).await?.oauth_error(400, "invalid_grant")
}

pub async fn guesses_and_places_that_can_t_be_written(watch: &Watch, server: &Server) -> Outcome {
    let instance = ("instance", address(server)?);
    let client = server.client()?;
    let wrong = json!({"login": "somebody", "password": "not the password"});
    let guesses = (0..200).map(|_| {
        let (client, wrong) = (client.clone(), wrong.clone());
        async move { client.post("/api/v1/sessions", &wrong).await }
    });
    Client::all_at_once(guesses).await?;
    told(watch, "XtremLogInsFailing", &[("job", "xtrem")]).await?;
    told(watch, "XtremLogLinesDropped", &[instance]).await?;
    told(watch, "XtremBackupOld", &[instance]).await
}

/// To a service whose clock stands still in the past everything of its own seems fresh; to everybody else it does not.
pub async fn what_should_have_been_done_long_ago(watch: &Watch, server: &Server) -> Outcome {
    let instance = ("instance", address(server)?);
    told(watch, "XtremSigningKeyOverdue", &[instance]).await?;
    told(watch, "XtremAuditHeadOld", &[instance]).await
}

/// No disk is large enough, and there are clients that hold all connections.
pub async fn no_room(watch: &Watch, server: &Server) -> Outcome {
    let instance = ("instance", address(server)?);
    told(watch, "XtremDiskFull", &[instance, ("severity", "critical")]).await?;
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(TcpStream::connect(server.address()).await?);
    }
    told(watch, "XtremConnectionsFull", &[instance]).await?;
    drop(held);
    Ok(())
}

/// It starts again and again; then it is gone, and nobody hears of its other troubles any more.
pub async fn starts_without_end(watch: &Watch, server: &mut Server, neighbours: usize) -> Outcome {
    let address = address(server)?.to_owned();
    let instance = ("instance", address.as_str());
    // Where it tells its metrics is the same after each start.
    server.set("METRICS__LISTEN", &address);
    let usual = format!("quantile_over_time(0.5, job:xtrem_processes:count[1h]) > {neighbours}");
    let for_a_while = "count_over_time(job:xtrem_processes:count[1h]) >= 8";
    watch.await_data(&format!("{usual} and {for_a_while}")).await?;
    server.kill()?;
    told(watch, "XtremFewer", &[("job", "xtrem")]).await?;
    for starts in 1..=3 {
        server.start_again().await?;
        let seen = format!("changes(process_start_time_seconds{{instance=\"{address}\"}}[15m]) >= {starts}");
        watch.await_data(&seen).await?;
        server.kill()?;
        // The moment of a start is told in whole seconds; two of them in one second would be one.
        watch.await_data(&format!("up{{instance=\"{address}\"}} == 0")).await?;
    }
    told(watch, "XtremRestarting", &[instance]).await?;
    told(watch, "XtremDown", &[instance]).await?;
    wait::until("what a process has that is gone to be kept silent", async || {
        let restarting = watch.await_alert("XtremRestarting", &[instance]).await?;
        Ok((restarting["status"]["state"] == "suppressed").then_some(()))
    })
    .await
}
