use super::Telling;
use crate::Settings;
use crate::instruments::{self, Figures};
use crate::middleware::{JoinTrace, TraceParent};
use crate::testing::{
    Answer, BEARER, Client, agreeable, agreeable_to, client, client_with, figures, keep_log, kept_log,
    operations, settings, stage,
};
use application::testing::samples;
use domain::access::Role;
use futures_util::{FutureExt, stream};
use metrics::set_default_local_recorder;
use metrics_util::debugging::DebuggingRecorder;
use poem::http::{HeaderMap, Method};
use poem::test::TestRequestBuilder;
use poem::{Body, Endpoint};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::Level;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// What one request counts.
fn one(method: &str, route: &str, status: &str) -> BTreeMap<String, f64> {
    let name =
        format!("xtrem_http_request_duration_seconds{{method={method},route={route},status={status}}}");
    BTreeMap::from([(name, 1.0)])
}

#[tokio::test]
async fn every_operation_is_counted_by_its_path_in_the_document() {
    let recorder = DebuggingRecorder::new();
    let _counted = set_default_local_recorder(&recorder);
    let client = client(&agreeable_to(Role::Admin).open());
    for operation in operations() {
        let (method, path) = (operation.method.clone(), operation.good_address());
        let request = client.request(method.clone(), &path).header("authorization", BEARER);
        let request = request.content_type(operation.media_type()).body(operation.good_body());
        let answer = Answer::of(request.send().await).await;
        let class = format!("{}xx", answer.status / 100);
        assert_eq!(figures(&recorder), one(method.as_str(), &operation.path, &class));
        // Also where the address is right and the rest is not.
        Answer::of(client.request(Method::TRACE, &path).send().await).await;
        assert_eq!(figures(&recorder), one("other", &operation.path, "4xx"));
    }
}

#[tokio::test]
async fn every_other_request_is_counted_by_its_pattern_or_as_unknown_and_never_by_what_was_sent() {
    let recorder = DebuggingRecorder::new();
    let _counted = set_default_local_recorder(&recorder);
    let client = client(&agreeable().open());
    let cases = [
        ("HEAD", "/health?hunter2", "HEAD", "/health", "2xx"),
        ("OPTIONS", "/api/v1/me", "OPTIONS", "/api/v1/me", "4xx"),
        ("HUNTER2", "/api/v1/me", "other", "/api/v1/me", "4xx"),
        ("CONNECT", "hunter2.example:443", "other", "unknown", "4xx"),
        ("GET", "/docs/init.js?hunter2", "GET", "/docs/init.js", "2xx"),
        ("GET", "/api/v1/users/hunter2", "GET", "/api/v1/users/{id}", "4xx"),
        ("GET", "/api/v1/hunter2", "GET", "unknown", "4xx"),
        ("GET", "/health/hunter2", "GET", "unknown", "4xx"),
        ("GET", "/refuses/7", "GET", "/refuses/{id}", "4xx"),
        ("GET", "/a-page-for-everything", "GET", "unknown", "4xx"),
        ("GET", "/hunter2", "GET", "unknown", "4xx"),
    ];
    for (method, path, told, route, status) in cases {
        client.request(method.parse().unwrap(), path).header("authorization", BEARER).send().await;
        assert_eq!(figures(&recorder), one(told, route, status), "{method} {path}");
    }
}

/// M14.
#[tokio::test]
async fn every_panic_is_counted_and_what_follows_is_not_one() {
    let recorder = DebuggingRecorder::new();
    let _counted = set_default_local_recorder(&recorder);
    let client = client(&stage().open());
    client.get("/panics").send().await;
    // A port of which nothing was expected.
    client.get("/api/v1/me").header("authorization", BEARER).send().await;
    let mut expected = one("GET", "unknown", "5xx");
    expected.extend(one("GET", "/api/v1/me", "5xx"));
    expected.insert("xtrem_http_panics_total{}".to_owned(), 2.0);
    assert_eq!(figures(&recorder), expected);
    client.get("/health/live").send().await;
    assert_eq!(figures(&recorder), one("GET", "/health/live", "2xx"));
}

#[tokio::test]
async fn what_takes_too_long_is_counted_where_it_was_asked() {
    let recorder = DebuggingRecorder::new();
    let _counted = set_default_local_recorder(&recorder);
    let client = client_with(&stage().open(), Settings { request_timeout: Duration::ZERO, ..settings() });
    let endless = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = client.post("/api/v1/users").content_type("application/json");
    request.body(poem::Body::from_bytes_stream(endless)).send().await;
    assert_eq!(figures(&recorder), one("POST", "/api/v1/users", "4xx"));
}

#[tokio::test]
async fn a_request_is_in_flight_until_it_is_answered_or_given_up() {
    let recorder = DebuggingRecorder::new();
    let _counted = set_default_local_recorder(&recorder);
    let change = || figures(&recorder).remove("xtrem_http_requests_in_flight{}").unwrap_or_default();
    let client = client(&stage().open());
    let given_up = async { client.get("/hangs").send().await };
    let mut given_up = Box::pin(given_up);
    assert!(given_up.as_mut().now_or_never().is_none());
    assert!((change() - 1.0).abs() < f64::EPSILON);
    drop(given_up);
    assert!((change() + 1.0).abs() < f64::EPSILON);
    for path in ["/health/live", "/panics", "/nowhere"] {
        client.get(path).send().await;
        assert!(change().abs() < f64::EPSILON, "{path}");
    }
}

/// Asks, and goes away before the answer.
fn goes_away(request: TestRequestBuilder<'_, impl Endpoint>) {
    let mut given_up = Box::pin(request.send());
    assert!(given_up.as_mut().now_or_never().is_none());
}

#[tokio::test]
async fn a_request_whose_client_goes_away_is_counted_and_told_once_as_that() {
    keep_log();
    let recorder = DebuggingRecorder::new();
    let _counted = set_default_local_recorder(&recorder);
    let client = client(&agreeable().open());
    let endless = || Body::from_bytes_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    goes_away(client.post("/api/v1/users?hunter2").content_type("application/json").body(endless()));
    assert_eq!(figures(&recorder), one("POST", "/api/v1/users", "gone"));
    goes_away(
        client
            .patch("/api/v1/me")
            .header("authorization", BEARER)
            .header("traceparent", PARENT)
            .content_type("application/merge-patch+json")
            .body(endless()),
    );
    assert_eq!(figures(&recorder), one("PATCH", "/api/v1/me", "gone"));
    goes_away(client.get("/hangs"));
    assert_eq!(figures(&recorder), one("GET", "unknown", "gone"));
    let text = kept_log();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("the client has gone")).collect();
    assert!(lines.len() == 3 && answered(&text).is_empty() && !text.contains("hunter2"), "{text}");
    for line in &lines {
        assert!(
            line.contains(" INFO ") && line.contains("duration_us=") && line.contains("request_id="),
            "{line}"
        );
        assert!(!line.contains("status"), "{line}");
    }
    let told = |line: usize, text: &str| assert!(lines[line].contains(text), "{}", lines[line]);
    told(0, "method=\"POST\" route=\"/api/v1/users\"");
    told(1, &format!("trace_id={TRACE}"));
    told(2, "route=\"unknown\"");
    assert_eq!(text.lines().filter(|line| line.contains("close")).count(), 3, "{text}");
}

#[test]
fn a_span_is_kept_however_few_lines_are_asked_for() {
    keep_log();
    let id = samples::origin().request_id.unwrap();
    let figures = Figures::default();
    let telling = Telling::begin(&figures, id, &Method::GET, &HeaderMap::new(), None, Arc::default());
    assert_eq!(telling.span().metadata().map(|about| *about.level()), Some(Level::ERROR));
}

#[tokio::test]
async fn every_figure_says_what_it_means_and_in_which_unit() {
    let recorder = DebuggingRecorder::new();
    let _counted = set_default_local_recorder(&recorder);
    instruments::describe();
    client(&stage().open()).get("/panics").send().await;
    let counted = recorder.snapshotter().snapshot().into_vec();
    assert_eq!(counted.len(), 3);
    for (key, unit, meaning, _) in counted {
        assert!(unit.is_some() && meaning.is_some(), "{key:?}");
    }
}

/// The lines that say that a request was answered.
fn answered(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("answered")).collect()
}

/// K9, I4.
#[tokio::test]
async fn each_request_is_one_line_in_the_log_with_nothing_in_it_that_was_sent() {
    keep_log();
    let client = client(&agreeable().open());
    let mut names = Vec::new();
    let ticket = "/api/v1/me/export?ticket=hunter2";
    for path in ["/api/v1/me?token=hunter2", "/setup/hunter2", "/docs?hunter2", "/health/hunter2", ticket] {
        let request = client.get(path).header("authorization", BEARER).header("cookie", "session=hunter2");
        let request = request.header("user-agent", "hunter2").header("traceparent", "00-hunter2");
        names.push(Answer::of(request.send().await).await.header("x-request-id").unwrap().to_owned());
    }
    client.request("HUNTER2".parse().unwrap(), "/health").send().await;
    let text = kept_log();
    let lines = answered(&text);
    assert_eq!(lines.len(), 6, "{text}");
    assert!(!text.to_lowercase().contains("hunter2") && !text.contains("good"), "{text}");
    for (line, name) in lines.iter().zip(&names) {
        assert!(line.contains("method=\"GET\"") && line.contains(&format!("request_id={name}")), "{line}");
        assert!(line.contains(" INFO ") && line.contains("duration_us="), "{line}");
    }
    let ann = samples::user_id(1);
    let told = |line: usize, text: &str| assert!(lines[line].contains(text), "{}", lines[line]);
    told(0, "route=\"/api/v1/me\" status=200");
    told(0, &format!("user_id={ann}"));
    told(1, "route=\"unknown\" status=404");
    told(2, "route=\"/docs\" status=200");
    told(4, "route=\"/api/v1/me/export\" status=");
    told(5, "method=\"other\" route=\"/health\" status=405");
    assert!(!lines[1].contains("user_id") && !text.contains("trace_id"), "{text}");
}

#[tokio::test]
async fn those_who_ask_again_and_again_how_the_service_is_do_not_fill_the_log() {
    keep_log();
    let client = client(&agreeable().open());
    for path in ["/health", "/health/live", "/health/ready", "/api/v1/me"] {
        client.get(path).send().await;
    }
    let text = kept_log();
    let levels: Vec<bool> = answered(&text).iter().map(|line| line.contains(" DEBUG ")).collect();
    assert_eq!(levels, [true, true, true, false], "{text}");
}

/// A service that keeps traces: what it was asked to join, and the trace that it answers.
fn joining(answer: Option<[u8; 16]>) -> (Client, Arc<Mutex<Vec<Option<TraceParent>>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let join: JoinTrace = Arc::new(move |_, parent| {
        heard.lock().unwrap().push(parent.copied());
        answer
    });
    (client_with(&stage().open(), Settings { join_trace: Some(join), ..settings() }), asked)
}

#[tokio::test]
async fn the_trace_of_whoever_asks_goes_through() {
    keep_log();
    client(&stage().open()).get("/hangs-not").header("traceparent", PARENT).send().await;
    let text = kept_log();
    assert!(answered(&text)[0].contains(&format!("trace_id={TRACE}")), "{text}");

    let (client, asked) = joining(Some([0xab; 16]));
    client.get("/panics").header("traceparent", PARENT).send().await;
    let text = kept_log();
    let own = format!("trace_id={}", "ab".repeat(16));
    assert!(answered(&text)[0].contains(&own), "{text}");
    // What is told on the way, too.
    assert!(text.lines().any(|line| line.contains("a request panicked") && line.contains(&own)), "{text}");
    client.get("/nowhere").send().await;
    let asked: Vec<bool> = asked.lock().unwrap().iter().map(Option::is_some).collect();
    assert_eq!(asked, [true, false]);

    keep_log();
    let (client, _) = joining(None);
    client.get("/nowhere").header("traceparent", PARENT).send().await;
    assert!(answered(&kept_log())[0].contains(&format!("trace_id={TRACE}")));
}

#[tokio::test]
async fn a_span_that_is_kept_says_what_the_conventions_for_http_ask_for() {
    keep_log();
    let join: JoinTrace = Arc::new(|_, _| None);
    let client = client_with(&agreeable().open(), Settings { join_trace: Some(join), ..settings() });
    client.get("/api/v1/me?token=hunter2").header("authorization", BEARER).send().await;
    client.request("HUNTER2".parse().unwrap(), "/hunter2").send().await;
    client.get("/panics").send().await;
    let text = kept_log();
    let spans: Vec<&str> = text.lines().filter(|line| line.contains("close")).collect();
    let expected: [&[&str]; 3] = [
        &[
            "otel.kind=\"server\"",
            "http.request.method=\"GET\"",
            "http.route=\"/api/v1/me\"",
            "http.response.status_code=200",
        ],
        &["http.request.method=\"_OTHER\"", "http.response.status_code=404"],
        &["otel.status_code=\"ERROR\"", "http.response.status_code=500"],
    ];
    assert_eq!(spans.len(), expected.len(), "{text}");
    for (span, expected) in spans.iter().zip(expected) {
        for field in expected {
            assert!(span.contains(field), "{field}: {span}");
        }
    }
    assert!(!spans[0].contains("otel.status_code") && !spans[1].contains("http.route"), "{text}");
}
