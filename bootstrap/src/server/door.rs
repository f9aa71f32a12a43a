use crate::failure::Failure;
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Which of the two listeners something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The pages and the API, for everybody.
    Service,
    /// Metrics and how the service is, for whoever runs it.
    Operations,
}

impl Door {
    /// What somebody can do who finds it taken.
    const fn would_do(self) -> &'static str {
        match self {
            Self::Service => "choose another address with --listen or server.listen",
            Self::Operations => {
                "choose another address with metrics.listen, or switch it off with metrics.listen = \"off\""
            }
        }
    }

    /// What is said when as many connections are open as there may be.
    pub(super) const fn crowd(self) -> &'static str {
        match self {
            Self::Service => "server.max_connections is reached; new connections wait",
            Self::Operations => "too many connections to metrics.listen are open at a time; new ones wait",
        }
    }
}

/// A listener, and which one it is.
#[derive(Debug)]
pub struct Entrance {
    pub(super) door: Door,
    pub(super) listener: TcpListener,
}

impl Entrance {
    /// Where it is; of port 0, the one that the system has chosen.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Takes an address, or says why it can't be had.
pub async fn bind(door: Door, address: SocketAddr) -> Result<Entrance, Failure> {
    let would_do = door.would_do();
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::Failed(match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("{address} is in use: another program, or another Xtrem, listens there. Stop that one, or {would_do}")
            }
            io::ErrorKind::PermissionDenied => {
                format!("{address} may not be used without more rights: ports below 1024 belong to root; {would_do}")
            }
            io::ErrorKind::AddrNotAvailable => format!("{address} is no address of this machine: {would_do}"),
            _ => format!("{address} can't be listened on ({error}): {would_do}"),
        })
    })?;
    Ok(Entrance { door, listener })
}
