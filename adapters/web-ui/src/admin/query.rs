//! The questions that an address carries: filters, orders, places in a list.

use crate::fields::Fields;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in a field, without the white space around it; `None` when that is nothing, as in a form that was
/// sent with fields left empty.
pub(super) fn given<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).map(str::trim).filter(|text| !text.is_empty())
}

/// The address of a page of ours with a question; what is empty is left out.
pub(super) fn address(path: &str, question: &[(&str, &str)]) -> String {
    let asked = question.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = asked
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_what_it_was_given_and_nothing_that_is_empty() {
        let asked = [("search", "é&b=\"<"), ("role", ""), ("sort", "-created_at")];
        let address = address("/admin/users", &asked);
        assert_eq!(address, "/admin/users?search=%C3%A9%26b%3D%22%3C&sort=%2Dcreated%5Fat");
        let read = Fields::parse(address.split_once('?').unwrap().1.as_bytes()).unwrap();
        assert_eq!((given(&read, "search"), given(&read, "sort")), (Some("é&b=\"<"), Some("-created_at")));
        assert_eq!(super::address("/admin/users", &[("role", "")]), "/admin/users");
    }

    #[test]
    fn a_field_that_was_left_empty_was_not_given() {
        let read = Fields::parse(b"role=&search=+&kind=+x+").unwrap();
        assert_eq!((given(&read, "role"), given(&read, "search"), given(&read, "none")), (None, None, None));
        assert_eq!(given(&read, "kind"), Some("x"));
    }
}
