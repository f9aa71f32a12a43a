use poem::http::{HeaderMap, HeaderName};
use std::fmt;
use std::sync::Arc;
use tracing::Span;

/// The line of the header that carries it.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// How many characters version 00 has; every later one begins with as many that mean the same.
const LENGTH: usize = 55;

/// The place of a request in a trace that somebody else has begun (W3C Trace Context, section 3.2).
///
/// It joins what many services write down about one thing. Anybody may send one, so it says nothing about who asks, and
/// a wrong one is no error: the request is then the first of a trace of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// Names the trace; never all zeros.
    pub trace_id: [u8; 16],
    /// Names the step in it that led here; never all zeros.
    pub parent_id: [u8; 8],
    /// Whether whoever sent it keeps the trace.
    pub sampled: bool,
}

/// Lets a span take its place in a trace, and answers which trace that is; `None` where no traces are kept.
pub type JoinTrace = Arc<dyn Fn(&Span, Option<&TraceParent>) -> Option<[u8; 16]> + Send + Sync>;

impl TraceParent {
    /// What a header says. More than one line of it, or one that is not exactly as it must be, says nothing.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut lines = headers.get_all(TRACEPARENT).iter();
        let (only, None) = (lines.next()?, lines.next()) else { return None };
        Self::read(only.as_bytes())
    }

    fn read(text: &[u8]) -> Option<Self> {
        let (fields, rest) = text.split_at_checked(LENGTH)?;
        let [version, trace, parent, flags] = [0..2, 3..35, 36..52, 53..55].map(|place| &fields[place]);
        let [version] = bytes(version)?;
        let is_apart = [2, 35, 52].iter().all(|&place| fields[place] == b'-');
        // What later versions add stands behind one more dash.
        let may_end =
            if version == 0 { rest.is_empty() } else { rest.first().is_none_or(|&byte| byte == b'-') };
        if version == 0xff || !is_apart || !may_end {
            return None;
        }
        let (trace_id, parent_id, [flags]) = (bytes(trace)?, bytes(parent)?, bytes(flags)?);
        let is_named = trace_id != [0; 16] && parent_id != [0; 8];
        is_named.then_some(Self { trace_id, parent_id, sampled: flags & 1 == 1 })
    }
}

/// Lower-case hexadecimal digits, two for each byte.
fn bytes<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = pair.map(digit);
        *byte = high? << 4 | low?;
    }
    Some(bytes)
}

const fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

/// The name of a trace as it is written everywhere.
#[derive(Clone, Copy)]
pub struct TraceId(pub [u8; 16]);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

#[cfg(test)]
mod tests;
