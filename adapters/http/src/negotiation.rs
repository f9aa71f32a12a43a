//! What a client would like to be sent (RFC 9110, section 12.5).

use poem::http::{HeaderMap, HeaderName};

/// How much a client wants something, by what it says in that line of the header: from 0, not at all, to 1.
/// `None` where it does not name it.
pub fn weight(headers: &HeaderMap, line: HeaderName, wanted: &str) -> Option<f32> {
    let lines = headers.get_all(line).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).find_map(|entry| {
        let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let mut parameters =
            parameters.split(';').filter_map(|parameter| parameter.trim().strip_prefix("q="));
        let weight = parameters.next().and_then(|weight| weight.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(wanted).then(|| weight.unwrap_or(1.0))
    })
}
