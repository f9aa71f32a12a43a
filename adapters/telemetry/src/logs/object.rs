use super::is_for_machines;
use crate::trouble::chain;
use std::error::Error;
use std::fmt::{self, Debug, Display, Write};
use time::OffsetDateTime;
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Room for a line of the usual length.
const USUAL: usize = 512;

/// A line for programs: one object, with what the spans around it say.
///
/// The library's own has only the innermost span, as an object within; whoever looks for all lines of a request would
/// have to know on which of them that was the request. And it goes through a serializer with each value, which costs a
/// request more than everything else that is told of it; here values are written where they stay.
pub(super) struct Line;

impl<S> FormatEvent<S, Object> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Object>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::with_capacity(USUAL);
        line.push_str("{\"timestamp\":\"");
        write_moment(&mut line, OffsetDateTime::now_utc());
        let about = event.metadata();
        line.extend(["\",\"level\":\"", about.level().as_str(), "\""]);
        let mut members = Members::behind(line);
        event.record(&mut members);
        let Members { text: mut line, target, .. } = members;
        line.push_str(",\"target\":");
        write_text(&mut line, target.as_deref().unwrap_or(about.target()));
        for span in context.event_scope().into_iter().flatten() {
            let extensions = span.extensions();
            let Some(fields) = extensions.get::<FormattedFields<Object>>() else { continue };
            for member in fields.fields.lines() {
                // In a value the quotes would be escaped, so this finds members alone: the inner ones come first.
                if !line.contains(name_of(member)) {
                    line.extend([",", member]);
                }
            }
        }
        line.push_str("}\n");
        writer.write_str(&line)
    }
}

/// Fields of a span for programs: a line for each member that they are of an object, without what is for collectors
/// alone. No member has an end of a line within.
pub(super) struct Object;

impl<'writer> FormatFields<'writer> for Object {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        writer.write_str(&Members::of_span(&fields))
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let added = Members::of_span(fields);
        if added.is_empty() {
            return Ok(());
        }
        // What is told anew takes the place of what was told before.
        let is_new = |line: &str| added.lines().any(|added| name_of(added) == name_of(line));
        let kept = current.fields.split_inclusive('\n').filter(|line| !is_new(line)).collect::<String>();
        current.fields = kept + &added;
        Ok(())
    }
}

/// The name of a member as it is written, with its colon. No name has one.
fn name_of(member: &str) -> &str {
    member.split_inclusive("\":").next().unwrap_or_default()
}

/// Members of an object, as they are written.
struct Members {
    text: String,
    /// Whether each has a line of its own, as those of a span do, and not a comma before it.
    are_lines: bool,
    /// What the facade `log` says that its line is about.
    target: Option<String>,
}

impl Members {
    /// Those of a line of the log, behind what it begins with.
    const fn behind(beginning: String) -> Self {
        Self { text: beginning, are_lines: false, target: None }
    }

    /// Those of a span.
    fn of_span(fields: &impl RecordFields) -> String {
        let mut members = Self { text: String::new(), are_lines: true, target: None };
        fields.record(&mut members);
        members.text
    }

    fn add(&mut self, field: &Field, value: impl FnOnce(&mut String)) {
        let name = field.name();
        if self.are_lines && is_for_machines(name) {
            return;
        }
        if !self.are_lines {
            self.text.push(',');
        }
        write_text(&mut self.text, name.strip_prefix("r#").unwrap_or(name));
        self.text.push(':');
        value(&mut self.text);
        if self.are_lines {
            self.text.push('\n');
        }
    }

    fn add_quoted(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        self.add(field, |text| write_quoted(text, value));
    }

    /// What JSON writes as it is displayed.
    fn add_plain(&mut self, field: &Field, value: impl Display) {
        self.add(field, |text| show(text, format_args!("{value}")));
    }
}

impl Visit for Members {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add_quoted(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "log.target" {
            self.target = Some(value.to_owned());
        }
        self.add(field, |text| write_text(text, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add_plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add_plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no other numbers than finite ones.
        if value.is_finite() { self.add_plain(field, value) } else { self.add_plain(field, "null") }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add_plain(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add_quoted(field, format_args!("{}", chain(value)));
    }
}

/// Writes what a value shows of itself, as far as it does: a text takes all of it.
fn show(to: &mut impl Write, value: fmt::Arguments<'_>) {
    let _ = to.write_fmt(value);
}

/// Writes a text as JSON does (RFC 8259, section 7).
fn write_text(line: &mut String, text: &str) {
    line.push('"');
    escape(line, text);
    line.push('"');
}

/// The same with what is still to be put together.
fn write_quoted(line: &mut String, text: fmt::Arguments<'_>) {
    line.push('"');
    show(&mut Escaped(line), text);
    line.push('"');
}

/// Passes text on as it stands between quotes.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text);
        Ok(())
    }
}

fn escape(line: &mut String, text: &str) {
    let is_wild = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Looks at all of a text, many bytes at a time: hardly any holds one of them.
    if !text.bytes().fold(false, |found, byte| found | is_wild(byte)) {
        return line.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_wild) {
        let (before, behind) = rest.split_at(at);
        line.push_str(before);
        // Every one of them is a single byte.
        let (wild, behind) = behind.split_at(1);
        match wild {
            "\n" => line.push_str("\\n"),
            "\r" => line.push_str("\\r"),
            "\t" => line.push_str("\\t"),
            "\"" | "\\" => line.extend(["\\", wild]),
            _ => wild.bytes().for_each(|byte| show(line, format_args!("\\u{byte:04x}"))),
        }
        rest = behind;
    }
    line.push_str(rest);
}

/// Writes a moment of UTC as RFC 3339 does, to the microsecond: what formats any time in any form takes ten times as
/// long for it.
fn write_moment(line: &mut String, at: OffsetDateTime) {
    const DIGITS: &[u8; 10] = b"0123456789";
    let ((hour, minute, second, micro), date) = (at.to_hms_micro(), at.date());
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    for (number, place) in [
        (date.year().unsigned_abs(), 0..4),
        (u8::from(date.month()).into(), 5..7),
        (date.day().into(), 8..10),
        (hour.into(), 11..13),
        (minute.into(), 14..16),
        (second.into(), 17..19),
        (micro, 20..26),
    ] {
        let mut rest = number;
        for digit in text[place].iter_mut().rev() {
            *digit = DIGITS[(rest % 10) as usize];
            rest /= 10;
        }
    }
    line.push_str(str::from_utf8(&text).unwrap_or_default());
}

#[cfg(test)]
mod tests;
