//! The places a form may ask to be sent to next: a closed list, so that none of them lies elsewhere.

/// Where a log-in may lead.
const AFTER_LOG_IN: [&str; 11] = [
    "/profile",
    "/profile/security",
    "/profile/activity",
    "/profile/export",
    "/profile/delete",
    "/admin",
    "/admin/users",
    "/admin/users/new",
    "/admin/audit",
    "/admin/keys",
    "/admin/keys/revoke",
];
/// The pages of one user: this, the user's identifier, and one of the others.
const USERS: &str = "/admin/users/";
const OF_A_USER: [&str; 6] = ["", "/activity", "/edit", "/role", "/suspend", "/delete"];
/// Where the language can be switched, besides.
const OPEN: [&str; 3] = ["/", "/sign-up", "/log-in"];
/// The pages that a secret opens.
const SECRETS: [&str; 2] = ["/setup/", "/set-password/"];
const LOG_IN: &str = "/log-in?next=";

/// The page to show after a log-in, when `text` names one.
pub(crate) fn after_log_in(text: &str) -> Option<String> {
    let of_a_user = text.strip_prefix(USERS).is_some_and(is_of_a_user);
    (of_a_user || AFTER_LOG_IN.contains(&text)).then(|| text.to_owned())
}

/// Where a visitor logs in who wanted to see `path`.
pub(crate) fn log_in_for(path: &str) -> String {
    match after_log_in(path) {
        Some(place) => format!("{LOG_IN}{place}"),
        None => "/log-in".to_owned(),
    }
}

/// The page to come back to after something small was done there, such as switching the language.
pub(crate) fn known(text: &str) -> Option<String> {
    let log_in = text.strip_prefix(LOG_IN).and_then(after_log_in).is_some();
    let secret = SECRETS.into_iter().any(|prefix| text.strip_prefix(prefix).is_some_and(is_token));
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let of_a_member = after_log_in(path).is_some() && query.chars().all(of_a_query);
    (of_a_member || log_in || secret || OPEN.contains(&text)).then(|| text.to_owned())
}

fn is_token(text: &str) -> bool {
    let of_a_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=200).contains(&text.len()) && text.chars().all(of_a_token)
}

fn is_of_a_user(text: &str) -> bool {
    let of_an_id = |c: char| c.is_ascii_hexdigit() || c == '-';
    text.split_at_checked(36).is_some_and(|(id, page)| id.chars().all(of_an_id) && OF_A_USER.contains(&page))
}

/// What the forms and links of our own pages put into a query (RFC 3986, section 3.4).
fn of_a_query(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '%' | '+' | '=' | '&' | ':' | '@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_places_are_known() {
        for good in [
            "/",
            "/log-in",
            "/log-in?next=/profile/security",
            "/profile",
            "/profile/activity?cursor=1.2-3",
            "/admin/users?search=ann%40example.com&role=",
            "/admin/users/01997aa4-3f00-7000-8000-0000000000aa",
            "/admin/users/01997aa4-3f00-7000-8000-0000000000aa/edit",
            "/setup/aB3-_",
            "/set-password/aB3-_",
        ] {
            assert_eq!(known(good).as_deref(), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/profile/../log-out",
            "/profile?x=//evil.example",
            "/?x",
            "/admin/users/..",
            "/admin/users/01997aa4-3f00-7000-8000-0000000000aa/..",
            "/admin/users/01997aa4-3f00-7000-8000-0000000000aa/reinstate",
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
