use super::*;
use crate::Telemetry;
use crate::logs::Form;
use crate::tests::{Paper, hear, on_paper};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span as Exported;
use prost::Message;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context as Waiting, Poll, Waker};
use std::thread;
use tracing::dispatcher::DefaultGuard;
use tracing::field::Empty;

mod courier;

const TRACE: [u8; 16] = [7; 16];
const PARENT: [u8; 8] = [9; 8];
const LONG: Duration = Duration::from_mins(1);

/// What a collector was sent: the head of a request, and what was in it.
struct Delivery {
    head: String,
    request: ExportTraceServiceRequest,
}

/// A collector, which answers everything in the same way.
fn collector(answer: &'static str) -> (String, Receiver<Delivery>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (deliveries, delivered) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (delivery, mut stream) = take(stream.unwrap());
            // Whoever has the answer finds here what was sent.
            if deliveries.send(delivery).is_err() {
                return;
            }
            let head = "Content-Length: 0\r\nConnection: close";
            stream.write_all(format!("HTTP/1.1 {answer}\r\n{head}\r\n\r\n").as_bytes()).unwrap();
        }
    });
    (endpoint, delivered)
}

fn take(stream: TcpStream) -> (Delivery, TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0);
    }
    head.make_ascii_lowercase();
    let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.split_once('\r'));
    let mut body = vec![0; length.map_or(0, |(length, _)| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    (Delivery { head, request: ExportTraceServiceRequest::decode(&*body).unwrap() }, reader.into_inner())
}

fn to(endpoint: String, ratio: f64) -> Traces {
    let headers = vec![("authorization".to_owned(), "Bearer hunter2".to_owned())];
    Traces { endpoint, headers, ratio, service: "xtrem", version: "9.8.7" }
}

/// Traces that this thread tells, and its log.
fn telling(traces: &Traces, filter: &str) -> (Telemetry, Paper, DefaultGuard) {
    let (paper, lines) = on_paper(Form::Text, filter);
    let (telemetry, listeners) = Telemetry::begin(lines, Some(traces)).unwrap();
    (telemetry, paper, hear(listeners))
}

/// A request, as the API tells of one.
fn request(joiner: &Joiner, parent: Option<([u8; 16], [u8; 8], bool)>) -> Option<[u8; 16]> {
    let span = tracing::info_span!(
        "request",
        trace_id = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = "GET",
        http.route = Empty,
        http.response.status_code = Empty,
    );
    let trace = joiner.join(&span, parent);
    span.record("trace_id", "in the log alone");
    span.in_scope(|| {
        tracing::info!(secret = "hunter3", "told in the log alone");
        drop(tracing::info_span!("hashing").entered());
        drop(tracing::debug_span!("detail").entered());
    });
    span.record("http.route", "/users/{id}");
    span.record("http.response.status_code", 503);
    span.record("otel.status_code", "ERROR");
    trace
}

/// Everything that the collector was sent until the end.
fn sent(telemetry: Telemetry, delivered: &Receiver<Delivery>) -> Vec<Exported> {
    telemetry.close(LONG);
    let resources = delivered.try_iter().flat_map(|delivery| delivery.request.resource_spans);
    resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
}

#[test]
fn spans_come_to_the_collector_with_their_fields_and_who_sends_them() {
    let (endpoint, delivered) = collector("200 OK");
    let (telemetry, paper, _hears) = telling(&to(endpoint, 1.0), "info");
    request(&telemetry.joins_traces().unwrap(), None);
    telemetry.close(LONG);
    let Delivery { head, request } = delivered.try_recv().unwrap();
    for expected in ["post /v1/traces http/1.1", "authorization: bearer hunter2", "application/x-protobuf"] {
        assert!(head.contains(expected), "{head}");
    }
    let [resource] = &request.resource_spans[..] else { panic!("{request:?}") };
    let told = format!("{:?}", resource.resource);
    assert!(told.contains("service.name") && told.contains("xtrem") && told.contains("9.8.7"), "{told}");
    let spans = &resource.scope_spans[0].spans;
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["hashing", "GET /users/{id}"]);
    assert_eq!((spans[1].kind, spans[1].status.as_ref().unwrap().code), (2, 2));
    assert_eq!((&spans[0].parent_span_id, &spans[0].trace_id), (&spans[1].span_id, &spans[1].trace_id));
    let fields = format!("{:?}", spans[1].attributes);
    assert!(fields.contains("http.route") && fields.contains("IntValue(503)"), "{fields}");
    assert!(!fields.contains("trace_id"), "the span has it: {fields}");
    assert_eq!(paper.lines().len(), 1);
    assert!(!format!("{request:?}").contains("hunter3"), "lines of the log stay there");
}

#[test]
fn a_span_takes_its_place_below_whoever_asked() {
    let (endpoint, delivered) = collector("200 OK");
    let (telemetry, _paper, _hears) = telling(&to(endpoint, 1.0), "info");
    assert_eq!(request(&telemetry.joins_traces().unwrap(), Some((TRACE, PARENT, true))), Some(TRACE));
    let spans = sent(telemetry, &delivered);
    let request = spans.iter().find(|span| span.kind == 2).unwrap();
    assert_eq!((request.trace_id.as_slice(), request.parent_span_id.as_slice()), (&TRACE[..], &PARENT[..]));
    assert!(spans.iter().all(|span| span.trace_id == TRACE));
}

#[test]
fn a_trace_that_begins_here_has_an_id_of_its_own_that_the_log_can_name() {
    let (endpoint, delivered) = collector("200 OK");
    let (telemetry, _paper, _hears) = telling(&to(endpoint, 1.0), "info");
    let joiner = telemetry.joins_traces().unwrap();
    let (one, other) = (request(&joiner, None).unwrap(), request(&joiner, None).unwrap());
    assert!(one != other && one != [0; 16]);
    let spans = sent(telemetry, &delivered);
    for trace in [one, other] {
        assert_eq!(spans.iter().filter(|span| span.trace_id == trace).count(), 2);
    }
}

#[test]
fn what_whoever_asked_does_not_keep_is_not_told_and_neither_is_more_than_the_part_that_was_asked_for() {
    let (endpoint, delivered) = collector("200 OK");
    let (telemetry, _paper, hears) = telling(&to(endpoint.clone(), 1.0), "info");
    assert_eq!(request(&telemetry.joins_traces().unwrap(), Some((TRACE, PARENT, false))), Some(TRACE));
    assert_eq!(sent(telemetry, &delivered), []);
    drop(hears);
    let (telemetry, _paper, _hears) = telling(&to(endpoint, 0.0), "info");
    assert!(request(&telemetry.joins_traces().unwrap(), None).is_some());
    assert_eq!(sent(telemetry, &delivered), []);
}

#[test]
fn whoever_asks_can_t_have_more_told_than_the_part_that_was_asked_for() {
    /// One that half of all traces do not include.
    const OTHER: [u8; 16] = [0xfe; 16];
    for (ratio, told) in [(0.0, &[][..]), (0.5, &[TRACE; 2]), (1.0, &[TRACE, TRACE, OTHER, OTHER])] {
        let (endpoint, delivered) = collector("200 OK");
        let (telemetry, _paper, _hears) = telling(&to(endpoint, ratio), "info");
        for trace in [TRACE, OTHER] {
            assert_eq!(request(&telemetry.joins_traces().unwrap(), Some((trace, PARENT, true))), Some(trace));
        }
        let traces: Vec<_> = sent(telemetry, &delivered).into_iter().map(|span| span.trace_id).collect();
        assert_eq!(traces, told, "{ratio}");
    }
}

#[test]
fn which_spans_there_are_does_not_depend_on_what_the_log_tells() {
    let (endpoint, delivered) = collector("200 OK");
    let (telemetry, paper, _hears) = telling(&to(endpoint, 1.0), "off");
    request(&telemetry.joins_traces().unwrap(), None);
    telemetry.set_filter("error").unwrap();
    request(&telemetry.joins_traces().unwrap(), None);
    assert_eq!(sent(telemetry, &delivered).len(), 4);
    assert_eq!(paper.text(), "");
}

#[test]
fn where_nobody_hears_a_span_it_belongs_to_the_trace_that_it_names() {
    let joiner = Joiner(());
    let (_paper, lines) = on_paper(Form::Text, "info");
    let _hears = hear(vec![lines.listener]);
    assert_eq!(request(&joiner, Some((TRACE, PARENT, true))), Some(TRACE));
    assert_eq!(request(&joiner, None), None);
    assert_eq!(joiner.join(&Span::none(), Some((TRACE, PARENT, true))), Some(TRACE));
    assert_eq!(joiner.join(&Span::none(), None), None);
}

#[test]
fn a_collector_that_is_not_there_holds_up_neither_the_work_nor_the_end() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (telemetry, _paper, _hears) = telling(&to(format!("http://{gone}/v1/traces"), 1.0), "info");
    let joiner = telemetry.joins_traces().unwrap();
    for _ in 0..2 * QUEUE {
        assert!(request(&joiner, None).is_some());
    }
    telemetry.close(Duration::from_millis(10));
}

#[test]
fn what_the_collector_wants_to_be_told_is_never_shown() {
    let shown = format!("{:?}", to("http://127.0.0.1/v1/traces".to_owned(), 1.0));
    assert!(!shown.contains("hunter2") && shown.contains("http://127.0.0.1/v1/traces"), "{shown}");
}
