use crate::testing::{Answer, agreeable, client};

const PATH: &str = "/.well-known/jwks.json";

/// E11.
#[tokio::test]
async fn the_keys_may_be_kept_and_read_by_everybody() {
    let answer = Answer::of(client(&agreeable().open()).get(PATH).send().await).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"keys":[]}"#));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn who_has_the_keys_is_told_that_they_are_still_the_ones() {
    let client = client(&agreeable().open());
    let first = Answer::of(client.get(PATH).send().await).await;
    let tag = first.header("etag").unwrap().to_owned();
    for known in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let answer = Answer::of(client.get(PATH).header("if-none-match", known).send().await).await;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""));
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    }
    let answer = Answer::of(client.get(PATH).header("if-none-match", "\"other\"").send().await).await;
    assert_eq!(answer.status, 200);
}

/// D10.
#[tokio::test]
async fn no_other_answer_is_for_pages_of_other_hosts() {
    let client = client(&agreeable().open());
    for path in ["/", "/health", "/api/v1/me", "/openapi.json", "/docs", "/oauth2/token"] {
        let answer = Answer::of(client.get(path).header("origin", "https://evil.example").send().await).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}
