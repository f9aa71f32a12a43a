//! Kinds of values: how each is read from what a layer says, what it refuses, and how it is shown.
//!
//! A refusal begins with what is wrong and ends with what would do; it goes behind "KEY (PLACE): ".

use super::layers::Raw;
use super::model::LogFormat;
use domain::keys::Algorithm;
use domain::users::PasswordPolicy;
use http_api::Network;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use url::Url;

/// How a value is written in TOML.
pub(super) trait Shown {
    fn shown(&self) -> String;
}

/// A TOML string. JSON's escapes are among those of TOML.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

macro_rules! shown {
    ($($type:ty: |$value:ident| $shown:expr;)*) => {
        $(impl Shown for $type {
            fn shown(&self) -> String {
                let $value = self;
                $shown
            }
        })*
    };
}

shown! {
    u32: |number| number.to_string();
    usize: |number| number.to_string();
    bool: |yes| yes.to_string();
    Duration: |span| span.as_secs().to_string();
    String: |text| quoted(text);
    PathBuf: |path| quoted(&path.to_string_lossy());
    SocketAddr: |address| quoted(&address.to_string());
    Option<SocketAddr>: |address| quoted(&address.map_or_else(|| OFF.to_owned(), |address| address.to_string()));
    LogFormat: |format| quoted(format.name());
    Algorithm: |algorithm| quoted(algorithm.name());
    PasswordPolicy: |policy| policy.minimum_length().to_string();
    Vec<Network>: |list| format!("[{}]", list.iter().map(|n| quoted(&n.to_string())).collect::<Vec<_>>().join(", "));
}

/// A whole number within bounds.
pub(super) fn number<T>(bounds: RangeInclusive<T>) -> impl Fn(&Raw) -> Result<T, String>
where
    T: Copy + PartialOrd + std::fmt::Display + TryFrom<i128>,
{
    move |raw| {
        let would_do = format!("it takes a whole number from {} to {}", bounds.start(), bounds.end());
        let digits = match raw {
            Raw::Plain(text) => text.trim(),
            Raw::Integer(digits) => digits,
            other => return Err(format!("{} is no number; {would_do}", kind(other))),
        };
        let number = digits.parse::<i128>().map_err(|_| format!("{digits:?} is no number; {would_do}"))?;
        let fitting = T::try_from(number).ok().filter(|number| bounds.contains(number));
        fitting.ok_or_else(|| format!("{number} is out of bounds; {would_do}"))
    }
}

/// A span of whole seconds, of at most that many.
pub(super) fn seconds(most: u32) -> impl Fn(&Raw) -> Result<Duration, String> {
    seconds_within(1..=most)
}

/// A span of whole seconds within bounds.
pub(super) fn seconds_within(bounds: RangeInclusive<u32>) -> impl Fn(&Raw) -> Result<Duration, String> {
    let number = number(bounds);
    move |raw| number(raw).map(|seconds| Duration::from_secs(seconds.into()))
}

/// Yes or no.
pub(super) fn switch(raw: &Raw) -> Result<bool, String> {
    match raw {
        Raw::Boolean(yes) => Ok(*yes),
        Raw::Plain(text) if text.trim() == "true" => Ok(true),
        Raw::Plain(text) if text.trim() == "false" => Ok(false),
        Raw::Plain(text) => Err(format!("{text:?} is neither yes nor no; write true or false")),
        other => Err(format!("{} is neither yes nor no; write true or false, without quotes", kind(other))),
    }
}

/// A text that is not empty.
pub(super) fn text(raw: &Raw) -> Result<String, String> {
    match raw {
        Raw::Plain(text) | Raw::Text(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Raw::Plain(_) | Raw::Text(_) => Err("is empty; give it a value, or leave it away".to_owned()),
        other => Err(format!("{} is no text; put the value in quotes", kind(other))),
    }
}

/// A path.
pub(super) fn path(raw: &Raw) -> Result<PathBuf, String> {
    text(raw).map(PathBuf::from)
}

/// To whom backups are encrypted.
pub(super) fn recipient(raw: &Raw) -> Result<String, String> {
    let text = text(raw)?;
    backup::Recipient::parse(&text)
        .map(|recipient| recipient.to_string())
        .map_err(|error| format!("{text:?} {error}"))
}

/// An address and a port to listen on.
pub(super) fn address(raw: &Raw) -> Result<SocketAddr, String> {
    let text = text(raw)?;
    let would_do = "write ADDRESS:PORT, such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080";
    text.parse().map_err(|_| format!("{text:?} is no address with a port; {would_do}"))
}

/// How something that listens by default is switched off.
const OFF: &str = "off";

/// An address and a port to listen on, unless nobody should listen at all.
pub(super) fn address_or_off(raw: &Raw) -> Result<Option<SocketAddr>, String> {
    match text(raw)?.as_str() {
        OFF => Ok(None),
        _ => address(raw).map(Some).map_err(|error| format!("{error}; or write {OFF}")),
    }
}

/// Where spans go. Behind a host alone stands the path that OTLP has for them.
pub(super) fn collector(raw: &Raw) -> Result<String, String> {
    let text = text(raw)?;
    let would_do = "write the whole address of a collector, such as http://127.0.0.1:4318/v1/traces";
    // First of all: what is quoted below must not hold them.
    if text.contains('@') {
        return Err(format!("holds a name or a password; put them into traces.headers_file, and {would_do}"));
    }
    let mut url = Url::parse(&text).map_err(|_| format!("{text:?} is no absolute address; {would_do}"))?;
    match url.scheme() {
        "http" => {}
        "https" => {
            let would_do = "put a collector on this machine that sends them on, and name it with http://";
            return Err(format!("{text:?} is https, which spans can't be sent by; {would_do}"));
        }
        _ => return Err(format!("{text:?} is neither http nor https; {would_do}")),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{text:?} has something behind the path; {would_do}"));
    }
    if url.path() == "/" {
        url.set_path("/v1/traces");
    }
    Ok(url.into())
}

/// Whether whoever is asked at an address is on this machine.
pub(super) fn is_loopback_url(url: &str) -> bool {
    Url::parse(url).ok().and_then(|url| match url.host()? {
        url::Host::Domain(name) => Some(name == "localhost" || name.ends_with(".localhost")),
        url::Host::Ipv4(address) => Some(address.is_loopback()),
        url::Host::Ipv6(address) => Some(address.is_loopback()),
    }) == Some(true)
}

/// The address people reach the service by, without a slash at its end.
pub(super) fn public_url(raw: &Raw) -> Result<String, String> {
    let text = text(raw)?;
    let would_do = "write the whole address without a path, such as https://accounts.example.com";
    let url = Url::parse(&text).map_err(|_| format!("{text:?} is no absolute address; {would_do}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("{text:?} is neither http nor https; {would_do}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("holds a name or a password; {would_do}"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{text:?} has something behind the host; {would_do}"));
    }
    Ok(url.origin().ascii_serialization())
}

/// Addresses and blocks of addresses, as a list or separated by commas.
pub(super) fn networks(raw: &Raw) -> Result<Vec<Network>, String> {
    let texts: Vec<String> = match raw {
        Raw::List(texts) => texts.clone(),
        Raw::Plain(text) | Raw::Text(text) => text.split(',').map(str::to_owned).collect(),
        other => return Err(format!("{} is no list; write [\"10.0.0.0/8\", \"192.0.2.7\"]", kind(other))),
    };
    let texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    let (sound, wrong): (Vec<_>, Vec<_>) =
        texts.map(|text| text.parse().map_err(|_| text)).partition(Result::is_ok);
    if wrong.is_empty() {
        return Ok(sound.into_iter().flatten().collect());
    }
    let wrong: Vec<String> =
        wrong.into_iter().filter_map(Result::err).map(|text| format!("{text:?}")).collect();
    Err(format!(
        "{} is neither an address nor a block of them; write for example 10.0.0.0/8 or 192.0.2.7",
        wrong.join(", ")
    ))
}

/// The least length of a password.
pub(super) fn policy(raw: &Raw) -> Result<PasswordPolicy, String> {
    let length = number(PasswordPolicy::FLOOR..=PasswordPolicy::CEILING)(raw)?;
    PasswordPolicy::new(length).ok_or_else(|| format!("{length} is out of bounds"))
}

/// How access tokens are signed.
pub(super) fn algorithm(raw: &Raw) -> Result<Algorithm, String> {
    let text = text(raw)?;
    let would_do = || format!("write {}", Algorithm::ALL.map(Algorithm::name).join(", "));
    Algorithm::from_name(&text).ok_or_else(|| format!("{text:?} is no algorithm of Xtrem's; {}", would_do()))
}

/// The form of the log.
pub(super) fn format(raw: &Raw) -> Result<LogFormat, String> {
    let text = text(raw)?;
    [LogFormat::Text, LogFormat::Json]
        .into_iter()
        .find(|format| format.name() == text)
        .ok_or_else(|| format!("{text:?} is no form of a log; write text or json"))
}

/// What the log tells, in the language of `RUST_LOG`.
pub(super) fn filter(raw: &Raw) -> Result<String, String> {
    let text = text(raw)?;
    let would_do = "write error, warn, info, debug or trace, and exceptions as `warn,sqlx=info`";
    // To the library a single word that is no level is a target, everything of which is told: never what is meant.
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let stray = text.split(',').map(str::trim).find(|part| {
        !part.contains(['=', '[']) && !levels.iter().any(|level| level.eq_ignore_ascii_case(part))
    });
    if let Some(stray) = stray {
        return Err(format!("{stray:?} is no level; {would_do}"));
    }
    directives(raw)
}

/// What the log tells, as the library reads it.
pub(super) fn directives(raw: &Raw) -> Result<String, String> {
    let text = text(raw)?;
    match EnvFilter::builder().parse(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(format!("{text:?} can't be understood; write for example info or `warn,sqlx=debug`")),
    }
}

fn kind(raw: &Raw) -> String {
    match raw {
        Raw::Plain(text) => format!("{text:?}"),
        Raw::Text(text) => format!("{text:?} in quotes"),
        Raw::Integer(digits) => digits.clone(),
        Raw::Boolean(yes) => yes.to_string(),
        Raw::List(_) => "a list".to_owned(),
        Raw::Other(what) => (*what).to_owned(),
        Raw::Section => "a section".to_owned(),
    }
}
