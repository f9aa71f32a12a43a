//! Where the service listens, and how it is reached.

use super::case::Case;
use super::finding::Finding;
use super::probe::{self, Answer, NoAnswer, Target};
use rustix::process::geteuid;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

/// Below this, a port is only for those who are given it.
const PRIVILEGED: u16 = 1024;

/// Whether the addresses to listen on are free, or Xtrem's already.
pub(super) fn ports(case: &Case) -> Vec<Finding> {
    let mut found = vec![port("port", "server.listen", case.config.server.listen)];
    found.extend(case.config.metrics_listen.map(|listen| port("metrics_port", "metrics.listen", listen)));
    found
}

fn port(subject: &'static str, setting: &str, listen: SocketAddr) -> Finding {
    // Another port of the same address: whoever took the one itself could keep the service from it.
    if let Err(error) = TcpListener::bind(SocketAddr::new(listen.ip(), 0)) {
        let would_do = match error.kind() {
            ErrorKind::AddrNotAvailable => {
                format!("this machine has no such address; choose another with {setting}")
            }
            _ => error.to_string(),
        };
        return Finding::trouble(subject, format!("nobody can listen on {listen}: {would_do}"));
    }
    if listen.port() == 0 {
        return Finding::ok(subject, format!("{listen} is any free port, another one at each start"));
    }
    let target = Target::listening_at(listen, "/health");
    match probe::ask(&target) {
        Ok(answer) => taken(subject, setting, &target, &answer),
        Err(NoAnswer::Refused) => free(subject, listen),
        Err(NoAnswer::Other(error)) => Finding::warning(
            subject,
            format!(
                "{listen} can't be asked ({error}): if it is not Xtrem that listens there, choose another with {setting}"
            ),
        ),
    }
}

fn free(subject: &'static str, listen: SocketAddr) -> Finding {
    if listen.port() < PRIVILEGED && !geteuid().is_root() {
        let text = format!(
            "{listen} is free, but below {PRIVILEGED} a service needs AmbientCapabilities=CAP_NET_BIND_SERVICE of systemd: \
             choose a higher port, and let a proxy listen there"
        );
        return Finding::warning(subject, text);
    }
    Finding::ok(subject, format!("{listen} is free"))
}

fn taken(subject: &'static str, setting: &str, target: &Target, answer: &Answer) -> Finding {
    const OURS: &str = env!("CARGO_PKG_VERSION");
    match answer.member("version").filter(|_| answer.member("status").is_some()) {
        Some(_) if answer.status != 200 => Finding::warning(
            subject,
            format!("Xtrem answers at {target} that it is not well: `curl {target}` says what ails it"),
        ),
        Some(version) if version == OURS => {
            Finding::ok(subject, format!("Xtrem {version} answers at {target}"))
        }
        Some(version) => Finding::warning(
            subject,
            format!(
                "Xtrem {version} answers at {target}, and this is {OURS}: restart the service after an upgrade"
            ),
        ),
        None => Finding::trouble(
            subject,
            format!("another program answers at {target}: stop it, or choose another address with {setting}"),
        ),
    }
}

/// Whether a proxy in front is known, where there has to be one.
pub(super) fn proxy(case: &Case) -> Vec<Finding> {
    const SUBJECT: &str = "proxy";
    let server = &case.config.server;
    let is_behind_one = server.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    if !server.trusted_proxies.is_empty() {
        return vec![Finding::ok(SUBJECT, "those in server.trusted_proxies say who asks")];
    }
    if !is_behind_one && server.listen.ip().is_loopback() {
        return Vec::new();
    }
    vec![Finding::warning(
        SUBJECT,
        "server.trusted_proxies is empty, so that everybody behind a proxy seems to come from its address: the log and the \
         audit trail name that, and all share its attempts to log in. Name the addresses of the proxy there",
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;
    use std::io::{Read, Write};
    use std::thread;

    /// Somebody who answers one question at a port, and how that is judged.
    fn judged(answer: String) -> Finding {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        port("port", "server.listen", address)
    }

    fn health(version: &str) -> Finding {
        judged(format!("HTTP/1.1 200 OK\r\n\r\n{{\"status\": \"ok\", \"version\": \"{version}\"}}"))
    }

    #[test]
    fn a_port_is_free_or_ours_or_somebody_elses() {
        assert_eq!(health(env!("CARGO_PKG_VERSION")).verdict, Verdict::Ok);
        assert_eq!(health("0.0.1").verdict, Verdict::Warning);
        assert_eq!(judged("HTTP/1.1 404 Not Found\r\n\r\n".to_owned()).verdict, Verdict::Trouble);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let free = port("port", "server.listen", address);
        assert_eq!((free.verdict, free.text), (Verdict::Ok, format!("{address} is free")));
    }

    #[test]
    fn a_service_that_is_not_well_is_told() {
        let found =
            judged("HTTP/1.1 503 Busy\r\n\r\n{\"status\": \"troubled\", \"version\": \"0\"}".to_owned());
        assert_eq!((found.verdict, found.text.contains("not well")), (Verdict::Warning, true), "{found}");
    }

    #[test]
    fn an_address_of_another_machine_is_told() {
        let found = port("port", "server.listen", "192.0.2.7:8080".parse().unwrap());
        assert_eq!(found.verdict, Verdict::Trouble);
        assert!(found.text.contains("server.listen"), "{found}");
    }

    #[test]
    fn any_port_is_no_port_to_ask() {
        assert_eq!(port("port", "server.listen", "127.0.0.1:0".parse().unwrap()).verdict, Verdict::Ok);
    }
}
