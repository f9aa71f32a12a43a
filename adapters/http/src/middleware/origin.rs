use super::Network;
use application::actor::Origin;
use domain::ids::RequestId;
use poem::http::{HeaderMap, header};
use poem::{Addr, Request};
use std::net::{IpAddr, SocketAddr};

/// The most characters of a `User-Agent` that are kept.
const LONGEST_AGENT: usize = 200;

/// Where a request comes from. Whatever its header holds, there is an answer.
pub fn of(request: &Request, trusted: &[Network], id: RequestId) -> Origin {
    let peer = match request.remote_addr().0 {
        Addr::SocketAddr(peer) => Some(peer.ip().to_canonical()),
        _ => None,
    };
    Origin {
        address: peer.map(|peer| client(peer, trusted, request.headers())),
        request_id: Some(id),
        user_agent: user_agent(request.headers()),
    }
}

/// The address of whoever is behind the proxies: the right-most of `X-Forwarded-For` that is no proxy of ours.
///
/// What stands further left was written by strangers. Where an entry can't be read, the one to its right is the
/// last that somebody trustworthy vouches for; where the peer itself is no proxy of ours, nobody does.
fn client(peer: IpAddr, trusted: &[Network], headers: &HeaderMap) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let entries = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    let mut known = peer;
    for entry in entries {
        if !is_trusted(known) {
            break;
        }
        match address(entry.trim()) {
            Some(next) => known = next,
            None => break,
        }
    }
    known
}

/// An address as proxies write it: plain, in brackets, with a port, with a zone (RFC 4007, section 11), which says
/// something on the proxy's own machine only.
fn address(text: &str) -> Option<IpAddr> {
    let Some((before, zone)) = text.split_once('%') else { return plain(text) };
    let after = zone.find(']').map_or("", |end| &zone[end..]);
    plain(&format!("{before}{after}")).filter(IpAddr::is_ipv6)
}

fn plain(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let sent = String::from_utf8_lossy(headers.get(header::USER_AGENT)?.as_bytes());
    let printable: String = sent.chars().filter(|c| !c.is_control()).take(LONGEST_AGENT).collect();
    Some(printable.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
