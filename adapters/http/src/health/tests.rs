use crate::testing::{Answer, agreeable, client, stage};
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

/// N4. Who asks from outside is told neither what nor where.
#[tokio::test]
async fn a_service_that_is_not_well_lives_but_is_not_ready_and_keeps_to_itself_why() {
    let mut stage = stage();
    stage.falls_ill();
    let client = client(&stage.open());
    let answer = Answer::of(client.get("/health/ready").send().await).await;
    let problem = answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("5"));
    let detail = "Requests can't be served at this moment; try again in a few seconds.";
    assert_eq!(problem["detail"], detail);
    for known in ["gone", "database", "migration", "disk"] {
        assert!(!answer.text.contains(known), "{}", answer.text);
    }
    assert_eq!(Answer::of(client.get("/health/live").send().await).await.status, 200);
}

/// N9.
#[tokio::test]
async fn a_service_that_is_about_to_stop_is_not_ready_and_answers_everything_else() {
    let house = agreeable().open();
    let client = client(&house);
    house.health.leave();
    let answer = Answer::of(client.get("/health/ready").send().await).await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("5"));
    for path in ["/health", "/health/live", "/.well-known/jwks.json"] {
        assert_eq!(Answer::of(client.get(path).send().await).await.status, 200, "{path}");
    }
}
