//! One question over plain HTTP/1.1 (RFC 9112), for whoever has no client for more.

use serde_json::Value;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;
use url::Url;

/// How long everything may take, from the name to the last byte.
const WITHIN: Duration = Duration::from_secs(3);
/// More than any of our answers has.
const LONGEST: u64 = 64 * 1024;

/// Who is asked, and for what.
#[derive(Clone, Debug)]
pub struct Target {
    /// Tried in this order.
    places: Places,
    authority: String,
    path: String,
}

#[derive(Clone, Debug)]
enum Places {
    Known(Vec<SocketAddr>),
    Named(String, u16),
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// What stood behind the head.
    pub body: String,
}

/// Why nothing was answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Nobody listens there.
    #[error("the connection was refused")]
    Refused,
    /// It took too long, or what came is no answer.
    #[error("{0}")]
    Other(String),
}

impl From<io::Error> for NoAnswer {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl Target {
    /// A page of the service that listens at `listen`. Whoever listens on every address is asked on this machine's own.
    pub fn listening_at(listen: SocketAddr, path: &str) -> Self {
        let here: &[IpAddr] = match listen.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => &[IpAddr::V4(Ipv4Addr::LOCALHOST)],
            IpAddr::V6(ip) if ip.is_unspecified() => {
                &[IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)]
            }
            ip => &[ip],
        };
        let places: Vec<SocketAddr> = here.iter().map(|ip| SocketAddr::new(*ip, listen.port())).collect();
        let authority = places.first().map(ToString::to_string).unwrap_or_default();
        Self { places: Places::Known(places), authority, path: path.to_owned() }
    }

    /// A page of a service; `path` where the address names none.
    pub fn parse(text: &str, path: &str) -> Result<Self, String> {
        let would_do = "write http://HOST:PORT, such as http://127.0.0.1:8080";
        let url = Url::parse(text).map_err(|_| format!("{text:?} is no absolute address; {would_do}"))?;
        if url.scheme() != "http" {
            return Err(format!(
                "{text:?} is not plain http, and the service itself speaks nothing else; {would_do}"
            ));
        }
        let host = url.host().ok_or_else(|| format!("{text:?} names no host; {would_do}"))?;
        let port = url.port_or_known_default().unwrap_or(80);
        let places = match host {
            url::Host::Ipv4(ip) => Places::Known(vec![SocketAddr::new(ip.into(), port)]),
            url::Host::Ipv6(ip) => Places::Known(vec![SocketAddr::new(ip.into(), port)]),
            url::Host::Domain(name) => Places::Named(name.to_owned(), port),
        };
        let authority = url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        let path = if url.path() == "/" { path } else { url.path() };
        Ok(Self { places, authority, path: path.to_owned() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

impl Answer {
    /// A text in the object that was answered, if it was one.
    pub fn member(&self, name: &str) -> Option<String> {
        let body: Value = serde_json::from_str(&self.body).ok()?;
        body.get(name)?.as_str().map(str::to_owned)
    }
}

/// Asks, and gives up after three seconds, whatever the other side does.
pub fn ask(target: &Target) -> Result<Answer, NoAnswer> {
    let (tell, hear) = sync_channel(1);
    let target = target.clone();
    let asked = thread::Builder::new().spawn(move || {
        // Nobody hears it any more where it took too long.
        let _ = tell.send(exchange(&target));
    });
    asked?;
    match hear.recv_timeout(WITHIN) {
        Ok(answer) => Ok(answer?),
        Err(RecvTimeoutError::Timeout) => {
            Err(NoAnswer::Other(format!("no answer within {} seconds", WITHIN.as_secs())))
        }
        Err(RecvTimeoutError::Disconnected) => Err(NoAnswer::Other("no answer".to_owned())),
    }
}

fn exchange(Target { places, authority, path }: &Target) -> io::Result<Answer> {
    let places = match places {
        Places::Known(places) => places.clone(),
        Places::Named(name, port) => (name.as_str(), *port).to_socket_addrs()?.collect(),
    };
    let mut stream = TcpStream::connect(places.as_slice())?;
    let question = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: xtrem\r\nAccept: application/json\r\nConnection: \
         close\r\n\r\n"
    );
    stream.write_all(question.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer)?;
    read(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::Error::other("what answers there is no HTTP"))
}

fn read(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let line = head.lines().next()?.strip_prefix("HTTP/1.")?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests;
