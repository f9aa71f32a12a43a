//! What a request body may hold: one table per form, from which it is both read and described.
//!
//! Reading goes in two steps. The table finds what is wrong with the shape (an unknown member, a wrong type); the
//! domain finds what is wrong with the values. Both go into one answer, so that nobody has to mend a form twice.

use crate::json::{Members, Value};
use domain::users::Change;
use domain::violation::FieldViolation;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use std::borrow::Cow;

/// As many characters as the body has room for.
pub const ANY: usize = usize::MAX;

/// What may stand at a member.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A text of so many code points.
    Text {
        /// The fewest that can do.
        minimum: usize,
        /// The most that can do.
        maximum: usize,
    },
    /// An e-mail address of at most so many characters.
    Email(usize),
    /// A secret of so many code points; never shown in an answer.
    Secret {
        /// The fewest that can do.
        minimum: usize,
        /// The most that can do.
        maximum: usize,
    },
    /// One of these texts.
    Choice(fn() -> Vec<&'static str>),
    /// True or false.
    Flag,
    /// A moment (RFC 3339).
    Moment,
    /// An identifier (RFC 9562).
    Id,
    /// A whole number, as a query has it: in digits.
    Number {
        /// The least that can do.
        minimum: u32,
        /// The most that can do.
        maximum: u32,
    },
}

/// A member of a form.
#[derive(Clone, Copy)]
pub struct Member {
    name: &'static str,
    kind: Kind,
    about: &'static str,
    example: Option<&'static str>,
    required: bool,
    nullable: bool,
}

impl Member {
    /// A member that must be there.
    pub const fn required(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, about, example: None, required: true, nullable: false }
    }

    /// A member that may be missing but, where it is there, has a value.
    pub const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { required: false, ..Self::required(name, kind, about) }
    }

    /// The same, where null may stand as well.
    pub const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same, with a value that shows what is meant.
    pub const fn like(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    /// What is wrong with the shape of a value, if anything.
    fn refuse(&self, value: &Value) -> Option<FieldError> {
        let (code, detail) = match (value, self.kind) {
            (Value::Null, _) if self.nullable => return None,
            (Value::Flag(_), Kind::Flag) => return None,
            (_, Kind::Flag) => ("wrong-type", "must be true or false"),
            // The databases disagree on it and no field allows it, so it ends here (PostgreSQL can't store it).
            (Value::Text(text), _) if text.contains('\0') => {
                ("invalid-character", "holds a character that is not allowed here")
            }
            (Value::Text(_), _) => return None,
            _ if self.nullable => ("wrong-type", "must be a text or null"),
            _ => ("wrong-type", "must be a text"),
        };
        Some(FieldError { pointer: format!("/{}", self.name), code, detail: detail.into() })
    }

    fn schema(&self) -> MetaSchema {
        let text = |format, minimum, maximum| MetaSchema {
            format,
            min_length: (minimum > 0).then_some(minimum),
            max_length: (maximum < ANY).then_some(maximum),
            ..MetaSchema::new("string")
        };
        let mut schema = match self.kind {
            Kind::Text { minimum, maximum } => text(None, minimum, maximum),
            Kind::Email(maximum) => text(Some("email"), 0, maximum),
            Kind::Secret { minimum, maximum } => {
                MetaSchema { write_only: true, ..text(Some("password"), minimum, maximum) }
            }
            Kind::Choice(names) => {
                let null = self.nullable.then_some(serde_json::Value::Null);
                let enum_items = names().into_iter().map(Into::into).chain(null).collect();
                MetaSchema { enum_items, ..MetaSchema::new("string") }
            }
            Kind::Flag => MetaSchema::new("boolean"),
            Kind::Moment => text(Some("date-time"), 0, ANY),
            Kind::Id => text(Some("uuid"), 0, ANY),
            Kind::Number { minimum, maximum } => MetaSchema {
                minimum: Some(minimum.into()),
                maximum: Some(maximum.into()),
                ..MetaSchema::new("integer")
            },
        };
        schema.nullable = self.nullable;
        schema.description = Some(self.about);
        schema.example = self.example.map(Into::into);
        schema
    }
}

/// A form: its name and description in the API document, and its members.
pub trait Form: Send + Sync + 'static {
    /// What the document calls it.
    const NAME: &'static str;
    /// What it is, in a sentence.
    const ABOUT: &'static str;
    /// Its members.
    const MEMBERS: &'static [Member];
    /// The media types it may come as.
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];
}

/// The form as the API document describes it.
pub fn schema<F: Form>() -> MetaSchema {
    MetaSchema {
        description: Some(F::ABOUT),
        required: F::MEMBERS.iter().filter(|member| member.required).map(|member| member.name).collect(),
        properties: F::MEMBERS
            .iter()
            .map(|member| (member.name, MetaSchemaRef::Inline(Box::new(member.schema()))))
            .collect(),
        ..MetaSchema::new("object")
    }
}

/// What is wrong with one member: where (RFC 6901), which rule, and the rule in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON pointer to the member.
    pub pointer: String,
    /// The stable name of the rule.
    pub code: &'static str,
    /// The rule for a person; follows on the name of the member.
    pub detail: Cow<'static, str>,
}

impl From<&FieldViolation> for FieldError {
    fn from(broken: &FieldViolation) -> Self {
        Self {
            pointer: format!("/{}", broken.field),
            code: broken.violation.code(),
            detail: broken.violation.to_string().into(),
        }
    }
}

/// How many unknown members one answer names, so that a small request never gets a large answer.
const MOST_UNKNOWN: usize = 20;

/// The most characters of an unknown name that are repeated in an answer.
const LONGEST_NAME: usize = 64;

/// A member that the form does not know. Its name is the only thing that an answer ever repeats, and only where
/// it looks like one.
fn unknown(name: &str) -> FieldError {
    let tame = name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    let pointer =
        if tame { format!("/{}", name.replace('~', "~0").replace('/', "~1")) } else { String::new() };
    FieldError { pointer, code: "unknown-member", detail: "is not known here".into() }
}

/// The members of a form whose shape is right, for those who make a draft of them.
pub struct Fields<'a> {
    members: &'a Members,
    refused: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|_| !self.refused.contains(&name))
    }

    /// The text at a name, if there is one.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        match self.value(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// What a patch says about the text at a name (RFC 7396).
    pub fn change(&self, name: &str) -> Change<&'a str> {
        match self.value(name) {
            Some(Value::Text(text)) => Change::Set(text),
            Some(Value::Null) => Change::Clear,
            _ => Change::Keep,
        }
    }

    /// What a patch says about the flag at a name.
    pub fn flag(&self, name: &str) -> Change<bool> {
        match self.value(name) {
            Some(Value::Flag(flag)) => Change::Set(*flag),
            Some(Value::Null) => Change::Clear,
            _ => Change::Keep,
        }
    }
}

/// Reads a form: the shape by its table, the values by `parse`. Answers with all that is wrong with either.
pub fn read<F: Form, T>(
    members: &Members,
    parse: impl FnOnce(&Fields<'_>) -> Result<T, Vec<FieldViolation>>,
) -> Result<T, Vec<FieldError>> {
    let mut fields = Fields { members, refused: Vec::new() };
    let mut wrong = Vec::new();
    let mut strangers = 0;
    for (name, value) in members.iter() {
        if let Some(member) = F::MEMBERS.iter().find(|member| member.name == name) {
            if let Some(error) = member.refuse(value) {
                fields.refused.push(member.name);
                wrong.push(error);
            }
        } else {
            strangers += 1;
            wrong.extend((strangers <= MOST_UNKNOWN).then(|| unknown(name)));
        }
    }
    let parsed = parse(&fields);
    // The domain never saw a member of the wrong shape; that it finds it missing is no second mistake.
    let broken = parsed.as_ref().err().into_iter().flatten();
    wrong.extend(broken.filter(|broken| !fields.refused.contains(&broken.field)).map(FieldError::from));
    match parsed {
        Ok(value) if wrong.is_empty() => Ok(value),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests;
