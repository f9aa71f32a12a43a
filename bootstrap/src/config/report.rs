use super::layers::Place;
use std::fmt;

/// What is in force: each key as TOML, secrets redacted, and where it comes from.
#[derive(Debug, Default)]
pub struct Report(Vec<Line>);

#[derive(Debug)]
struct Line {
    key: &'static str,
    value: String,
    place: Place,
}

impl Report {
    pub(super) fn add(&mut self, key: &'static str, value: String, place: Place) {
        self.0.push(Line { key, value, place });
    }

    /// Every key with its value, secrets redacted.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|line| (line.key, line.value.as_str()))
    }

    pub(super) fn place_of(&self, key: &str) -> Option<Place> {
        self.0.iter().find(|line| line.key == key).map(|line| line.place.clone())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut current = "";
        for line in &self.0 {
            let (section, name) = line.key.split_once('.').unwrap_or(("", line.key));
            if section != current {
                let gap = if current.is_empty() { "" } else { "\n" };
                writeln!(f, "{gap}[{section}]")?;
                current = section;
            }
            let assignment = format!("{name} = {}", line.value);
            writeln!(f, "{assignment:<44} # {}", line.place)?;
        }
        Ok(())
    }
}
