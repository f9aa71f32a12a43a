//! The places a form may ask to be sent to next: a closed list, so that none of them lies elsewhere.

/// Where a log-in may lead.
const AFTER_LOG_IN: [&str; 3] = ["/profile", "/profile/security", "/profile/delete"];
/// Where the language can be switched, besides.
const OPEN: [&str; 3] = ["/", "/sign-up", "/log-in"];
const SETUP: &str = "/setup/";

/// The page to show after a log-in, when `text` names one.
pub(crate) fn after_log_in(text: &str) -> Option<&'static str> {
    AFTER_LOG_IN.into_iter().find(|place| *place == text)
}

/// Where a visitor logs in who wanted to see `path`.
pub(crate) fn log_in_for(path: &str) -> String {
    match after_log_in(path) {
        Some(place) => format!("/log-in?next={place}"),
        None => "/log-in".to_owned(),
    }
}

/// The page to come back to after the language was switched there.
pub(crate) fn known(text: &str) -> Option<String> {
    let of_the_list = OPEN.into_iter().chain(AFTER_LOG_IN).any(|place| place == text);
    let log_in = AFTER_LOG_IN.into_iter().any(|place| log_in_for(place) == text);
    let setup = text.strip_prefix(SETUP).is_some_and(is_token);
    (of_the_list || log_in || setup).then(|| text.to_owned())
}

fn is_token(text: &str) -> bool {
    let of_a_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=200).contains(&text.len()) && text.chars().all(of_a_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_places_are_known() {
        for good in ["/", "/log-in", "/log-in?next=/profile/security", "/profile", "/setup/aB3-_"] {
            assert_eq!(known(good).as_deref(), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/profile/../log-out",
            "/profile?x",
            "/log-in?next=//evil.example",
            "/setup/",
            "/setup//evil.example",
            "/setup/a%2f",
            "/profile\r\nSet-Cookie: a=b",
            "javascript:alert(1)",
        ] {
            assert_eq!(known(bad), None, "{bad:?}");
            assert_eq!(after_log_in(bad), None, "{bad:?}");
        }
    }
}
