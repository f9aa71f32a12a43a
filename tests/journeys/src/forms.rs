//! The forms of the pages, filled in without a browser.

use crate::{Answer, Client, Outcome};

/// The hidden fields of the first form on a page that posts to `action`; a form without one posts to its own page.
#[must_use]
pub fn hidden_fields(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page
        .split("<form")
        .skip(1)
        .find(|form| {
            let tag = form.split('>').next().unwrap_or_default();
            tag.contains("post") && attribute(tag, "action").is_none_or(|target| target == action)
        })
        .and_then(|form| form.split("</form>").next())
        .unwrap_or_default();
    form.split("<input")
        .skip(1)
        .filter_map(|input| input.split('>').next())
        .filter(|input| input.contains("type=\"hidden\""))
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
        .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    Some(value.to_owned())
}

/// Opens a page, fills its form in and sends it.
pub async fn submit(client: &Client, path: &str, fields: &[(&str, &str)]) -> Outcome<Answer> {
    let page = client.get(path).await?.expect(200)?.text();
    let hidden = hidden_fields(&page, path);
    let mut all: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    all.extend_from_slice(fields);
    client.form(path, &all).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hidden_fields_of_the_right_form_are_read() {
        let page = r#"<form method="post" action="/a"><input type="hidden" name="x" value="1"></form>
            <form method="post" action="/b"><input name="y" type="hidden" value="2"><input name="z" value="3"></form>"#;
        assert_eq!(hidden_fields(page, "/b"), [("y".to_owned(), "2".to_owned())]);
        let page = r#"<form method="post"><input type="hidden" name="z" value="3"></form>"#;
        assert_eq!(hidden_fields(page, "/c"), [("z".to_owned(), "3".to_owned())]);
    }
}
