use super::*;
use poem::{EndpointExt, Route, get, handler};
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const LIMITS: Limits = Limits {
    header_timeout: Duration::from_secs(30),
    idle_timeout: Duration::from_secs(30),
    write_timeout: Duration::from_secs(30),
    max_connections: 100,
    drain: Duration::ZERO,
    shutdown_grace: Duration::from_secs(30),
};
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
const SOON: Duration = Duration::from_millis(50);
const MUCH: usize = 64 * 1024 * 1024;

/// Lets a test hold an answer back: told when the request is there, and answered when told.
type Gate = Arc<Mutex<Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>>>;

#[handler]
fn hello() -> &'static str {
    "hello"
}

#[handler]
fn much() -> Vec<u8> {
    vec![b'x'; MUCH]
}

#[handler]
async fn gated(gate: poem::web::Data<&Gate>) -> &'static str {
    let taken = gate.lock().unwrap().take();
    if let Some((arrived, open)) = taken {
        let _ = arrived.send(());
        let _ = open.await;
    }
    "finished"
}

struct Running {
    address: SocketAddr,
    stop: Sender<()>,
    leaves: oneshot::Receiver<()>,
    ended: JoinHandle<Ending>,
    arrived: oneshot::Receiver<()>,
    open: oneshot::Sender<()>,
}

async fn start(limits: Limits) -> Running {
    let (arriving, arrived) = oneshot::channel();
    let (open, opened) = oneshot::channel();
    let gate: Gate = Arc::new(Mutex::new(Some((arriving, opened))));
    let app =
        Route::new().at("/", get(hello)).at("/much", get(much)).at("/gated", get(gated)).data(gate).boxed();
    let app = app.map_to_response().boxed();
    let entrance = bind(Door::Service, ANY).await.unwrap();
    let address = entrance.address().unwrap();
    let (stop, mut stops) = channel(2);
    let (leave, leaves) = oneshot::channel();
    let leave = move || leave.send(()).unwrap();
    let ended = tokio::spawn(async move { serve(entrance, app, limits, &mut stops, leave).await });
    Running { address, stop, leaves, ended, arrived, open }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// What the service answers before it closes the connection.
    async fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        until_closed(&mut stream).await
    }

    async fn is_serving(&self) -> bool {
        self.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.ends_with("hello")
    }
}

async fn until_closed(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// M2 of the security cases.
#[tokio::test]
async fn a_connection_without_a_whole_head_is_cut_off() {
    let running = start(Limits { header_timeout: SOON, ..LIMITS }).await;
    for beginning in ["", "G", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nHost: x\r\n"] {
        assert_eq!(running.exchange(beginning).await, "", "{beginning:?}");
    }
    assert!(running.is_serving().await);
}

/// M2 of the security cases.
#[tokio::test]
async fn the_second_head_of_a_connection_has_no_more_time_than_the_first() {
    let running = start(Limits { header_timeout: SOON, ..LIMITS }).await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 256];
    assert!(stream.read(&mut answer).await.unwrap() > 0);
    stream.write_all(b"GET / HT").await.unwrap();
    assert_eq!(until_closed(&mut stream).await, "");
}

#[tokio::test]
async fn a_connection_that_nobody_uses_any_more_is_closed() {
    let running = start(Limits { idle_timeout: SOON, ..LIMITS }).await;
    assert!(running.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.ends_with("hello"));
}

/// M2 of the security cases.
#[tokio::test]
async fn who_does_not_take_the_answer_is_cut_off() {
    let running = start(Limits { write_timeout: SOON, ..LIMITS }).await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    // Only when the slot is given back has the service let go of it; until then nothing is read here.
    running.stop.send(()).await.unwrap();
    assert_eq!(running.ended.await.unwrap(), Ending::Drained);
    assert!(until_closed(&mut stream).await.len() < MUCH);
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_harms_nobody() {
    let running = start(LIMITS).await;
    let large = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(33 * 1024));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(150));
    for (request, status) in
        [(&*large, "431"), (&*many, "431"), ("\0\r\n\r\n", "400"), ("GET  /\r\n\r\n", "400")]
    {
        let answer = running.exchange(request).await;
        let got = answer.split(' ').nth(1).unwrap_or_default();
        assert_eq!(got, status, "{:?}", &request[..20.min(request.len())]);
    }
    assert!(running.is_serving().await);
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let running = start(LIMITS).await;
    let answer = running
        .exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!(answer.matches("hello").count(), 2, "{answer}");
    assert!(!answer.to_lowercase().contains("server:"), "{answer}");
}

#[tokio::test]
async fn beyond_the_most_connections_the_next_one_waits() {
    let running = start(Limits { max_connections: 1, ..LIMITS }).await;
    let first = running.connect().await;
    let mut second = running.connect().await;
    second.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0];
    assert!(timeout(SOON, second.read(&mut byte)).await.is_err(), "the second was not to be served yet");
    drop(first);
    assert!(until_closed(&mut second).await.ends_with("hello"));
}

/// N9 of the security cases.
#[tokio::test]
async fn told_to_stop_it_takes_nobody_in_and_finishes_what_is_in_flight() {
    let running = start(LIMITS).await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET /gated HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    running.arrived.await.unwrap();
    running.stop.send(()).await.unwrap();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    running.open.send(()).unwrap();
    assert!(until_closed(&mut stream).await.ends_with("finished"));
    assert_eq!(running.ended.await.unwrap(), Ending::Drained);
}

/// N9 of the security cases.
#[tokio::test]
async fn a_request_that_is_on_its_way_is_still_answered() {
    let running = start(LIMITS).await;
    let mut stream = running.connect().await;
    running.stop.send(()).await.unwrap();
    tokio::task::yield_now().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let answer = until_closed(&mut stream).await;
    assert!(answer.ends_with("hello") && answer.contains("connection: close"), "{answer}");
    assert_eq!(running.ended.await.unwrap(), Ending::Drained);
}

/// N9 of the security cases.
#[tokio::test]
async fn told_a_second_time_it_ends_at_once() {
    let running = start(LIMITS).await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET /gated HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    running.arrived.await.unwrap();
    running.stop.send(()).await.unwrap();
    running.stop.send(()).await.unwrap();
    assert_eq!(running.ended.await.unwrap(), Ending::CutOff);
}

#[tokio::test]
async fn what_lasts_longer_than_the_grace_is_cut_off() {
    let running = start(Limits { shutdown_grace: SOON, ..LIMITS }).await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET /gated HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    running.arrived.await.unwrap();
    running.stop.send(()).await.unwrap();
    assert_eq!(running.ended.await.unwrap(), Ending::CutOff);
}

/// N9 of the security cases.
#[tokio::test]
async fn while_it_only_says_that_it_will_stop_everybody_is_let_in() {
    let mut running = start(Limits { drain: LIMITS.shutdown_grace, ..LIMITS }).await;
    assert!(running.leaves.try_recv().is_err());
    running.stop.send(()).await.unwrap();
    (&mut running.leaves).await.unwrap();
    assert!(running.is_serving().await);
    assert!(!running.ended.is_finished());
}

#[tokio::test]
async fn when_the_time_to_say_so_is_over_nobody_is_let_in_any_more() {
    let running = start(Limits { drain: SOON, ..LIMITS }).await;
    running.stop.send(()).await.unwrap();
    assert_eq!(running.ended.await.unwrap(), Ending::Drained);
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn told_a_second_time_it_does_not_wait_until_that_time_is_over() {
    let running = start(Limits { drain: LIMITS.shutdown_grace, ..LIMITS }).await;
    running.stop.send(()).await.unwrap();
    running.leaves.await.unwrap();
    running.stop.send(()).await.unwrap();
    assert_eq!(running.ended.await.unwrap(), Ending::CutOff);
}

#[tokio::test]
async fn an_address_in_use_is_told_with_the_setting_that_would_change_it() {
    let taken = bind(Door::Service, ANY).await.unwrap().address().unwrap();
    for (door, key) in [(Door::Service, "--listen or server.listen"), (Door::Operations, "metrics.listen")] {
        let _first = bind(door, taken).await;
        let refused = bind(door, taken).await.unwrap_err().to_string();
        assert!(refused.contains("is in use") && refused.contains(key), "{refused}");
    }
}

#[test]
fn a_listener_that_fails_is_left_alone_for_longer_each_time() {
    let mut pause = Pause::default();
    let millis: Vec<u128> = (0..7).map(|_| pause.longer().as_millis()).collect();
    assert_eq!(millis, [50, 100, 200, 400, 800, 1000, 1000]);
}
