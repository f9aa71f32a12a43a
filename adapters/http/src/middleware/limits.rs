use crate::operations::all_methods;
use crate::problem::Problem;
use poem::Request;
use poem::http::uri::Authority;
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};

/// The most bytes of path and query.
const ADDRESS: usize = 8 * 1024;

/// The most bytes of all names and values in the header.
const HEADER: usize = 32 * 1024;

/// The method by which a request is passed on: a name that nobody knows becomes one that nobody takes, so that
/// the address refuses it and says what it takes instead (RFC 9110, section 15.5.6).
pub fn method(sent: &Method) -> Method {
    if all_methods().contains(sent) { sent.clone() } else { Method::TRACE }
}

/// Refuses what no address here can want, before anything is done about it.
pub fn check(request: &Request) -> Result<(), Problem> {
    check_framing(request.version(), request.headers())?;
    // Only CONNECT names no path, but a host to be connected with: nothing of ours, so there is nothing to allow.
    if request.uri().path().is_empty() {
        let nothing = HeaderValue::from_static("");
        return Err(Problem::of(StatusCode::METHOD_NOT_ALLOWED).with(header::ALLOW, nothing));
    }
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > ADDRESS) {
        return Err(Problem::of(StatusCode::URI_TOO_LONG));
    }
    let header = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    if header.sum::<usize>() > HEADER {
        return Err(Problem::of(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    Ok(())
}

/// Refuses what another reader on the way may have taken for another request.
fn check_framing(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = |detail| Err(Problem::new(StatusCode::BAD_REQUEST, "bad-request", detail));
    let mut hosts = headers.get_all(header::HOST).iter();
    let is_sound = match (hosts.next(), hosts.next()) {
        // HTTP/1.0 knows no such line, and HTTP/2 says the same in `:authority` (RFC 9113, section 8.3.1).
        (None, _) => version != Version::HTTP_11,
        (Some(host), None) => is_host(host),
        (Some(_), Some(_)) => false,
    };
    if !is_sound {
        return refuse("The header must name one host in one line (RFC 9112, section 3.2).");
    }
    if headers.contains_key(header::CONTENT_LENGTH) && headers.contains_key(header::TRANSFER_ENCODING) {
        return refuse("The length of the body is told in two ways (RFC 9112, section 6.1).");
    }
    Ok(())
}

/// Whether this is a name or an address, with or without a port (RFC 9110, section 7.2).
fn is_host(value: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(value.as_bytes()) else { return false };
    let host = authority.host();
    // A user's name before the host is part of an authority, but not of this.
    let rest = authority.as_str().strip_prefix(host).filter(|_| !host.is_empty());
    rest.is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|c| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(version: Version, lines: &[(&'static str, &[u8])]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        check_framing(version, &headers).is_ok()
    }

    #[test]
    fn a_request_names_one_host_where_its_version_has_no_other_place_for_it() {
        assert!(!framed(Version::HTTP_11, &[]));
        for version in [Version::HTTP_10, Version::HTTP_2] {
            assert!(framed(version, &[]), "{version:?}");
        }
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            assert!(framed(version, &[("host", b"a")]), "{version:?}");
            assert!(!framed(version, &[("host", b"a"), ("host", b"a")]), "{version:?}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        let is_host = |host: &[u8]| framed(Version::HTTP_11, &[("host", host)]);
        for host in
            ["id.example", "ID.example:8080", "id.example:", "localhost", "192.0.2.1:80", "[::1]", "[::1]:80"]
        {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in
            ["", ":80", "a b", "a/b", "a?b", "http://a", "user@a", "a@a", "a:b", "a:80:80", "[::1]a", "[::1"]
        {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
        assert!(!is_host("é.example".as_bytes()) && !is_host(b"a\xff") && !is_host(b"a\tb"));
    }

    #[test]
    fn a_body_has_one_length() {
        let host = ("host", &b"a"[..]);
        let (length, chunked) = (("content-length", &b"5"[..]), ("transfer-encoding", &b"chunked"[..]));
        assert!(framed(Version::HTTP_11, &[host, length]) && framed(Version::HTTP_11, &[host, chunked]));
        assert!(!framed(Version::HTTP_11, &[host, length, chunked]));
    }
}
