use super::layers::{Entry, Layers, PREFIX, Place, Raw, sections, variable_of};
use super::problem::{Problem, Problems};
use super::report::Report;
use super::values::Shown;

/// Turns what the layers say into values, and notes every fault on the way.
///
/// A key that is read is a known key; a value that could not be read is `None`, and why has been noted.
#[derive(Debug)]
pub(super) struct Reader {
    layers: Layers,
    known: Vec<&'static str>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    report: Report,
}

impl Reader {
    pub(super) fn new(layers: Layers, problems: Vec<Problem>) -> Self {
        Self { layers, known: Vec::new(), problems, warnings: Vec::new(), report: Report::default() }
    }

    /// What the highest layer says of a key.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Entry> {
        self.known.push(key);
        self.layers.take(key)
    }

    /// A key with a default, which is read as if it had been written.
    pub(super) fn value<T: Shown>(
        &mut self,
        key: &'static str,
        default: &str,
        parse: impl Fn(&Raw) -> Result<T, String>,
    ) -> Option<T> {
        self.derived(key, default, "", parse)
    }

    /// A key whose default follows from something else.
    pub(super) fn derived<T: Shown>(
        &mut self,
        key: &'static str,
        default: &str,
        why: &'static str,
        parse: impl Fn(&Raw) -> Result<T, String>,
    ) -> Option<T> {
        let entry = self.entry(key, default, why);
        self.parse(key, &entry, parse)
    }

    /// What the highest layer says of a key, and that is the default where no other one does.
    pub(super) fn entry(&mut self, key: &'static str, default: &str, why: &'static str) -> Entry {
        self.take(key).unwrap_or_else(|| Entry {
            key: key.to_owned(),
            raw: Raw::Plain(default.to_owned()),
            place: Place::Default(why),
        })
    }

    /// A key without a default. The outer `None` says that it was there and could not be read.
    #[allow(clippy::option_option, reason = "absent and refused are two answers")]
    pub(super) fn optional<T: Shown>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&Raw) -> Result<T, String>,
    ) -> Option<Option<T>> {
        match self.take(key) {
            None => Some(None),
            Some(entry) => self.parse(key, &entry, parse).map(Some),
        }
    }

    /// Reads one setting.
    pub(super) fn parse<T: Shown>(
        &mut self,
        key: &'static str,
        entry: &Entry,
        parse: impl Fn(&Raw) -> Result<T, String>,
    ) -> Option<T> {
        match parse(&entry.raw) {
            Ok(value) => {
                self.report.add(key, value.shown(), entry.place.clone());
                Some(value)
            }
            Err(text) => {
                self.refuse(key, Some(entry.place.clone()), text);
                None
            }
        }
    }

    /// Notes a fault.
    pub(super) fn refuse(
        &mut self,
        subject: impl Into<String>,
        place: Option<Place>,
        text: impl Into<String>,
    ) {
        self.problems.push(Problem { subject: subject.into(), place, text: text.into() });
    }

    /// Notes what is allowed and yet worth a second thought.
    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }

    /// Adds a line to the report.
    pub(super) fn tell(&mut self, key: &'static str, value: String, place: Place) {
        self.report.add(key, value, place);
    }

    /// Where a key that was read stood.
    pub(super) fn place_of(&self, key: &str) -> Option<Place> {
        self.report.place_of(key)
    }

    /// Gives out what was read, unless anything at all was wrong.
    pub(super) fn finish<T>(mut self, read: Option<T>) -> Result<(T, Report, Vec<String>), Problems> {
        for entry in self.layers.rest() {
            let known_section = entry.raw == Raw::Section && sections(&self.known).contains(&*entry.key);
            if !known_section {
                self.problems.push(unknown(&entry, &self.known));
            }
        }
        match read {
            Some(read) if self.problems.is_empty() => Ok((read, self.report, self.warnings)),
            _ => Err(Problems(self.problems)),
        }
    }
}

fn unknown(entry: &Entry, known: &[&'static str]) -> Problem {
    let place = Some(entry.place.clone());
    if let Place::DotEnv { name, .. } | Place::Variable(name) = &entry.place
        && name.starts_with(PREFIX)
    {
        let nearest = nearest(&entry.key, known).map(variable_of).unwrap_or_default();
        let text = format!("there is no such setting; the nearest one is {nearest}");
        return Problem { subject: name.clone(), place, text };
    }
    let text = if sections(known).contains(&*entry.key) {
        format!("is a section: write [{}] and its keys on the lines below", entry.key)
    } else {
        format!("there is no such key; the nearest one is {}", nearest(&entry.key, known).unwrap_or_default())
    };
    Problem { subject: entry.key.clone(), place, text }
}

/// The known key that was most likely meant: by its whole name, or by what stands behind its section.
fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |candidate: &str| {
        let whole =
            strsim::normalized_damerau_levenshtein(&key.replace('_', "."), &candidate.replace('_', "."));
        let end = strsim::normalized_damerau_levenshtein(last(key), last(candidate));
        (whole.max(end * 0.9), whole)
    };
    known.iter().copied().max_by(|a, b| {
        let (a, b) = (likeness(a), likeness(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    })
}

fn last(key: &str) -> &str {
    key.rsplit_once('.').map_or(key, |(_, last)| last)
}
