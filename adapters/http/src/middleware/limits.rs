use crate::operations::all_methods;
use crate::problem::Problem;
use poem::Request;
use poem::http::{HeaderValue, Method, StatusCode, header};

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
