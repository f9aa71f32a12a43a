use crate::testing::{Answer, agreeable, client, stage};
use application::store::StoreError;
use serde_json::json;

#[tokio::test]
async fn a_service_that_runs_says_so_and_which_version_it_is() {
    let client = client(&agreeable().open());
    let answer = Answer::of(client.get("/health").send().await).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": "ok", "version": "1.2.3"})));
    for path in ["/health/live", "/health/ready"] {
        let answer = Answer::of(client.get(path).send().await).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"status": "ok"})), "{path}");
    }
}

/// N4.
#[tokio::test]
async fn without_its_database_a_service_lives_but_is_not_ready() {
    let mut stage = stage();
    stage.store.expect_ready().returning(|| Err(StoreError::Unavailable("locked".to_owned())));
    let client = client(&stage.open());
    let answer = Answer::of(client.get("/health/ready").send().await).await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(Answer::of(client.get("/health/live").send().await).await.status, 200);
}
