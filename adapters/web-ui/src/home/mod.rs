//! The front door, and the language it is written in.

pub(crate) mod language;

use crate::page::{Answer, Layout};
use crate::users::notices::Notices;
use crate::visit::Visit;
use askama::Template;
use poem::http::StatusCode;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "home/home.html")]
struct HomePage {
    page: Layout,
    greeting: Option<Greeting>,
    notices: Option<Notices>,
}

struct Greeting {
    name: String,
    since: String,
}

/// Says what this is to strangers, and where things are to members.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let greeting = visit.member.as_ref().map(|known| {
        let profile = &known.profile;
        let name = profile.personal.full_name.as_ref().map(|name| name.as_str().to_owned());
        Greeting {
            name: name.unwrap_or_else(|| profile.user.username.to_string()),
            since: visit.words.day(profile.user.created_at),
        }
    });
    let notices = Notices::unseen(&visit).await?;
    visit.page(StatusCode::OK, &HomePage { page: visit.layout("home-title"), greeting, notices })
}
