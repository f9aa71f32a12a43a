use super::super::courier::Courier;
use super::*;
use opentelemetry_http::{Bytes, HttpClient, Request};

/// Sends something, as the library's thread does: without a runtime around it.
fn send(courier: &Courier, endpoint: &str) -> bool {
    let request = Request::post(endpoint).body(Bytes::new()).unwrap();
    let mut sending = courier.send_bytes(request);
    let answer = sending.as_mut().poll(&mut Waiting::from_waker(Waker::noop()));
    matches!(answer, Poll::Ready(Ok(answer)) if answer.status().is_success())
}

#[test]
fn a_collector_that_does_not_answer_is_told_once_a_minute_at_most_and_so_is_that_it_does() {
    let (endpoint, delivered) = collector("200 OK");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = format!("http://{gone}/v1/traces");
    let (log, lines) = on_paper(Form::Text, "info");
    let _hears = hear(vec![lines.listener]);
    let courier = Courier::new(LONG).unwrap();
    assert!(!send(&courier, &gone) && !send(&courier, &gone) && !send(&courier, &gone));
    assert!(send(&courier, &endpoint) && send(&courier, &endpoint));
    assert!(!send(&courier, &gone) && send(&courier, &endpoint));
    assert_eq!(delivered.iter().take(3).count(), 3);
    let told = log.lines();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("WARN") && told[0].contains("refused"), "{}", told[0]);
    assert!(told[1].contains("INFO") && told[1].contains("can be reached again"), "{}", told[1]);
}

#[test]
fn a_collector_that_refuses_is_told_with_its_answer() {
    let (endpoint, _delivered) = collector("401 Unauthorized");
    let (log, lines) = on_paper(Form::Text, "info");
    let _hears = hear(vec![lines.listener]);
    assert!(!send(&Courier::new(LONG).unwrap(), &endpoint));
    assert!(log.text().contains("it answered 401"), "{}", log.text());
}
