use crate::page::{Answer, Layout};
use crate::visit::Visit;
use crate::words::Moment;
use application::users::IssuedPasswordLink;
use askama::Template;
use poem::http::StatusCode;

#[derive(Template)]
#[template(path = "admin/users/link.html")]
struct LinkPage {
    page: Layout,
    username: String,
    path: String,
    address: String,
    end: Moment,
    /// Whether the account has just been made.
    fresh: bool,
}

/// Shows a link by which somebody sets their password: here and never again, since only its digest is kept.
pub(super) fn show(visit: &Visit, whose: (String, String), link: &IssuedPasswordLink, fresh: bool) -> Answer {
    let (username, path) = whose;
    let address = format!("{}/set-password/{}", visit.site.address.origin(), link.secret.expose());
    let end = visit.words.moment(link.expires_at);
    let page = if fresh { visit.layout_once("link-title-fresh") } else { visit.layout_once("link-title") };
    visit.page(StatusCode::OK, &LinkPage { page, username, path, address, end, fresh })
}
