use super::*;
use crate::worker::Failing;
use application::health::{Check, Finding};

const BEGUN: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

fn report(trouble: Option<&str>) -> Report {
    let trouble = trouble.map(str::to_owned);
    let finding = |check| Finding { check, trouble: trouble.clone().filter(|_| check == Check::Vault) };
    Report { at: BEGUN, findings: Check::ALL.map(finding).to_vec() }
}

fn detail(report: Option<&Report>, is_leaving: bool, duties: &[(Duty, Standing)]) -> (StatusCode, Value) {
    let uptime = Duration::from_secs(90);
    Detail { started_at: BEGUN, uptime, is_leaving, report, duties }.answer()
}

#[test]
fn all_well_is_told_check_by_check() {
    let standing = Standing { last_success: Some(BEGUN), failing: None };
    let (status, told) =
        detail(Some(&report(None)), false, &[(Duty::Sweep, standing), (Duty::Backup, Standing::default())]);
    let checks: Vec<Value> =
        Check::ALL.iter().map(|check| json!({"name": check.name(), "status": "ok"})).collect();
    let expected = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "started_at": "2026-09-21T14:13:20Z",
        "uptime_seconds": 90,
        "checks": checks,
        "duties": [
            {"name": "sweep", "what": "sweeping away what is over", "last_success": "2026-09-21T14:13:20Z"},
            {"name": "backup", "what": "taking backups"},
        ],
    });
    assert_eq!((status, told), (StatusCode::OK, expected));
}

#[test]
fn trouble_is_told_with_what_would_help_and_sends_requests_elsewhere() {
    let (status, told) = detail(Some(&report(Some("make room there"))), false, &[]);
    assert_eq!((status, &told["status"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("troubled")));
    let found = json!({"name": "vault", "status": "trouble", "detail": "make room there"});
    assert_eq!((&told["checks"][0]["status"], &told["checks"][1]), (&json!("ok"), &found));
}

#[test]
fn checks_that_take_too_long_are_trouble() {
    let (status, told) = detail(None, false, &[]);
    assert_eq!((status, &told["status"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("troubled")));
    assert_eq!(told["checks"][0]["status"], "trouble");
}

#[test]
fn leaving_comes_before_everything_else() {
    let (status, told) = detail(Some(&report(None)), true, &[]);
    assert_eq!((status, &told["status"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("leaving")));
}

#[test]
fn a_duty_that_fails_is_somebodys_work_and_no_reason_to_go_elsewhere() {
    let failing = Some(Failing { since: BEGUN, error: "the folder is full".to_owned() });
    let standing = Standing { last_success: None, failing };
    let (status, told) = detail(Some(&report(None)), false, &[(Duty::Backup, standing)]);
    assert_eq!((status, &told["status"]), (StatusCode::OK, &json!("troubled")));
    let duty = &told["duties"][0];
    assert_eq!(duty["failing_since"], "2026-09-21T14:13:20Z");
    assert_eq!(duty["error"], "the folder is full");
}
