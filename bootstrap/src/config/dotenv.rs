use super::layers::Place;
use super::problem::Problem;

/// A line of `.env` that sets something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub name: String,
    pub value: String,
    pub line: usize,
}

/// Reads `NAME=value` lines: `#` begins a comment, `export ` may stand before a name, quotes of either kind around a
/// value are not part of it. Nothing is expanded: a `$` in a password is a `$`.
pub(super) fn parse(text: &str) -> (Vec<Assignment>, Vec<Problem>) {
    let (mut assignments, mut problems) = (Vec::new(), Vec::new());
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = index + 1;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let parsed = line.split_once('=').map(|(name, value)| (name.trim(), unquoted(value.trim())));
        match parsed {
            Some((name, Some(value))) if is_name(name) => {
                assignments.push(Assignment { name: name.to_owned(), value, line: number });
            }
            _ => problems.push(Problem {
                subject: ".env".to_owned(),
                place: Some(Place::DotEnv { name: "a line".to_owned(), line: number }),
                text:
                    "can't be understood; write NAME=value, with quotes around a value that holds # or spaces"
                        .to_owned(),
            }),
        }
    }
    (assignments, problems)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The value without its quotes, or without the comment behind it; `None` when a quote is not closed.
fn unquoted(value: &str) -> Option<String> {
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let (inside, behind) = value[1..].split_once(quote)?;
            let behind = behind.trim_start();
            (behind.is_empty() || behind.starts_with('#')).then(|| inside.to_owned())
        }
        _ => Some(value.split_once(" #").map_or(value, |(value, _)| value).trim_end().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(line: &str) -> Option<String> {
        parse(line).0.pop().map(|assignment| assignment.value)
    }

    #[test]
    fn a_value_is_read_with_and_without_quotes_export_and_comment() {
        assert_eq!(value_of("A=b").as_deref(), Some("b"));
        assert_eq!(value_of("export A = b # why").as_deref(), Some("b"));
        assert_eq!(value_of("A='b # c' # why").as_deref(), Some("b # c"));
        assert_eq!(value_of("A=\"$x\"").as_deref(), Some("$x"));
        assert_eq!(value_of("A=b#c").as_deref(), Some("b#c"));
        assert_eq!(value_of("A=").as_deref(), Some(""));
    }

    #[test]
    fn what_is_no_assignment_is_told_with_its_line_and_without_its_text() {
        let (assignments, problems) = parse("A=b\n\n# c\nhunter2\nB='x\n1C=d\n");
        assert_eq!(assignments.len(), 1);
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 3);
        assert!(told[0].contains("line 4") && !told[0].contains("hunter2"), "{told:?}");
        assert!(told[1].contains("line 5") && told[2].contains("line 6"), "{told:?}");
    }
}
