use super::target::{Head, Target};
use crate::admin::events::{self, EventRow};
use crate::admin::query::{address, given};
use crate::form::FormView;
use crate::page::{Answer, Layout};
use crate::trouble::Trouble;
use crate::visit::Visit;
use application::Limit;
use askama::Template;
use domain::audit::{EventCursor, EventKind};
use poem::http::StatusCode;
use std::sync::Arc;

/// How many events are shown at once: the names in all of them are looked up.
const LIMIT: u32 = 25;

#[derive(Template)]
#[template(path = "admin/users/activity.html")]
struct ActivityPage {
    page: Layout,
    head: Head,
    form: FormView,
    kinds: Vec<(&'static str, String)>,
    events: Vec<EventRow>,
    older: Option<String>,
    /// Back to the latest, where the list begins somewhere in the past.
    newest: Option<String>,
}

/// Shows what happened to an account.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let target = Target::find(&visit).await?;
    let here = format!("{}/activity", target.path());
    let kind = crate::audit::kind(&visit.query, |_| true)?;
    let after = given(&visit.query, "cursor").map(|text| EventCursor::parse(text).ok_or(Trouble::Malformed));
    let after = after.transpose()?;
    let limit = Limit::new(LIMIT).unwrap_or_default();
    let audit = &visit.site.services.audit;
    let found = audit.activity_of(&target.actor, target.id(), kind, after, limit).await?;
    let name = kind.map(EventKind::name).unwrap_or_default();
    let link = |cursor: &str| address(&here, &[("kind", name), ("cursor", cursor)]);
    let page = ActivityPage {
        page: visit.layout("user-activity"),
        head: target.head(&visit),
        form: FormView::of(vec![("kind", name.to_owned())]),
        kinds: crate::audit::kinds(visit.words, |_| true),
        events: events::rows(&visit, &found.items).await?,
        older: found.next.map(|next| link(&next.to_string())),
        newest: after.map(|_| link("")),
    };
    visit.page(StatusCode::OK, &page)
}
