//! A line of an export, read back: strictly, since whoever wrote it is not known.

use crate::audit::written;
use crate::sealing::Sealing;
use crate::strict;
use domain::Timestamp;
use domain::audit::{Entry, Facts, Link, Record, SealedPart, Sequence};
use domain::ids::{EventId, RequestId, UserId};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The members of a line, and of its proof.
const LINE: [&str; 10] =
    ["id", "sequence", "kind", "actor", "subject", "at", "address", "request_id", "detail", "proof"];
const PROOF: [&str; 5] = ["address", "detail", "link", "previous", "private"];

/// A line without a sequence number or a proof: no line of an export.
pub(super) struct Unreadable;

/// The place that a line claims, whatever else can be read of it.
pub(super) fn sequence(line: &str) -> Option<Sequence> {
    let line = strict::read(line)?;
    Some(Sequence::new(line.get("sequence")?.as_i64()?))
}

/// A line as an event in its place. What is shown of it must be what was sealed.
pub(super) fn entry(sealing: &dyn Sealing, line: &str) -> Result<Entry, Unreadable> {
    let line = strict::read(line).ok_or(Unreadable)?;
    read(sealing, &line).ok_or(Unreadable)
}

fn read(sealing: &dyn Sealing, line: &Value) -> Option<Entry> {
    let line = exactly(line, &LINE)?;
    let text = |name: &str| line.get(name)?.as_str();
    let proof = exactly(line.get("proof")?, &PROOF)?;
    let stored = proof.get("detail")?.as_str()?;
    let shown = line.get("detail")?.as_object()?;
    let private_proof = proof.get("private")?;
    let (clear, private) = divided(shown, private_proof)?;
    let address = maybe(line.get("address"), |text| Some(text.to_owned()))?;
    let (address_part, address_holds) =
        part(sealing, proof.get("address")?, &["digest", "salt"], address.as_deref())?;
    let sealed = (!private.is_empty()).then(|| written(&private));
    let (private_part, private_holds) =
        part(sealing, private_proof, &["digest", "names", "salt"], sealed.as_deref())?;
    let actor = line.get("actor")?;
    let actor = exactly(actor, &["type"]).or_else(|| exactly(actor, &["id", "type"]))?;
    let record = Record {
        id: EventId::parse(text("id")?)?,
        kind: text("kind")?.to_owned(),
        actor: actor.get("type")?.as_str()?.to_owned(),
        actor_id: maybe(actor.get("id"), UserId::parse)?,
        subject: maybe(line.get("subject"), UserId::parse)?,
        at: instant(text("at")?)?,
        request_id: maybe(line.get("request_id"), RequestId::parse)?,
        detail: stored.to_owned(),
        address: address_part,
        private: private_part,
    };
    let says_the_same = serde_json::from_str::<Map<String, Value>>(stored)
        .is_ok_and(|stored| facts(&stored).is_some_and(|stored| written(&stored) == written(&clear)));
    Some(Entry {
        sequence: Sequence::new(line.get("sequence")?.as_i64()?),
        previous: Some(Link::new(bytes(proof.get("previous")?.as_str()?)?)),
        link: Link::new(bytes(proof.get("link")?.as_str()?)?),
        record,
        is_contradicted: !says_the_same || !address_holds || !private_holds,
    })
}

/// The facts that stood in clear, and those that were sealed.
fn divided(shown: &Map<String, Value>, private: &Value) -> Option<(Facts, Facts)> {
    let names: Vec<&str> = match private.get("names") {
        Some(names) => names.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?,
        None => Vec::new(),
    };
    let facts = facts(shown)?.into_iter().map(|(name, value)| {
        let stored = stored_moment(&name, &value).unwrap_or(value);
        (name, stored)
    });
    let (private, clear): (Facts, Facts) = facts.partition(|(name, _)| names.contains(&name.as_ref()));
    (private.len() == names.len()).then_some((clear, private))
}

fn facts(members: &Map<String, Value>) -> Option<Facts> {
    members.iter().map(|(name, value)| Some((name.clone().into(), value.as_str()?.to_owned()))).collect()
}

/// A moment that stands in microseconds in the trail and is shown as RFC 3339 writes it.
fn stored_moment(name: &str, value: &str) -> Option<String> {
    matches!(name, "from" | "until").then(|| instant(value)).flatten().map(|at| at.as_micros().to_string())
}

/// A sealed part, and whether what is shown is what was sealed: by its salt where there is one, and nothing at all where
/// there is none.
fn part(
    sealing: &dyn Sealing,
    proof: &Value,
    opened: &[&str],
    shown: Option<&str>,
) -> Option<(Option<SealedPart>, bool)> {
    if proof.is_null() {
        return Some((None, shown.is_none()));
    }
    let of = |name: &str| bytes(proof.get(name)?.as_str()?);
    let digest = of("digest")?;
    if exactly(proof, opened).is_some() {
        let commitment = sealing.commitment(&of("salt")?, shown.unwrap_or_default().as_bytes());
        return Some((Some(SealedPart { digest, commitment }), shown.is_some()));
    }
    exactly(proof, &["commitment", "digest"])?;
    let commitment = of("commitment")?;
    Some((Some(SealedPart { digest, commitment }), shown.is_none()))
}

/// An object with these members and no others: what is not proved does not stand in a line that is.
fn exactly<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Map<String, Value>> {
    let members = value.as_object()?;
    let is_exact = members.len() == names.len() && names.iter().all(|name| members.contains_key(*name));
    is_exact.then_some(members)
}

/// Nothing where there is nothing; no line at all where there is something else.
#[allow(clippy::option_option, reason = "missing, absent and present are three things")]
fn maybe<T>(value: Option<&Value>, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(value) => parse(value.as_str()?).map(Some),
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    let nanos = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
    (nanos % 1000 == 0).then(|| i64::try_from(nanos / 1000).ok()).flatten().map(Timestamp::from_micros)
}

/// Thirty-two bytes, written as digits.
pub(super) fn bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let digits = text.as_bytes();
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
