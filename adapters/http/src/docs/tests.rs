use super::*;
use crate::testing::{Answer, client, stage};
use poem::http::HeaderValue;

const SCRIPT_PATH: &str = "/docs/swagger-ui-bundle.js";

#[tokio::test]
async fn the_page_and_all_it_loads_come_from_here() {
    let client = client(&stage().open());
    let page = Answer::of(client.get("/docs").send().await).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some(HTML)));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("http") && !policy.contains("unsafe"));
    assert!(!page.text.contains("http://") && !page.text.contains("https://"));
    let loaded: Vec<&str> = page.text.split('"').filter(|text| text.starts_with("/docs/")).collect();
    assert!(loaded.len() >= 4);
    for path in loaded {
        let response = client.get(path).send().await;
        response.assert_status_is_ok();
        response.assert_header_exist("etag");
        assert!(response.0.content_type().is_some_and(|kind| kind == SCRIPT || kind == CSS), "{path}");
    }
}

#[tokio::test]
async fn what_is_compressed_is_sent_as_such_to_those_who_take_it() {
    let client = client(&stage().open());
    for accepted in [None, Some("gzip"), Some("br, GZIP;q=0.5"), Some("*"), Some("identity;q=0, *;q=0.1")] {
        let request = client.get(SCRIPT_PATH);
        let request = match accepted {
            Some(value) => request.header("accept-encoding", value),
            None => request,
        };
        let response = request.send().await;
        response.assert_status_is_ok();
        response.assert_header("content-encoding", "gzip");
        response.assert_header("vary", "Accept-Encoding");
        assert!(response.0.into_body().into_bytes().await.unwrap().starts_with(b"\x1f\x8b"));
    }
    for refused in ["identity", "br", "gzip;q=0", "*;q=0", "gzip;q=0, *"] {
        let response = client.get(SCRIPT_PATH).header("accept-encoding", refused).send().await;
        Answer::of(response).await.problem(406, "not-acceptable");
    }
}

#[tokio::test]
async fn a_client_that_has_a_file_is_not_sent_it_again() {
    let client = client(&stage().open());
    for path in ["/openapi.json", "/docs", SCRIPT_PATH] {
        let response = client.get(path).send().await;
        let tag = response.0.header("etag").unwrap().to_owned();
        response.assert_header("cache-control", "no-cache");
        let again = client.get(path).header("if-none-match", tag).send().await;
        again.assert_status(StatusCode::NOT_MODIFIED);
        again.assert_text("").await;
    }
}

#[tokio::test]
async fn the_document_that_is_served_is_the_document() {
    let answer = Answer::of(client(&stage().open()).get("/openapi.json").send().await).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.text, crate::openapi());
}

#[test]
fn a_header_that_is_no_text_accepts_what_an_absent_one_does() {
    let mut headers = HeaderMap::new();
    headers.insert("accept-encoding", HeaderValue::from_bytes(b"\xff").unwrap());
    assert!(accepts_gzip(&headers));
}
