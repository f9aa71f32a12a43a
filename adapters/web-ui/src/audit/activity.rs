use super::{facts, kind, kinds};
use crate::form::FormView;
use crate::page::{Answer, Layout};
use crate::trouble::Trouble;
use crate::visit::Visit;
use crate::words::{Moment, Words};
use application::Limit;
use askama::Template;
use domain::audit::{ActorRef, Event, EventCursor, EventKind};
use domain::ids::UserId;
use poem::http::StatusCode;
use std::sync::Arc;

/// How many openings of personal data are shown at once: rarely are there any.
const LOOKS: u32 = 10;

#[derive(Template)]
#[template(path = "audit/activity.html")]
struct ActivityPage {
    page: Layout,
    form: FormView,
    kinds: Vec<(&'static str, String)>,
    events: Vec<Row>,
    looks: Vec<Look>,
    /// The links to what is older, where there is more.
    older_events: Option<String>,
    older_looks: Option<String>,
    /// Whether the list begins somewhere in the past.
    later: bool,
}

/// One thing that happened.
struct Row {
    what: String,
    at: Moment,
    by: String,
    address: Option<String>,
    facts: Vec<String>,
}

/// Somebody has looked at the personal data.
struct Look {
    at: Moment,
    role: String,
    /// Not there where it can't be read.
    reason: Option<String>,
}

/// Shows what happened to the account, and who looked at the data in it.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let known = visit.known()?;
    let (audit, words) = (&visit.site.services.audit, visit.words);
    let kind = kind(&visit.query, concerns_people)?;
    let before = cursor(&visit, "cursor")?;
    let limit = Limit::default();
    let events = audit.own_activity(&known.actor, kind, before, limit).await?;
    let opened = Some(EventKind::PersonalDataOpened);
    let limit = Limit::new(LOOKS).unwrap_or_default();
    let looks = audit.own_activity(&known.actor, opened, cursor(&visit, "looks")?, limit).await?;
    let name = kind.map(EventKind::name).unwrap_or_default();
    let own = known.profile.user.id;
    let page = ActivityPage {
        page: visit.layout("activity-title"),
        form: FormView::of(vec![("kind", name.to_owned())]),
        kinds: kinds(words, concerns_people),
        events: events.items.iter().map(|event| Row::of(words, event, own)).collect(),
        looks: looks.items.iter().map(|event| Look::of(words, event)).collect(),
        older_events: events.next.map(|next| format!("/profile/activity?kind={name}&cursor={next}#events")),
        older_looks: looks.next.map(|next| format!("/profile/activity?looks={next}#looks")),
        later: before.is_some(),
    };
    visit.page(StatusCode::OK, &page)
}

/// The place in a list that the query names. What is none was not written by our links.
fn cursor(visit: &Visit, name: &str) -> Result<Option<EventCursor>, Trouble> {
    let text = visit.query.get(name);
    text.map(|text| EventCursor::parse(text).ok_or(Trouble::Malformed)).transpose()
}

/// Whether an event of that kind is about an account; the others are about the installation.
const fn concerns_people(kind: EventKind) -> bool {
    !matches!(
        kind,
        EventKind::AuditExported
            | EventKind::AuditPruned
            | EventKind::SigningKeyCreated
            | EventKind::SigningKeyAdvanced
            | EventKind::SigningKeyRevoked
            | EventKind::SigningKeyRemoved
            | EventKind::RootKeyRotated
            | EventKind::BackupTaken
            | EventKind::BackupRestored
    )
}

impl Row {
    fn of(words: Words, event: &Event, own: UserId) -> Self {
        let by = match event.actor {
            ActorRef::User(id) if id == own => words.say("by-you"),
            ActorRef::User(_) => words.say("by-administrator"),
            ActorRef::System => words.say("by-service"),
            ActorRef::Visitor => words.say("by-visitor"),
        };
        Self {
            what: words.event(event.kind),
            at: words.moment(event.at),
            by,
            address: event.address.map(|address| address.to_string()),
            facts: facts::facts(words, event),
        }
    }
}

impl Look {
    fn of(words: Words, event: &Event) -> Self {
        // Whoever works at the command line has no role there.
        let role = facts::find(event, "role").filter(|role| *role != "system");
        Self {
            at: words.moment(event.at),
            role: role.map_or_else(|| words.say("by-service"), |role| facts::role(words, role)),
            reason: facts::find(event, "reason").map(str::to_owned),
        }
    }
}
