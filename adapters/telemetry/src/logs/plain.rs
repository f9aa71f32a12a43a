use super::is_for_machines;
use crate::trouble::chain;
use std::error::Error;
use std::fmt::{self, Debug, Write};
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FormatFields, FormattedFields};

/// Fields for people: the message, then `name=value`.
///
/// The library's own leaves line ends in what is displayed as it is, so that a value which somebody has sent could
/// begin a line of its own. Here whatever ends a line or steers a terminal is written as `\n` or `\u{1b}`, and a value
/// that could be read as several stands in quotes.
pub(super) struct Plain;

impl<'writer> FormatFields<'writer> for Plain {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut sentence = Sentence { writer, is_empty: true, result: Ok(()) };
        fields.record(&mut sentence);
        sentence.result
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let is_empty = current.fields.is_empty();
        let mut sentence = Sentence { writer: current.as_writer(), is_empty, result: Ok(()) };
        fields.record(&mut sentence);
        sentence.result
    }
}

struct Sentence<'writer> {
    writer: Writer<'writer>,
    is_empty: bool,
    result: fmt::Result,
}

impl Sentence<'_> {
    fn write(&mut self, name: &str, value: fmt::Arguments<'_>) -> fmt::Result {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.writer.write_char(' ')?;
        }
        if name != "message" {
            let name = name.strip_prefix("r#").unwrap_or(name);
            let (slanted, faint, plain) =
                if self.writer.has_ansi_escapes() { ("\x1b[3m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
            write!(self.writer, "{slanted}{name}{plain}{faint}={plain}")?;
        }
        Tame(&mut self.writer).write_fmt(value)
    }

    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.result.is_ok() && !is_for_machines(field.name()) {
            self.result = self.write(field.name(), value);
        }
    }
}

impl Visit for Sentence<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            return self.add(field, format_args!("{value:?}"));
        }
        // What is displayed comes this way too, and looks like what it was made of.
        let text = format!("{value:?}");
        if is_one(&text) {
            self.add(field, format_args!("{text}"));
        } else {
            self.add(field, format_args!("{text:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.add(field, format_args!("{value}"));
        } else {
            self.add(field, format_args!("{value:?}"));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field, format_args!("{:?}", chain(value)));
    }
}

/// Whether a value can't be read as more than one: it is a single word, or stands in quotes already.
fn is_one(text: &str) -> bool {
    let is_divider = |character: char| character.is_whitespace() || "=\"{}".contains(character);
    !text.contains(is_divider) || is_quoted(text)
}

/// Whether a text is a string literal from its first character to its last.
fn is_quoted(text: &str) -> bool {
    let within = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let Some(within) = within else { return false };
    let mut is_escaped = false;
    for character in within.chars() {
        if character == '"' && !is_escaped {
            return false;
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    !is_escaped
}

/// Passes text on, without what could end a line, steer a terminal, or turn the order of what is read.
struct Tame<'a, 'writer>(&'a mut Writer<'writer>);

impl Write for Tame<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((at, wild)) = rest.char_indices().find(|&(_, character)| is_wild(character)) {
            self.0.write_str(&rest[..at])?;
            write!(self.0, "{}", wild.escape_default())?;
            rest = &rest[at + wild.len_utf8()..];
        }
        self.0.write_str(rest)
    }
}

fn is_wild(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
