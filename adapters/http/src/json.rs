//! JSON as this service reads it: stricter than the format allows, because what two readers take differently is
//! where attacks live (RFC 8259, section 4, on repeated names; RFC 7493, sections 2.1 to 2.3).

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

/// How deep arrays and objects may stand in one another.
pub const MAXIMUM_DEPTH: usize = 32;

/// What stands at a name. Of numbers, arrays and objects only the kind is kept: no form asks for their content.
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A text.
    Text(String),
    /// Anything else.
    Other,
}

/// A JSON object, each name once, in the order in which it was sent. It has no `Debug`: it may hold passwords.
pub struct Members(Vec<(String, Value)>);

/// Why a body is not a JSON object. Says where, never what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It breaks off or breaks the grammar, holds a number out of range or a text that is not Unicode.
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// The byte in that line, counted from 1.
        column: usize,
    },
    /// There is nothing.
    Empty,
    /// It is JSON, but no object.
    NotAnObject,
    /// It nests deeper than [`MAXIMUM_DEPTH`].
    TooDeep,
    /// An object names a member twice.
    DuplicateName,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { line, column } => {
                write!(f, "The body is not valid JSON in UTF-8: see line {line}, column {column}.")
            }
            Self::Empty => f.write_str("The body is empty; a JSON object is needed."),
            Self::NotAnObject => f.write_str("The body must be a JSON object."),
            Self::TooDeep => write!(f, "The body nests deeper than {MAXIMUM_DEPTH} levels."),
            Self::DuplicateName => f.write_str("An object in the body names the same member twice."),
        }
    }
}

impl Members {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        if body.is_empty() {
            return Err(Malformed::Empty);
        }
        let reason = Cell::new(None);
        let mut reader = serde_json::Deserializer::from_slice(body);
        let members = reader.deserialize_any(Root(&reason));
        members.and_then(|members| reader.end().map(|()| members)).map_err(|error| match reason.get() {
            Some(malformed) => malformed,
            // The only kind of value that the parser refuses by itself is one that is no object.
            None if error.is_data() => Malformed::NotAnObject,
            None => Malformed::Syntax { line: error.line(), column: error.column() },
        })
    }

    /// The same kind of thing, made of names and texts; each name once.
    pub fn of_texts(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, text)| (name, Value::Text(text))).collect())
    }

    /// What stands at a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Every member, in the order in which it was sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Remembers why, since an error of the parser carries nothing but a text.
type Reason<'a> = &'a Cell<Option<Malformed>>;

fn refuse<E: Error>(reason: Reason<'_>, malformed: Malformed) -> E {
    reason.set(Some(malformed));
    E::custom("refused")
}

/// Reads an object's members one by one, each name once.
fn each_member<'de, A: MapAccess<'de>>(
    mut map: A,
    reason: Reason<'_>,
    depth: usize,
    mut keep: impl FnMut(String, Value),
) -> Result<(), A::Error> {
    let mut seen = HashSet::new();
    while let Some(name) = map.next_key::<String>()? {
        if !seen.insert(name.clone()) {
            return Err(refuse(reason, Malformed::DuplicateName));
        }
        keep(name, map.next_value_seed(Node { reason, depth })?);
    }
    Ok(())
}

/// The object that a body is.
struct Root<'a>(Reason<'a>);

impl<'de> Visitor<'de> for Root<'_> {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        each_member(map, self.0, 1, |name, value| members.push((name, value)))?;
        Ok(Members(members))
    }
}

/// Anything inside.
#[derive(Clone, Copy)]
struct Node<'a> {
    reason: Reason<'a>,
    /// How many containers stand around it.
    depth: usize,
}

impl Node<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAXIMUM_DEPTH {
            return Err(refuse(self.reason, Malformed::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        while list.next_element_seed(inside)?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        each_member(map, inside.reason, inside.depth, |_, _| {})?;
        Ok(Value::Other)
    }
}

#[cfg(test)]
mod tests;
