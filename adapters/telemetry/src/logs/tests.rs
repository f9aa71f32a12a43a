use super::*;
use crate::tests::{hear, on_paper};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::field::{Empty, display};
use tracing_subscriber::fmt::MakeWriter;

mod days;
mod queue;

/// A log that something else writes, without colours.
pub(crate) fn written_by<W>(form: Form, filter: &str, writer: W) -> Lines
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let logs = Logs {
        form,
        filter: filter.to_owned(),
        always: "told::always=info",
        stream_alone: "told::stream",
        files_alone: "told::files",
        stream: Stream::Errors,
        files: None,
    };
    choose(vec![listener(form, without(logs.files_alone, writer), false)], &logs, Vec::new()).ok().unwrap()
}

/// What the log holds after something was said.
fn told(form: Form, filter: &str, say: impl FnOnce(&Filter)) -> Vec<String> {
    let (paper, lines) = on_paper(form, filter);
    let _hears = hear(vec![lines.listener]);
    say(&lines.filter);
    paper.lines()
}

fn object(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

/// A request, as the API opens a span for it.
fn request() -> tracing::Span {
    let span = tracing::info_span!(
        "request",
        request_id = %"r-1",
        trace_id = Empty,
        otel.kind = "server",
        http.request.method = "GET",
        http.route = Empty,
    );
    span.record("trace_id", display("4bf9"));
    span.record("http.route", "/users/{id}");
    span
}

#[test]
fn a_line_has_its_time_in_utc_its_level_its_place_and_its_fields_in_either_form() {
    let say = |_: &Filter| tracing::info!(target: "house", status = 200, route = "/users/{id}", "answered");
    let text = &told(Form::Text, "info", say)[0];
    assert!(text.ends_with("  INFO house: answered status=200 route=\"/users/{id}\""), "{text}");
    let json = object(&told(Form::Json, "info", say)[0]);
    let members = ["level", "target", "message", "status", "route"].map(|name| json[name].to_string());
    assert_eq!(members, ["\"INFO\"", "\"house\"", "\"answered\"", "200", "\"/users/{id}\""]);
    for time in [text.split_once(' ').unwrap().0, json["timestamp"].as_str().unwrap()] {
        let time = OffsetDateTime::parse(time, &Rfc3339).unwrap();
        assert!(time.offset().is_utc());
    }
}

#[test]
fn whatever_is_told_inside_of_a_request_names_it() {
    let say = |_: &Filter| {
        let _request = request().entered();
        let _deeper = tracing::info_span!("hashing").entered();
        tracing::warn!(target: "elsewhere", "slow");
    };
    let text = &told(Form::Text, "info", say)[0];
    assert!(text.contains("request{request_id=r-1 trace_id=4bf9}:hashing: elsewhere: slow"), "{text}");
    let json = object(&told(Form::Json, "info", say)[0]);
    assert_eq!((&json["request_id"], &json["trace_id"]), (&"r-1".into(), &"4bf9".into()), "{json}");
}

#[test]
fn what_stands_at_a_span_for_collectors_alone_is_no_part_of_a_line() {
    for form in [Form::Text, Form::Json] {
        let lines = told(form, "info", |_| request().in_scope(|| tracing::info!("answered")));
        assert!(!lines[0].contains("otel") && !lines[0].contains("http."), "{}", lines[0]);
    }
}

#[test]
fn in_a_line_for_programs_every_value_is_what_it_is_and_every_name_stands_once() {
    let lines = told(Form::Json, "info", |_| {
        let outer = tracing::info_span!("outer", depth = 1, colour = "red", shape = Empty);
        let _outer = outer.clone().entered();
        let _inner = tracing::info_span!("inner", depth = 2).entered();
        outer.record("shape", "round");
        outer.record("shape", "square");
        let error = crate::StartError::Denied(std::io::Error::other("no room"));
        let error = &error as &(dyn std::error::Error + 'static);
        tracing::info!(colour = "blue", yes = true, less = -1, half = 0.5, none = f64::NAN, error, r#in = ?Some(1), "said");
    });
    let json = object(&lines[0]);
    let expected = serde_json::json!({
        "timestamp": json["timestamp"], "level": "INFO", "message": "said", "target": module_path!(),
        "colour": "blue", "yes": true, "less": -1, "half": 0.5, "none": null,
        "error": "the log can't be begun: no room: no room", "in": "Some(1)", "depth": 2, "shape": "square",
    });
    assert_eq!(json, expected);
    for name in expected.as_object().unwrap().keys() {
        assert_eq!(lines[0].matches(&format!("\"{name}\":")).count(), 1, "{}", lines[0]);
    }
}

#[test]
fn no_value_begins_a_line_of_its_own_or_steers_a_terminal() {
    const FORGED: &str = "x\n2026-01-01T00:00:00Z  INFO forged\r\u{1b}[2J\u{9b}31m\u{7}\u{2028}\u{202e}\u{2066}\u{61c}\u{200e}\u{200f}\u{0}";
    let say = |_: &Filter| {
        let error = std::io::Error::other(FORGED);
        let error: &(dyn std::error::Error + 'static) = &error;
        let _span = tracing::info_span!("request", request_id = %FORGED, quoted = FORGED).entered();
        tracing::info!(displayed = %FORGED, debugged = ?FORGED, quoted = FORGED, error, "{FORGED}");
        tracing::info!(message = FORGED);
    };
    for form in [Form::Text, Form::Json] {
        let lines = told(form, "info", say);
        assert_eq!(lines.len(), 2, "{lines:?}");
        let text = lines.join("");
        assert!(!text.contains(['\r', '\u{1b}', '\u{7}', '\0']), "{text:?}");
        if form == Form::Text {
            assert!(
                !text.contains(|c| char::is_control(c) || matches!(c, '\u{61c}' | '\u{200e}'..='\u{2069}')),
                "{text:?}"
            );
            assert!(text.contains("displayed=\"x\\n2026-01-01T00:00:00Z"), "{text}");
        }
    }
}

#[test]
fn no_value_looks_like_several_to_whoever_reads() {
    let shown = |value: &'static str| {
        let line = told(Form::Text, "info", |_| tracing::info!(target: "t", value = %value, id = 1, "m"));
        line[0].split_once("t: m value=").unwrap().1.strip_suffix(" id=1").unwrap().to_owned()
    };
    for word in ["ann", "127.0.0.1:80", "/users/1", "\"a b=c\"", "\"a \\\" b\""] {
        assert_eq!(shown(word), word);
    }
    for several in ["a b", "user_id=1", "\"", "\"a\" user_id=\"1\"", "\"a\\\\\" b=\"c\"", "\"a\\\"", "r}:x"] {
        assert_eq!(shown(several), format!("{several:?}"));
    }
    let debugged = told(Form::Text, "info", |_| tracing::info!(one = ?"a b", some = ?Some(1), "two words"));
    assert!(debugged[0].ends_with("two words one=\"a b\" some=Some(1)"), "{}", debugged[0]);
}

#[test]
fn the_stream_leaves_out_what_files_alone_hold() {
    let lines = told(Form::Text, "info", |_| {
        tracing::info!(target: "told::files", "one");
        tracing::info!(target: "told::stream", "two");
        tracing::info!("three");
    });
    assert!(lines.len() == 2 && lines[0].ends_with("two") && lines[1].ends_with("three"), "{lines:?}");
}

#[test]
fn on_a_terminal_there_are_colours_and_they_are_ours_alone() {
    let (paper, _) = on_paper(Form::Text, "info");
    let writer = paper.clone();
    let _hears = hear(vec![listener(Form::Text, BoxMakeWriter::new(move || writer.clone()), true)]);
    tracing::info!(who = %"\u{1b}[31mann", "hello");
    let text = paper.text();
    assert!(text.contains("\u{1b}[3mwho\u{1b}[0m\u{1b}[2m=\u{1b}[0m\\u{1b}[31mann"), "{text:?}");
}

#[test]
fn an_error_is_told_with_what_lies_behind_it() {
    let say = |_: &Filter| {
        let error = crate::StartError::Denied(std::io::Error::other("no room"));
        tracing::error!(error = &error as &(dyn std::error::Error + 'static), "failed");
    };
    let text = &told(Form::Text, "info", say)[0];
    assert!(text.contains("error=\"the log can't be begun: no room: no room\""), "{text}");
}

#[test]
fn what_is_told_can_be_changed_and_what_can_t_be_understood_changes_nothing() {
    let lines = told(Form::Text, "warn,loud=debug", |filter| {
        tracing::info!("one");
        tracing::debug!(target: "loud", "two");
        filter.set("info").unwrap();
        tracing::info!("three");
        tracing::debug!(target: "loud", "four");
        assert!(filter.set("info,xtrem=loud").is_err());
        tracing::info!("five");
    });
    let said: Vec<_> = lines.iter().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(said, ["two", "three", "five"]);
}

#[test]
fn what_is_told_in_any_case_is_told_before_and_after_a_change() {
    let lines = told(Form::Text, "off", |filter| {
        tracing::info!(target: "told::always", "ready");
        filter.set("error").unwrap();
        tracing::info!(target: "told::always", "again");
        tracing::info!("not this");
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
}

#[test]
fn a_filter_that_can_t_be_understood_is_no_log() {
    let logs = |filter: &str| Logs {
        form: Form::Text,
        filter: filter.to_owned(),
        always: "",
        stream_alone: "",
        files_alone: "",
        stream: Stream::Errors,
        files: None,
    };
    assert!(matches!(begin(&logs("xtrem=loud")), Err(StartError::Filter(_))));
    assert!(begin(&logs("warn")).is_ok());
}
