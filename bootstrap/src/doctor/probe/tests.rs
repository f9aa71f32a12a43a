use super::*;
use std::net::TcpListener;

fn shown(listen: &str) -> String {
    Target::listening_at(listen.parse().unwrap(), "/x").to_string()
}

/// Answers one question with that, and gives back what was asked.
fn stand_in(answer: &'static str) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut question = Vec::new();
        while !question.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            question.extend(byte);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(question).unwrap()
    });
    (address, asked)
}

#[test]
fn who_listens_everywhere_is_asked_on_this_machine() {
    assert_eq!(shown("0.0.0.0:8080"), "http://127.0.0.1:8080/x");
    assert_eq!(shown("[::]:8080"), "http://[::1]:8080/x");
    assert_eq!(shown("192.0.2.7:80"), "http://192.0.2.7:80/x");
    assert_eq!(shown("[::1]:8080"), "http://[::1]:8080/x");
}

#[test]
fn an_address_needs_no_path_and_may_have_one() {
    let parse = |text: &str| Target::parse(text, "/ready").map(|target| target.to_string());
    assert_eq!(parse("http://localhost:8080").unwrap(), "http://localhost:8080/ready");
    assert_eq!(parse("http://[::1]:8080/").unwrap(), "http://[::1]:8080/ready");
    assert_eq!(parse("http://xtrem/health/live").unwrap(), "http://xtrem/health/live");
    for bad in ["localhost:8080", "https://localhost", "", "/health"] {
        assert!(parse(bad).unwrap_err().contains("http://127.0.0.1:8080"), "{bad}");
    }
}

#[test]
fn a_question_is_asked_and_its_answer_read() {
    let (address, asked) = stand_in("HTTP/1.1 503 Service Unavailable\r\na: b\r\n\r\n{\"detail\": \"soon\"}");
    let answer = ask(&Target::listening_at(address, "/health/ready")).unwrap();
    assert_eq!((answer.status, answer.member("detail").as_deref()), (503, Some("soon")));
    let asked = asked.join().unwrap();
    assert!(asked.starts_with("GET /health/ready HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("\r\nHost: {address}\r\n")), "{asked}");
}

#[test]
fn what_is_no_http_is_said_to_be_none() {
    for answer in ["SSH-2.0-OpenSSH\r\n\r\n", "", "HTTP/1.1 ?\r\n\r\n"] {
        let (address, _) = stand_in(answer);
        let error = ask(&Target::listening_at(address, "/")).unwrap_err().to_string();
        assert!(error.contains("no HTTP"), "{answer:?}: {error}");
    }
}

#[test]
fn nobody_is_said_to_be_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(ask(&Target::listening_at(address, "/")), Err(NoAnswer::Refused));
}
