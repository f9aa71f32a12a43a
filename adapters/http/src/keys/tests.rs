use crate::testing::{Answer, BEARER, agreeable, agreeable_to, client, operations, stays};
use application::testing::samples;
use domain::access::Role;
use poem::http::Method;
use serde_json::json;

const PATH: &str = "/.well-known/jwks.json";
const DOCUMENT_KEYS: &str = "/.well-known/document-keys.json";
const METADATA: &str = "/.well-known/oauth-authorization-server";

/// E11.
#[tokio::test]
async fn the_keys_may_be_kept_and_read_by_everybody() {
    for (path, keys) in [(PATH, r#"{"keys":[]}"#), (DOCUMENT_KEYS, samples::DOCUMENT_KEYS)] {
        let answer = Answer::of(client(&agreeable().open()).get(path).send().await).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, keys));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn the_keys_of_documents_are_not_those_of_tokens() {
    let mut stage = crate::testing::stage();
    stage.access_tokens.expect_jwks().returning(|| "tokens".to_owned());
    stage.documents.expect_jwks().returning(|| "documents".to_owned());
    let client = client(&stage.open());
    for (path, keys) in [(PATH, "tokens"), (DOCUMENT_KEYS, "documents")] {
        assert_eq!(Answer::of(client.get(path).send().await).await.text, keys);
    }
}

#[tokio::test]
async fn who_has_the_keys_is_told_that_they_are_still_the_ones() {
    let client = client(&agreeable().open());
    for path in [PATH, DOCUMENT_KEYS, METADATA] {
        let first = Answer::of(client.get(path).send().await).await;
        let tag = first.header("etag").unwrap().to_owned();
        for known in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
            let answer = Answer::of(client.get(path).header("if-none-match", known).send().await).await;
            assert_eq!((answer.status, answer.text.as_str()), (304, ""));
            assert_eq!(answer.header("etag"), Some(tag.as_str()));
            assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        }
        let answer = Answer::of(client.get(path).header("if-none-match", "\"other\"").send().await).await;
        assert_eq!(answer.status, 200);
    }
}

/// D10.
#[tokio::test]
async fn no_other_answer_is_for_pages_of_other_hosts() {
    let client = client(&agreeable_to(Role::Admin).open());
    for operation in operations() {
        let request = client.request(operation.method.clone(), operation.good_address());
        let request = request.header("authorization", BEARER).header("origin", "https://evil.example");
        let request = request.content_type(operation.media_type()).body(operation.good_body());
        let answer = Answer::of(request.send().await).await;
        let is_public = [PATH, DOCUMENT_KEYS, METADATA].contains(&operation.path.as_str());
        let expected = is_public.then_some("*");
        assert_eq!(answer.header("access-control-allow-origin"), expected, "{}", operation.name());
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    for path in ["/", "/openapi.json", "/docs", "/nowhere"] {
        let answer = Answer::of(client.get(path).header("origin", "https://evil.example").send().await).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}

async fn keys(method: Method, path: &str, body: &'static str) -> Answer {
    let client = client(&agreeable_to(Role::Admin).open());
    let request = client.request(method, path).header("authorization", BEARER);
    Answer::of(request.content_type("application/json").body(body).send().await).await
}

#[tokio::test]
async fn the_signing_keys_are_listed_with_their_states_and_without_themselves() {
    let answer = keys(Method::GET, "/api/v1/signing-keys", "").await;
    let key = json!({
        "kid": "key-1", "algorithm": "EdDSA", "state": "current", "created_at": "2025-06-15T15:06:40Z",
        "active_from": "2025-06-15T15:06:40Z"
    });
    assert_eq!((answer.status, answer.json()), (200, json!({"items": [key]})));
}

#[tokio::test]
async fn keys_are_rotated_and_revoked_only_where_that_is_said() {
    let path = "/api/v1/signing-keys/rotation";
    for body in ["{}", r#"{"revoke":false}"#, r#"{"revoke":true}"#] {
        let mut stage = agreeable_to(Role::Admin);
        stage.store.checkpoint();
        let mut work = stage.work();
        stays(&mut work, Role::Admin);
        let revokes = body.contains("true");
        work.signing_keys.expect_lock().returning(|| Ok(()));
        work.signing_keys.expect_all().returning(|| Ok(vec![samples::signing_key(1, samples::NOW)]));
        work.signing_keys.expect_insert().times(1).returning(|_| Ok(()));
        work.signing_keys.expect_remove().times(usize::from(revokes)).returning(|_| Ok(true));
        work.keep_events();
        stage.begins([work]);
        let client = client(&stage.open());
        let request = client.post(path).header("authorization", BEARER).content_type("application/json");
        let answer = Answer::of(request.body(body).send().await).await;
        assert_eq!((answer.status, &answer.json()["items"][0]["kid"]), (200, &json!("key-1")), "{body}");
    }
    let wrong = keys(Method::POST, path, r#"{"revoke":"yes","force":true}"#).await.mistakes();
    let expected = [("/revoke", "wrong-type"), ("/force", "unknown-member")];
    assert_eq!(wrong, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    let null = keys(Method::POST, path, r#"{"revoke":null}"#).await.mistakes();
    assert_eq!(null, [("/revoke".to_owned(), "wrong-type".to_owned())]);
}
