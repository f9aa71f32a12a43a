use super::layers::{Entry, Place, Raw};
use super::problem::Problem;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a configuration file into its settings, each with its line. All faults of its form are told at once.
pub(super) fn parse(text: &str, path: &Path) -> Result<Vec<Entry>, Vec<Problem>> {
    let text = text.trim_start_matches('\u{feff}');
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let mut entries = Vec::new();
        flatten(table.get_ref(), "", &|offset| place(text, path, offset), &mut entries);
        return Ok(entries);
    }
    let problem = |error: &toml::de::Error| Problem {
        subject: "TOML".to_owned(),
        place: Some(place(text, path, error.span().map_or(0, |span| span.start))),
        text: format!(
            "{}; write keys as `name = value` below a [section]",
            error.message().replace('\n', ", ")
        ),
    };
    Err(errors.iter().map(problem).collect())
}

fn place(text: &str, path: &Path, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    Place::File { path: path.to_owned(), line: before.matches('\n').count() + 1 }
}

fn flatten(table: &DeTable<'_>, section: &str, place: &impl Fn(usize) -> Place, entries: &mut Vec<Entry>) {
    for (name, value) in table {
        let key = match section {
            "" => name.get_ref().to_string(),
            section => format!("{section}.{}", name.get_ref()),
        };
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => flatten(inner, &key, place, entries),
            _ => entries.push(Entry { key, raw: raw(value), place: place(name.span().start) }),
        }
    }
}

fn raw(value: &Spanned<DeValue<'_>>) -> Raw {
    match value.get_ref() {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => integer(number.as_str(), number.radix()),
        DeValue::Boolean(yes) => Raw::Boolean(*yes),
        DeValue::Array(items) => {
            let texts = items.iter().map(|item| item.get_ref().as_str().map(ToOwned::to_owned));
            texts
                .collect::<Option<Vec<_>>>()
                .map_or(Raw::Other("a list of something else than texts"), Raw::List)
        }
        DeValue::Float(_) => Raw::Other("a fraction"),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Table(_) => Raw::Section,
    }
}

fn integer(digits: &str, radix: u32) -> Raw {
    match i128::from_str_radix(digits, radix) {
        Ok(number) => Raw::Integer(number.to_string()),
        Err(_) => Raw::Other("a number beyond all bounds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(String, Raw, String)> {
        let entries = parse(text, Path::new("config.toml")).unwrap();
        entries.into_iter().map(|e| (e.key, e.raw, e.place.to_string())).collect()
    }

    #[test]
    fn every_setting_comes_with_its_line() {
        let mut read = entries("[server]\nlisten = \"x\"\n\nmax_connections = 1_000\n[log]\n");
        read.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(
            read,
            [
                ("log".to_owned(), Raw::Section, "config.toml, line 5".to_owned()),
                ("server.listen".to_owned(), Raw::Text("x".to_owned()), "config.toml, line 2".to_owned()),
                (
                    "server.max_connections".to_owned(),
                    Raw::Integer("1000".to_owned()),
                    "config.toml, line 4".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn every_fault_of_form_is_told_with_its_line() {
        let problems = parse("[server]\nlisten = \nmax = = 2\n", Path::new("c.toml")).unwrap_err();
        let told = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(told.contains("c.toml, line 2") && told.contains("c.toml, line 3"), "{told}");
    }
}
