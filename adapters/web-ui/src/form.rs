//! Forms: how they are read, and how they come back when something in them is wrong.

use crate::fields::Fields;
use crate::page::Answer;
use crate::trouble::{Trouble, annotate, status};
use crate::visit::Visit;
use crate::words::Words;
use application::fault::Fault;
use askama::Template;
use domain::users::Password;
use domain::violation::{FieldViolation, Violation, Violations};
use poem::Body;
use poem::error::ReadBodyError;
use poem::http::{HeaderMap, header};

/// No form of ours is longer, in bytes.
const LONGEST: usize = 64 * 1024;
const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Reads a form, in bounds. One that announces itself as too long is not read at all.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Fields, Trouble> {
    if !is_form(headers) {
        return Err(Trouble::NotAForm);
    }
    if announced(headers).is_some_and(|length| length > LONGEST as u64) {
        return Err(Trouble::TooLarge);
    }
    match body.into_bytes_limit(LONGEST).await {
        Ok(bytes) => Ok(Fields::parse(&bytes)?),
        Err(ReadBodyError::PayloadTooLarge) => Err(Trouble::TooLarge),
        Err(_) => Err(Trouble::Malformed),
    }
}

/// How many bytes the body is said to have.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the body is a form in UTF-8, not packed in any way.
fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(MEDIA_TYPE));
    let in_utf8 = parts.all(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    named && in_utf8 && !headers.contains_key(header::CONTENT_ENCODING)
}

/// The values of a field to choose from, and what they are called.
pub(crate) type Options = Vec<(&'static str, String)>;

/// What a form keeps when it comes back, and where a refusal belongs.
pub(crate) struct Sheet {
    /// The fields that are shown again as they were typed. A password is never among them.
    pub(crate) kept: &'static [&'static str],
    /// The field that a wrong password was typed into.
    pub(crate) password: &'static str,
}

/// One mistake, beside its field.
pub(crate) struct Mistake {
    pub(crate) field: &'static str,
    pub(crate) label: String,
    pub(crate) text: String,
}

/// A form as it is shown.
#[derive(Default)]
pub(crate) struct FormView {
    values: Vec<(&'static str, String)>,
    pub(crate) mistakes: Vec<Mistake>,
    /// What went wrong with the form as a whole.
    pub(crate) alert: Option<String>,
}

impl FormView {
    /// A form that nobody has sent yet, with these values in it.
    pub(crate) fn of(values: Vec<(&'static str, String)>) -> Self {
        Self { values, ..Self::default() }
    }

    /// A form that was sent and comes back.
    fn refused(sheet: &Sheet, words: Words, sent: &Fields, fault: &Fault) -> Self {
        let kept = |name: &&'static str| Some((*name, sent.get(name)?.to_owned()));
        let values = sheet.kept.iter().filter_map(kept).collect();
        let mut mistakes: Vec<Mistake> = fault
            .violations
            .iter()
            .map(|wrong| mistake(words, wrong.field, words.violation(wrong.violation)))
            .collect();
        let place = match fault.code {
            "username-taken" => Some("username"),
            "email-taken" => Some("email"),
            "wrong-password" | "password-needed" => Some(sheet.password),
            _ => None,
        };
        mistakes.extend(place.map(|field| mistake(words, field, words.fault(fault))));
        let alert = mistakes.is_empty().then(|| words.fault(fault));
        Self { values, mistakes, alert }
    }

    /// What stands in a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// What is wrong with a field; empty when nothing is.
    pub(crate) fn error(&self, name: &str) -> &str {
        self.mistakes.iter().find(|wrong| wrong.field == name).map_or("", |wrong| &wrong.text)
    }

    /// Whether it comes back.
    pub(crate) fn is_refused(&self) -> bool {
        self.alert.is_some() || !self.mistakes.is_empty()
    }
}

fn mistake(words: Words, field: &'static str, text: String) -> Mistake {
    Mistake { field, label: words.say(&format!("label-{}", field.replace('_', "-"))), text }
}

/// A form that comes back, and why.
pub(crate) struct Returned {
    pub(crate) form: FormView,
    pub(crate) fault: Fault,
}

impl Visit {
    /// Sends a form back with what is wrong with it. Whoever is no longer logged in gets to the log-in instead.
    pub(crate) fn refuse(&self, sheet: &Sheet, sent: &Fields, fault: Fault) -> Result<Returned, Trouble> {
        if fault.code == "unauthenticated" {
            return Err(Trouble::Fault(fault));
        }
        let form = FormView::refused(sheet, self.words, sent, &fault);
        Ok(Returned { form, fault })
    }

    /// The page with a form that comes back, under the status of what is wrong.
    pub(crate) fn send_back(&self, fault: &Fault, template: &impl Template) -> Answer {
        let mut response = self.page(status(fault.kind), template)?;
        annotate(&mut response, self, fault);
        Ok(response)
    }
}

/// The password of a form that asks for nothing else.
pub(crate) fn password(sent: &Fields) -> Result<Password, Vec<FieldViolation>> {
    let mut wrong = Violations::new();
    let password = wrong.required("password", sent.get("password"), Password::parse);
    wrong.finish(password)
}

/// A form with a new password, if it was typed twice alike; else everything that is wrong with it and that.
pub(crate) fn typed_twice<T>(
    form: Result<T, Vec<FieldViolation>>,
    password: Option<&str>,
    repeat: Option<&str>,
) -> Result<T, Vec<FieldViolation>> {
    if password.unwrap_or_default() == repeat.unwrap_or_default() {
        return form;
    }
    let mut wrong = form.err().unwrap_or_default();
    wrong.push(FieldViolation { field: "password_repeat", violation: Violation::Mismatch });
    Err(wrong)
}
