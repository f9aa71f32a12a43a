use crate::testing::{Answer, BEARER, agreeable_to, agreeable_within, client};
use domain::access::{Role, Scope};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/admin/overview";

async fn overview(scopes: &[Scope]) -> Value {
    let house = agreeable_within(Role::Admin, scopes.iter().copied().collect()).open();
    let answer = Answer::of(client(&house).get(PATH).header("authorization", BEARER).send().await).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn the_overview_counts_by_role_status_and_day() {
    let overview = overview(&[Scope::StatsRead]).await;
    assert_eq!(overview["users"], json!([{"role": "user", "status": "active", "count": 7}]));
    let days = overview["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]["day"]), (30, &json!("2025-05-17")));
    assert_eq!(days[29], json!({"day": "2025-06-15", "sign_ups": 0, "log_ins": 3, "failures": 0}));
    assert_eq!((&overview["ready"], &overview["version"]), (&json!(true), &json!("1.2.3")));
    assert_eq!((overview.get("latest_sign_ups"), overview.get("latest_events")), (None, None));
}

#[tokio::test]
async fn who_may_read_more_is_shown_more_and_no_person_unmasked() {
    let overview = overview(&[Scope::StatsRead, Scope::UserRead, Scope::LogsRead]).await;
    assert_eq!(overview["latest_sign_ups"][0]["masked"], true);
    assert_eq!(overview["latest_events"][0]["kind"], "user_suspended");
}

#[tokio::test]
async fn nobody_without_the_scope_learns_the_figures() {
    let client = client(&agreeable_to(Role::User).open());
    Answer::of(client.get(PATH).send().await).await.problem(401, "unauthenticated");
    let answer = Answer::of(client.get(PATH).header("authorization", BEARER).send().await).await;
    answer.problem(403, "insufficient-scope");
}
