use super::*;
use crate::testing::{Answer, BEARER, Client, agreeable, client};
use application::sealing::DocumentKind;
use application::testing::{House, samples};
use poem::http::Method;
use poem_openapi::types::{ParseFromJSON, ToJSON};
use serde_json::json;

const PATH: &str = "/api/v1/me/export";

async fn send(client: &Client, method: Method, query: &str, body: &'static str) -> Answer {
    let request = client.request(method, format!("{PATH}{query}")).header("authorization", BEARER);
    Answer::of(request.content_type("application/json").body(body).send().await).await
}

fn house() -> House {
    agreeable().open()
}

#[tokio::test]
async fn the_password_gets_an_address_for_an_hour() {
    let client = client(&house());
    let answer = send(&client, Method::POST, "", r#"{"password":"vexing-zebra-lantern"}"#).await;
    let url = "https://id.example/api/v1/me/export?ticket=ticket";
    let expected = json!({"url": url, "expires_at": "2025-06-15T16:06:40Z"});
    assert_eq!((answer.status, answer.json()), (201, expected));
    assert_eq!((answer.header("location"), answer.header("cache-control")), (None, Some("no-store")));
    send(&client, Method::POST, "", r#"{"password":"wrong"}"#).await.problem(403, "wrong-password");
    let missing = send(&client, Method::POST, "", "{}").await.mistakes();
    assert_eq!(missing, [("/password".to_owned(), "required".to_owned())]);
}

#[tokio::test]
async fn a_ticket_fetches_the_signed_document_as_it_is_to_be_kept_as_a_file() {
    let house = house();
    let answer = send(&client(&house), Method::GET, "?ticket=ticket", "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("content-disposition"), Some(DISPOSITION));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let read = Document::read(house.documents.as_ref(), DocumentKind::PersonalDataExport, &answer.text);
    assert_eq!(read.unwrap()["profile"]["id"], samples::user_id(1).to_string());
    let (data, _) = answer.text.split_once(",\"signature\":").unwrap();
    let signature =
        samples::signature(DocumentKind::PersonalDataExport, &data.as_bytes()["{\"data\":".len()..]);
    assert_eq!(answer.json()["signature"], signature);
}

/// The use case writes the file and this crate describes it.
#[tokio::test]
async fn the_file_has_the_members_that_the_document_names_and_no_others() {
    let written = send(&client(&house()), Method::GET, "?ticket=ticket", "").await.json();
    for list in ["actions", "activity", "notices", "sessions"] {
        assert!(written["data"][list].as_array().is_some_and(|items| !items.is_empty()), "{list}");
    }
    let read = ExportView::parse_from_json(Some(written.clone()))
        .map_err(poem_openapi::types::ParseError::into_message);
    assert_eq!(read.map(|read| read.to_json()), Ok(Some(written)));
}

#[tokio::test]
async fn a_ticket_that_does_not_work_is_missing_whatever_is_wrong_with_it() {
    let client = client(&house());
    for ticket in ["made-up", "bens", "used", ""] {
        let answer = send(&client, Method::GET, &format!("?ticket={ticket}"), "").await;
        answer.problem(404, "not-found");
        assert!(ticket.is_empty() || !answer.text.contains(ticket));
    }
}

#[tokio::test]
async fn without_a_ticket_the_password_is_needed_first() {
    let client = client(&house());
    send(&client, Method::GET, "", "").await.problem(403, "password-needed");
    assert_eq!(send(&client, Method::HEAD, "", "").await.status, 403);
}

/// Nothing is expected of the store, so that whoever touches it is found.
#[tokio::test]
async fn whoever_asks_for_the_header_uses_no_ticket_up() {
    let mut stage = agreeable();
    stage.store.checkpoint();
    let answer = send(&client(&stage.open()), Method::HEAD, "?ticket=ticket", "").await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("content-disposition"), Some(DISPOSITION));
}
