use super::*;
use domain::Timestamp;
use domain::access::Scope;
use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError};

fn headers(problem: &Problem) -> Vec<(&str, &str)> {
    problem.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect()
}

#[test]
fn each_kind_of_fault_has_its_status_and_its_header() {
    let wait = Duration::from_millis(1_500);
    let cases = [
        (FaultKind::Invalid, 400, vec![]),
        (FaultKind::Unauthenticated, 401, vec![("www-authenticate", "Bearer")]),
        (FaultKind::Forbidden, 403, vec![]),
        (FaultKind::Missing, 404, vec![]),
        (FaultKind::Conflict, 409, vec![]),
        (FaultKind::TooMany { retry_after: wait }, 429, vec![("retry-after", "2")]),
        (FaultKind::Unavailable { retry_after: Duration::ZERO }, 503, vec![("retry-after", "1")]),
        (FaultKind::Internal, 500, vec![]),
    ];
    for (kind, status, expected) in cases {
        let problem = Problem::from_fault(Fault::new(kind, "a-code", "A detail."));
        assert_eq!((problem.status.as_u16(), problem.code), (status, "a-code"));
        assert_eq!(headers(&problem), expected, "{kind:?}");
    }
}

#[test]
fn a_missing_scope_and_a_bad_token_are_said_in_the_challenge() {
    let scope = Fault::new(FaultKind::Forbidden, "insufficient-scope", "x").needing(Scope::UserWrite);
    assert_eq!(
        headers(&Problem::from_fault(scope)),
        [("www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"user:write\"")]
    );
    let token = Fault::new(FaultKind::Unauthenticated, "invalid-token", "x");
    assert_eq!(
        headers(&Problem::from_fault(token)),
        [("www-authenticate", "Bearer error=\"invalid_token\"")]
    );
}

#[test]
fn errors_of_the_framework_are_told_in_our_words() {
    let told = |error: poem::Error| {
        let problem = Problem::from_error(error);
        (problem.status.as_u16(), problem.code, problem.detail.into_owned())
    };
    assert_eq!(told(NotFoundError.into()).1, "not-found");
    assert_eq!(told(MethodNotAllowedError.into()).1, "method-not-allowed");
    assert_eq!(told(ReadBodyError::PayloadTooLarge.into()).1, "body-too-large");
    let no_identifier = ParsePathError { name: "id", reason: "found \"hunter2\"".to_owned() };
    assert_eq!(told(no_identifier.into()), (404, "not-found", "There is nothing here.".to_owned()));
    let odd = poem::Error::from_string("hunter2", StatusCode::IM_A_TEAPOT);
    assert_eq!(told(odd), (418, "bad-request", "The request can't be understood.".to_owned()));
    let broken = poem::Error::from_string("hunter2", StatusCode::BAD_GATEWAY);
    assert_eq!(told(broken), (500, "internal", "Something went wrong on our side.".to_owned()));
}

#[tokio::test]
async fn the_answer_has_every_member_of_the_contract_and_no_empty_ones() {
    let id = RequestId::new(Timestamp::from_micros(0), &[7; 10]);
    let plain = Problem::of(StatusCode::NOT_FOUND).respond("https://id.example", id);
    let body: serde_json::Value = plain.into_body().into_json().await.unwrap();
    let expected = serde_json::json!({
        "type": "https://id.example/problems/not-found", "title": "Not found", "status": 404,
        "detail": "There is nothing here.", "code": "not-found", "request_id": id.to_string()
    });
    assert_eq!(body, expected);
    let error = FieldError { pointer: "/a".to_owned(), code: "required", detail: "is required".into() };
    let form = Problem::invalid(vec![error]).respond("https://id.example", id);
    let body: serde_json::Value = form.into_body().into_json().await.unwrap();
    assert_eq!(
        body["errors"],
        serde_json::json!([{"pointer": "/a", "code": "required", "detail": "is required"}])
    );
}

#[test]
fn a_title_is_the_code_as_a_person_writes_it() {
    let titles = ["not-found", "malformed-json", "body-too-large"].map(title);
    assert_eq!(titles, ["Not found", "Malformed JSON", "Body too large"]);
}

#[test]
fn a_refusal_keeps_its_reason_to_itself_until_the_end() {
    let scope = Fault::new(FaultKind::Forbidden, "insufficient-scope", "x").needing(Scope::UserWrite);
    let problem = Problem::from_fault(scope.because(Reason::ScopeNotInRole));
    let cause = Cause { needed: Some(Scope::UserWrite), reason: Reason::ScopeNotInRole };
    assert_eq!(problem.cause, Some(cause));
    assert_eq!(Problem::of(StatusCode::NOT_FOUND).cause, None);
}
