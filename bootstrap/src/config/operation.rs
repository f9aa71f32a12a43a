//! What an operator hears of the service: its log, its spans, its numbers, and when it should complain.

use super::layers::{Place, RUST_LOG};
use super::model::{Log, Server, Traces};
use super::reader::Reader;
use super::{secrets, values};
use hyper::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::net::SocketAddr;

const MIB: u64 = 1_024 * 1_024;

pub(super) fn log(reader: &mut Reader, terminal: bool) -> Option<Log> {
    let (default, why) = if terminal { ("text", "on a terminal") } else { ("json", "not on a terminal") };
    let format = reader.derived("log.format", default, why, values::format);
    let level = reader.entry("log.level", "info", "");
    let is_foreign = level.place == Place::Variable(RUST_LOG.to_owned());
    // RUST_LOG may have been set for other programs too, so it is read as they read it.
    let filter =
        reader.parse("log.level", &level, if is_foreign { values::directives } else { values::filter });
    let dir = reader.optional("log.dir", values::path);
    let keep_days = reader.value("log.keep_days", "14", values::number(1..=3_650usize));
    let is_asked_for = level.place.height() > 0;
    Some(Log { format: format?, filter: filter?, is_asked_for, dir: dir?, keep_days: keep_days? })
}

/// Where spans go, if anywhere.
#[allow(clippy::option_option, reason = "switched off and refused are two answers")]
pub(super) fn traces(reader: &mut Reader) -> Option<Option<Traces>> {
    let endpoint = reader.optional("traces.endpoint", values::collector);
    let headers = headers(reader);
    let percent = reader.value("traces.sample_percent", "100", values::number(0..=100u32));
    let (endpoint, headers, percent) = (endpoint?, headers?, percent?);
    let Some(endpoint) = endpoint else {
        if !headers.is_empty() {
            reader.warn("traces.headers_file has no effect without traces.endpoint.");
        }
        return Some(None);
    };
    if !values::is_loopback_url(&endpoint) {
        reader.warn(format!(
            "traces.endpoint is {endpoint}: what is sent there can be read on the way. Put a collector on this \
             machine, or keep the way to it private."
        ));
    }
    Some(Some(Traces { endpoint, headers, ratio: f64::from(percent) / 100.0 }))
}

/// What the collector wants to be told beside the spans. It stands in a file and nowhere else: it is mostly a token.
fn headers(reader: &mut Reader) -> Option<Vec<(String, SecretString)>> {
    const KEY: &str = "traces.headers_file";
    let Some(file) = reader.take(KEY) else {
        return Some(Vec::new());
    };
    let (text, place) = secrets::content(reader, KEY, &file)?;
    let mut headers = Vec::new();
    let mut wrong = Vec::new();
    let lines = text.expose_secret().lines().filter(|line| !line.trim().is_empty());
    for (index, line) in lines.enumerate() {
        match header(line) {
            Some(header) => headers.push(header),
            None => wrong.push((index + 1).to_string()),
        }
    }
    if wrong.is_empty() {
        return Some(headers);
    }
    // By number: what is wrong may well be the token.
    let text = format!("line {} is no header; write each as `Name: value`", wrong.join(", "));
    reader.refuse(KEY, Some(place), text);
    None
}

fn header(line: &str) -> Option<(String, SecretString)> {
    let (name, value) = line.split_once(':')?;
    let name: HeaderName = name.trim().parse().ok()?;
    let value = HeaderValue::from_str(value.trim()).ok()?;
    let text = value.to_str().ok().filter(|text| !text.is_empty())?;
    Some((name.to_string(), text.into()))
}

/// Where Prometheus asks. What it is told is no secret, and yet nobody's business; so by default only this machine can.
#[allow(clippy::option_option, reason = "switched off and refused are two answers")]
pub(super) fn metrics_listen(reader: &mut Reader, server: Option<&Server>) -> Option<Option<SocketAddr>> {
    const KEY: &str = "metrics.listen";
    let listen = reader.value(KEY, "127.0.0.1:9464", values::address_or_off)?;
    let (Some(own), Some(server)) = (listen, server) else {
        return Some(listen);
    };
    if !collide(own, server.listen) {
        return Some(listen);
    }
    let given = |key| reader.place_of(key).filter(|place| place.height() > 0);
    let (key, place) = match given(KEY) {
        None => ("server.listen", given("server.listen")),
        place => (KEY, place),
    };
    let text = format!(
        "metrics would be told at {own}, which server.listen ({}) takes already; give each a port of its own, or write \
         metrics.listen = \"off\"",
        server.listen
    );
    reader.refuse(key, place, text);
    None
}

/// Whether of two listeners the second one would find the door taken. Port 0 is another one each time.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let is_everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && (is_everywhere || one.ip() == other.ip())
}

/// Below how many free bytes the service is in trouble; 0: never.
pub(super) fn least_free(reader: &mut Reader) -> Option<u64> {
    let mib = reader.value("health.minimum_free_mib", "64", values::number(0..=1_048_576u32))?;
    Some(u64::from(mib) * MIB)
}
