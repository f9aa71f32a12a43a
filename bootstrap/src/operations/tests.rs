use super::*;
use crate::config::{self, Flag, Sources};
use crate::worker::{Duty, Worker};
use application::disk::Disks;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

/// A house in a folder of its own, and what operators are told of it.
struct Place {
    _folder: TempDir,
    house: Arc<House>,
    operations: Operations,
}

impl Place {
    async fn open() -> Self {
        Self::open_with("").await
    }

    async fn open_with(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), settings).unwrap();
        let data = folder.path().join("data").display().to_string();
        let flags = vec![Flag { name: "--data-dir", key: "data.dir", value: data }];
        let sources = Sources { directory: folder.path().to_owned(), flags, ..Sources::default() };
        let config = config::load(&sources).unwrap().config;
        let house = House::open(&config, "http://localhost", NonZeroUsize::MIN).await.unwrap();
        let house = Arc::new(house);
        house.keys.open().await.unwrap();
        let now = house.ground.ids.now();
        let operations = Operations {
            house: Arc::clone(&house),
            board: Arc::new(Board::of([Duty::Sweep], now)),
            measurements: measurements(),
            started_at: now,
        };
        Self { _folder: folder, house, operations }
    }

    async fn asked(&self, method: Method, path: &str) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri_str(path).finish();
        let response = self.operations.call(request).await.unwrap();
        (response.status(), response.into_body().into_string().await.unwrap())
    }

    /// Checks until everything is found well: on a machine that has much else to do a look may end without an answer.
    async fn well(&self) {
        let checked = async {
            loop {
                Duty::CheckHealth.round(&self.house).await.unwrap();
                if self.house.health.report().await.is_well() {
                    break;
                }
            }
        };
        timeout(Duration::from_mins(1), checked).await.expect("all is well");
    }

    async fn health(&self) -> (StatusCode, Value) {
        let (status, told) = self.asked(Method::GET, "/health").await;
        (status, serde_json::from_str(&told).unwrap())
    }
}

/// Of this process, which has only one.
fn measurements() -> Arc<Measurements> {
    static MEASUREMENTS: OnceLock<Arc<Measurements>> = OnceLock::new();
    Arc::clone(MEASUREMENTS.get_or_init(|| {
        let measurements = measurements::install().unwrap();
        instruments::describe();
        Arc::new(measurements)
    }))
}

#[tokio::test]
async fn a_house_in_order_is_told_as_such() {
    let place = Place::open().await;
    place.well().await;
    let (status, told) = place.health().await;
    assert_eq!((status, &told["status"]), (StatusCode::OK, &"ok".into()), "{told}");
    assert_eq!(told["duties"][0]["name"], "sweep");
}

#[tokio::test]
async fn whoever_is_leaving_is_not_ready_and_says_so_at_once() {
    let place = Place::open().await;
    place.house.health.leave();
    let (status, told) = place.health().await;
    assert_eq!((status, &told["status"]), (StatusCode::SERVICE_UNAVAILABLE, &"leaving".into()));
    let (status, told) = place.asked(Method::GET, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(told.lines().any(|line| line == "xtrem_ready 0"), "{told}");
}

/// N9 of the security cases.
#[tokio::test]
async fn closed_databases_are_told_and_keep_nobody_from_asking() {
    let place = Place::open().await;
    place.house.close().await;
    let (status, told) = place.health().await;
    assert_eq!((status, &told["status"]), (StatusCode::SERVICE_UNAVAILABLE, &"troubled".into()), "{told}");
    assert_eq!(told["checks"][0]["status"], "trouble", "{told}");
    assert_eq!(place.asked(Method::GET, "/metrics").await.0, StatusCode::OK);
}

#[tokio::test]
async fn nothing_else_is_here_and_nothing_is_changed_here() {
    let place = Place::open().await;
    for path in ["/", "/api/v1/users", "/health/ready", "/metrics/"] {
        assert_eq!(place.asked(Method::GET, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/metrics", "/health"] {
        assert_eq!(place.asked(Method::POST, path).await.0, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(place.asked(Method::HEAD, path).await.0, StatusCode::OK, "{path}");
    }
}

/// What is measured in a place while that is done there.
fn measured<R: Future<Output = Place>>(work: impl FnOnce() -> R) -> (Place, Vec<String>) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let told = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = metrics::with_local_recorder(&recorder, || runtime.block_on(work()));
    (place, told.render().lines().map(str::to_owned).collect())
}

/// The value of a gauge without labels.
fn value(told: &[String], name: &str) -> Option<f64> {
    told.iter().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

#[test]
fn everything_that_is_promised_is_measured() {
    let (_, told) = measured(|| async {
        let place = Place::open().await;
        place.well().await;
        for duty in [Duty::Measure, Duty::CountSessions] {
            duty.round(&place.house).await.unwrap();
        }
        place
    });
    for line in [
        "xtrem_ready 1",
        "xtrem_health_check{check=\"vault\"} 1",
        "xtrem_health_check{check=\"disk_space\"} 1",
        "xtrem_users{role=\"admin\",status=\"active\"} 0",
        "xtrem_users{role=\"user\",status=\"suspended\"} 0",
        "xtrem_sessions_active{channel=\"api\"} 0",
        "xtrem_sessions_active{channel=\"web\"} 0",
        "xtrem_audit_waiting_seconds ",
        "xtrem_audit_waiting_events ",
        "xtrem_audit_chain_sequence ",
        "xtrem_disk_free_bytes{place=\"data\"} ",
        "xtrem_disk_size_bytes{place=\"data\"} ",
        "xtrem_signing_key_active_timestamp_seconds ",
        "xtrem_signing_key_due_timestamp_seconds ",
    ] {
        assert!(told.iter().any(|found| found.starts_with(line)), "{line} is missing:\n{told:#?}");
    }
}

#[test]
fn an_event_waits_until_the_trail_is_sealed() {
    let waiting = |told: &[String]| value(told, "xtrem_audit_waiting_events");
    let (_, told) = measured(|| async {
        let place = Place::open().await;
        Duty::Measure.round(&place.house).await.unwrap();
        place
    });
    // The first signing key was made, which is an event.
    assert!(
        waiting(&told) > Some(0.0) && value(&told, "xtrem_audit_chain_sequence") == Some(0.0),
        "{told:#?}"
    );
    let (_, told) = measured(|| async {
        let place = Place::open().await;
        Duty::SealTrail.round(&place.house).await.unwrap();
        Duty::Measure.round(&place.house).await.unwrap();
        place
    });
    assert!(
        waiting(&told) == Some(0.0) && value(&told, "xtrem_audit_chain_sequence") > Some(0.0),
        "{told:#?}"
    );
    assert_eq!(value(&told, "xtrem_audit_waiting_seconds"), Some(0.0));
}

#[test]
fn a_head_is_as_young_as_the_last_look_also_where_nothing_was_new() {
    const HEAD: &str = "xtrem_audit_head_timestamp_seconds";
    let (place, first) = measured(|| async {
        let place = Place::open().await;
        Duty::PublishHead.round(&place.house).await.unwrap();
        place
    });
    let (_, second) = measured(|| async move {
        Duty::PublishHead.round(&place.house).await.unwrap();
        place
    });
    assert!(value(&first, HEAD).unwrap() < value(&second, HEAD).unwrap(), "{first:?} {second:?}");
}

#[test]
fn the_age_of_backups_is_measured_where_they_are_scheduled() {
    const LAST: &str = "xtrem_backup_last_success_timestamp_seconds";
    let every = "[backup]\ndir = \"DIR\"\nevery_hours = 24\n";
    let copies = tempfile::tempdir().unwrap();
    let every = every.replace("DIR", &copies.path().display().to_string());
    let (place, told) = measured(|| Place::open_with(&every));
    assert_eq!(
        (value(&told, LAST), value(&told, "xtrem_backup_interval_seconds")),
        (Some(0.0), Some(86_400.0))
    );
    let (_, told) = measured(|| async move {
        Duty::Backup.round(&place.house).await.unwrap();
        place
    });
    assert!(value(&told, LAST) > Some(1_000_000_000.0), "{told:#?}");
    let (_, told) = measured(Place::open);
    assert_eq!((value(&told, LAST), value(&told, "xtrem_backup_interval_seconds")), (None, None));
}

#[tokio::test]
async fn a_log_or_backups_on_a_disk_that_says_nothing_are_seen_and_keep_nobody_out() {
    // No name may be that long.
    let away = "x".repeat(5000);
    let settings = format!("[log]\ndir = \"{away}\"\n[backup]\ndir = \"{away}\"\n");
    let place = Place::open_with(&settings).await;
    let seen: Vec<_> =
        place.house.disks.look().await.into_iter().map(|disk| (disk.place, disk.room.is_ok())).collect();
    assert_eq!(seen, [("data", true), ("log", false), ("backup", false)]);
    place.well().await;
}

#[tokio::test]
async fn where_nobody_asks_for_metrics_nothing_is_looked_up_for_them() {
    let place = Place::open().await;
    let names = |measures| {
        let worker = Worker::start(Arc::clone(&place.house), measures);
        worker.board().read().into_iter().map(|(duty, _)| duty).collect::<Vec<_>>()
    };
    assert!(names(true).contains(&Duty::Measure) && names(true).contains(&Duty::CountSessions));
    let without = names(false);
    assert!(!without.contains(&Duty::Measure) && !without.contains(&Duty::CountSessions));
    assert!(without.contains(&Duty::CheckHealth) && without.contains(&Duty::SealTrail));
}
