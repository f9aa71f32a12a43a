//! The sentences of the pages, in the reader's language.
//!
//! Every text stands in `locales/<language>/<room>.ftl` under a stable key; templates and faults know only keys.
//! The tests hold the languages to the same set of keys.

use application::fault::{Fault, FaultKind};
use domain::Timestamp;
use domain::access::Reason;
use domain::audit::EventKind;
use domain::users::Locale;
use domain::violation::Violation;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::sync::LazyLock;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use unic_langid::LanguageIdentifier;

macro_rules! texts {
    ($language:literal) => {
        [
            include_str!(concat!("../locales/", $language, "/layout.ftl")),
            include_str!(concat!("../locales/", $language, "/home.ftl")),
            include_str!(concat!("../locales/", $language, "/users.ftl")),
            include_str!(concat!("../locales/", $language, "/sessions.ftl")),
            include_str!(concat!("../locales/", $language, "/audit.ftl")),
            include_str!(concat!("../locales/", $language, "/admin.ftl")),
            include_str!(concat!("../locales/", $language, "/faults.ftl")),
        ]
    };
}

/// The texts of a language, as they were written.
pub(crate) const fn texts(locale: Locale) -> [&'static str; 7] {
    match locale {
        Locale::En => texts!("en"),
        Locale::Fr => texts!("fr"),
    }
}

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::En));
static FRENCH: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::Fr));

fn bundle(locale: Locale) -> Bundle {
    let language: LanguageIdentifier = locale.name().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // The marks of direction that Fluent puts around values are for texts of mixed direction; we have none.
    bundle.set_use_isolating(false);
    for text in texts(locale) {
        // What can't be parsed is left out and what comes twice stays as it was first; the tests allow neither.
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource);
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(?errors, "the texts of a language are not sound");
        }
    }
    bundle
}

/// Speaks one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) Locale);

impl Words {
    /// The sentence under a key; the key itself when there is none.
    pub(crate) fn say(self, key: &str) -> String {
        self.format(key, None).unwrap_or_else(|| key.to_owned())
    }

    /// The sentence under a key, with one value in it.
    pub(crate) fn say_with<'v>(
        self,
        key: &str,
        name: &'static str,
        value: impl Into<FluentValue<'v>>,
    ) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value);
        self.format(key, Some(&args)).unwrap_or_else(|| key.to_owned())
    }

    /// The sentence under a key, with several values in it.
    pub(crate) fn tell(self, key: &str, values: &[(&'static str, &str)]) -> String {
        let args = values.iter().map(|(name, value)| (*name, FluentValue::from(*value))).collect();
        self.format(key, Some(&args)).unwrap_or_else(|| key.to_owned())
    }

    /// What an event is called.
    pub(crate) fn event(self, kind: EventKind) -> String {
        self.say(&format!("event-{}", kind.name().replace('_', "-")))
    }

    /// Why somebody was refused.
    pub(crate) fn reason(self, reason: Reason) -> String {
        self.say(&format!("reason-{}", reason.code()))
    }

    /// What a broken rule is called.
    pub(crate) fn violation(self, violation: Violation) -> String {
        let key = format!("violation-{}", violation.code());
        self.say_with(&key, "limit", violation.limit().unwrap_or_default())
    }

    /// What a fault is called. One that has no words of its own is told by its kind, never in its own English.
    pub(crate) fn fault(self, fault: &Fault) -> String {
        let wait = match fault.kind {
            FaultKind::TooMany { retry_after } | FaultKind::Unavailable { retry_after } => retry_after,
            _ => Duration::ZERO,
        };
        let mut args = FluentArgs::new();
        args.set("wait", self.span(wait));
        self.format(&format!("fault-{}", fault.code), Some(&args))
            .unwrap_or_else(|| self.say(kind_key(fault.kind)))
    }

    /// A span as a person would say it.
    fn span(self, span: Duration) -> String {
        let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
        if seconds < 120 {
            self.say_with("span-seconds", "count", seconds)
        } else {
            self.say_with("span-minutes", "count", seconds.div_ceil(60))
        }
    }

    /// A moment as people and as programs read it.
    pub(crate) fn moment(self, moment: Timestamp) -> Moment {
        let utc = utc(moment);
        let time = format!("{:02}:{:02}", utc.hour(), utc.minute());
        let text = self.tell("moment", &[("day", &self.day(moment)), ("time", &time)]);
        Moment { text, stamp: utc.format(&Rfc3339).unwrap_or_default() }
    }

    /// The day of a moment, in UTC.
    pub(crate) fn day(self, moment: Timestamp) -> String {
        let date = utc(moment).date();
        let mut args = FluentArgs::new();
        args.set("day", date.day());
        args.set("month", u8::from(date.month()));
        args.set("year", date.year());
        self.format("day", Some(&args)).unwrap_or_else(|| date.to_string())
    }

    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let bundle = match self.0 {
            Locale::En => &*ENGLISH,
            Locale::Fr => &*FRENCH,
        };
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, args, &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "a sentence lacks a value");
        }
        Some(text)
    }
}

/// A moment on a page, in UTC.
#[derive(Clone)]
pub(crate) struct Moment {
    /// In the reader's language.
    pub(crate) text: String,
    /// To the second, for programs (RFC 3339).
    pub(crate) stamp: String,
}

fn utc(moment: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(moment.as_seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The sentence for a fault that has none of its own.
pub(crate) const fn kind_key(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Invalid => "fault-invalid-input",
        FaultKind::Unauthenticated => "fault-unauthenticated",
        FaultKind::Forbidden => "fault-insufficient-scope",
        FaultKind::Missing => "fault-not-found",
        FaultKind::Conflict => "fault-conflict",
        FaultKind::TooMany { .. } => "fault-too-many-attempts",
        FaultKind::Unavailable { .. } => "fault-unavailable",
        FaultKind::Internal => "fault-internal",
    }
}

/// The language a browser asks for (RFC 9110, section 12.5.4), as far as we speak it.
pub(crate) fn accepted(header: &str) -> Option<Locale> {
    let mut best: Option<(Locale, f32)> = None;
    for range in header.split(',').take(20) {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let language = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        if let Ok(locale) = Locale::parse(&language)
            && quality > best.map_or(0.0, |(_, quality)| quality)
        {
            best = Some((locale, quality));
        }
    }
    best.map(|(locale, _)| locale)
}

#[cfg(test)]
mod tests;
