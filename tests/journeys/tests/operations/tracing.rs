use crate::lines;
use journeys::{Answer, Engine, Outcome, Server, Settings, wait};
use reqwest::Method;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

async fn ask(server: &Server, traceparent: &str) -> Outcome<Answer> {
    let request = server.client()?.request(Method::GET, "/api/v1/me").header("traceparent", traceparent);
    Answer::to(request).await
}

#[tokio::test]
async fn the_trace_of_whoever_asks_goes_through_to_the_log() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let answer = ask(&server, &format!("00-{TRACE}-{PARENT}-01")).await?;
    let line = lines::of_request(&server, answer.header("x-request-id")).await?;
    assert_eq!(line["trace_id"], TRACE, "{line}");
    for bad in ["00-0-0-01", "marker", &format!("00-{}-{PARENT}-01", "0".repeat(32)), &"x".repeat(5_000)] {
        let answer = ask(&server, bad).await?.expect(401)?;
        let line = lines::of_request(&server, answer.header("x-request-id")).await?;
        assert!(line["trace_id"].is_null() || line["trace_id"] == "", "{line}");
    }
    assert!(!server.log().contains("marker"));
    Ok(())
}

/// A collector that keeps what it is sent (OTLP/HTTP, section *Binary Protobuf Encoding*).
async fn collector() -> Outcome<(String, Arc<Mutex<Vec<u8>>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/v1/traces", listener.local_addr()?);
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeping = Arc::clone(&kept);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let keeping = Arc::clone(&keeping);
            tokio::spawn(async move {
                let mut piece = [0; 16 * 1024];
                while let Ok(length) = stream.read(&mut piece).await {
                    if length == 0 {
                        return;
                    }
                    keeping
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .extend_from_slice(&piece[..length]);
                    let thanks = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-type: application/x-protobuf\r\n\r\n";
                    if stream.write_all(thanks).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok((address, kept))
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = hexadecimal.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

fn holds(kept: &Mutex<Vec<u8>>, wanted: &[u8]) -> bool {
    kept.lock().unwrap_or_else(PoisonError::into_inner).windows(wanted.len()).any(|part| part == wanted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_go_to_a_collector_where_one_is_named() -> Outcome {
    let (address, kept) = collector().await?;
    let mut server = Server::start(Settings::on(Engine::Sqlite).with("TRACES__ENDPOINT", &address)).await?;
    ask(&server, &format!("00-{TRACE}-{PARENT}-01")).await?;
    let own = server.client()?.get("/docs").await?.expect(200)?;
    let own = lines::of_request(&server, own.header("x-request-id")).await?["trace_id"].clone();
    let own = own.as_str().unwrap_or_default().to_owned();
    assert_eq!(own.len(), 32, "a request of its own begins a trace");
    // At the latest when it ends.
    server.terminate()?;
    assert!(server.ended().await?.success());
    wait::until("the spans", async || {
        let all =
            [bytes(TRACE), bytes(PARENT), bytes(&own), b"/api/v1/me".to_vec(), b"service.name".to_vec()];
        Ok(all.iter().all(|part| holds(&kept, part)).then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_not_there_holds_up_nobody() -> Outcome {
    let settings = Settings::on(Engine::Sqlite).with("TRACES__ENDPOINT", "http://127.0.0.1:1/v1/traces");
    let mut server = Server::start(settings).await?;
    for _ in 0..20 {
        server.client()?.get("/docs").await?.expect(200)?;
    }
    server.client()?.newcomer().await?;
    server.terminate()?;
    assert!(server.ended().await?.success());
    Ok(())
}
