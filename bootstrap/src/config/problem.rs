use super::layers::Place;
use std::fmt;

/// One fault of the configuration: where, what, and what would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, or the file that can't be read.
    pub subject: String,
    /// Where it stood; `None` for what stands nowhere.
    pub place: Option<Place>,
    /// What is wrong and what would do. Never holds a secret.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(Place::Variable(name)) if *name == self.subject => {
                write!(f, "{name} (in the environment): {}", self.text)
            }
            Some(Place::DotEnv { name, line }) if *name == self.subject => {
                write!(f, "{name} (.env, line {line}): {}", self.text)
            }
            Some(place) => write!(f, "{} ({place}): {}", self.subject, self.text),
            None => write!(f, "{}: {}", self.subject, self.text),
        }
    }
}

/// Everything that is wrong with the configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a fault; nothing was opened or changed")?,
            many => write!(f, "the configuration has {many} faults; nothing was opened or changed")?,
        }
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}
