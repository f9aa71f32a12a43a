use super::is_for_machines;
use crate::trouble::chain;
use serde_json::{Map, Value};
use std::error::Error;
use std::fmt::{self, Debug};
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// A line for programs: one object, with what the spans around it say.
///
/// The library's own has only the innermost span, as an object within; whoever looks for all lines of a request would
/// have to know on which of them that was the request.
pub(super) struct Line(Format<Json>);

impl Line {
    pub(super) fn new() -> Self {
        Self(Format::default().json().flatten_event(true).with_current_span(false).with_span_list(false))
    }
}

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
        let mut line = String::with_capacity(512);
        self.0.format_event(context, Writer::new(&mut line), event)?;
        line.truncate(line.strip_suffix("}\n").ok_or(fmt::Error)?.len());
        for span in context.event_scope().into_iter().flatten() {
            let extensions = span.extensions();
            let Some(fields) = extensions.get::<FormattedFields<Object>>() else { continue };
            for (name, value) in read(&fields.fields)? {
                // In a value the quotes would be escaped, so this finds members alone: the inner ones come first.
                let member = format!("{}:", Value::from(name));
                if !line.contains(&*member) {
                    line.extend([",", &member, &value.to_string()]);
                }
            }
        }
        writer.write_str(&line)?;
        writer.write_str("}\n")
    }
}

fn read(object: &str) -> Result<Map<String, Value>, fmt::Error> {
    serde_json::from_str(object).map_err(|_| fmt::Error)
}

/// Fields of a span for programs: a JSON object, without what is for collectors alone.
pub(super) struct Object;

impl<'writer> FormatFields<'writer> for Object {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut object = Members::default();
        fields.record(&mut object);
        write!(writer, "{}", Value::Object(object.0))
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let mut added = Members::default();
        fields.record(&mut added);
        if added.0.is_empty() {
            return Ok(());
        }
        let mut members = read(&current.fields)?;
        members.extend(added.0);
        current.fields = Value::Object(members).to_string();
        Ok(())
    }
}

#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn add(&mut self, field: &Field, value: Value) {
        let name = field.name();
        if !is_for_machines(name) {
            self.0.insert(name.strip_prefix("r#").unwrap_or(name).to_owned(), value);
        }
    }
}

impl Visit for Members {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field, chain(value).into());
    }
}
