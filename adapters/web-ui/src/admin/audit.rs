use super::events::{self, EventRow};
use super::moment;
use super::query::{address, given};
use crate::fields::Fields;
use crate::form::{FormView, Returned, Sheet};
use crate::page::{Answer, Layout};
use crate::trouble::Trouble;
use crate::visit::Visit;
use application::Limit;
use application::fault::Fault;
use application::users::FindError;
use askama::Template;
use domain::audit::{EventCursor, EventFilter, EventKind};
use domain::ids::UserId;
use domain::users::LoginName;
use domain::violation::{FieldViolation, Violation, Violations};
use poem::http::StatusCode;
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// The fields of the filter, in the order in which links name them.
const FIELDS: &[&str] = &["actor", "subject", "kind", "address", "from", "until"];
/// Those of them that name a person, in which nothing else can be wrong than that there is none.
const PEOPLE: [&str; 2] = ["actor", "subject"];
const SHEET: Sheet = Sheet { kept: FIELDS, password: "" };
const HERE: &str = "/admin/audit";
/// How many events are shown at once: the names in all of them are looked up.
const LIMIT: u32 = 25;

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    page: Layout,
    form: FormView,
    kinds: Vec<(&'static str, String)>,
    events: Vec<EventRow>,
    older: Option<String>,
    /// Back to the latest, where the list begins somewhere in the past.
    newest: Option<String>,
    export: String,
}

/// Shows the trail, as far as it is asked for.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let asked = &visit.query;
    let filter = match filter(&visit).await? {
        Ok(filter) => filter,
        Err(violations) => return refuse(&visit, violations),
    };
    let after = given(asked, "cursor").map(|text| EventCursor::parse(text).ok_or(Trouble::Malformed));
    let after = after.transpose()?;
    let limit = Limit::new(LIMIT).unwrap_or_default();
    let found = visit.site.services.audit.page(&visit.actor(), &filter, after, limit).await?;
    let next = found.next.map(|next| next.to_string());
    let page = AuditPage {
        form: FormView::of(FIELDS.iter().map(|name| (*name, kept(asked, name))).collect()),
        events: events::rows(&visit, &found.items).await?,
        older: next.map(|next| link(asked, HERE, &next)),
        newest: after.map(|_| link(asked, HERE, "")),
        ..AuditPage::empty(&visit)
    };
    visit.page(StatusCode::OK, &page)
}

impl AuditPage {
    fn empty(visit: &Visit) -> Self {
        Self {
            page: visit.layout("audit-title"),
            form: FormView::default(),
            kinds: crate::audit::kinds(visit.words, |_| true),
            events: Vec::new(),
            older: None,
            newest: None,
            export: link(&visit.query, "/admin/audit/export", ""),
        }
    }
}

fn refuse(visit: &Visit, violations: Vec<FieldViolation>) -> Answer {
    let Returned { mut form, fault } = visit.refuse(&SHEET, &visit.query, Fault::invalid(violations))?;
    for wrong in form.mistakes.iter_mut().filter(|wrong| PEOPLE.contains(&wrong.field)) {
        wrong.text = visit.words.say("audit-nobody");
    }
    visit.send_back(&fault, &AuditPage { form, ..AuditPage::empty(visit) })
}

fn kept(asked: &Fields, name: &str) -> String {
    given(asked, name).unwrap_or_default().to_owned()
}

/// The address of a page about the same events.
fn link(asked: &Fields, path: &str, cursor: &str) -> String {
    let mut question: Vec<(&str, &str)> =
        FIELDS.iter().map(|name| (*name, given(asked, name).unwrap_or_default())).collect();
    question.push(("cursor", cursor));
    address(path, &question)
}

/// Which events the query asks for, or everything that is wrong with the question.
pub(super) async fn filter(visit: &Visit) -> Result<Result<EventFilter, Vec<FieldViolation>>, Trouble> {
    let asked = &visit.query;
    let mut wrong = Violations::new();
    let actor = person(visit, &mut wrong, "actor").await?;
    let subject = person(visit, &mut wrong, "subject").await?;
    let unknown = Violation::UnknownValue { allowed: "" };
    let kind = |text: &str| EventKind::from_name(text).ok_or(unknown);
    let canonical = |address: IpAddr| address.to_canonical();
    let address = |text: &str| text.parse().map(canonical).map_err(|_| Violation::InvalidAddress);
    let kind = wrong.optional("kind", given(asked, "kind"), kind).flatten();
    let address = wrong.optional("address", given(asked, "address"), address).flatten();
    let from = wrong.optional("from", given(asked, "from"), moment::parse).flatten();
    let until = wrong.optional("until", given(asked, "until"), moment::parse).flatten();
    Ok(wrong.finish(Some(EventFilter { actor, subject, kind, address, from, until })))
}

/// The person that a field names: by identifier, which goes on being known when the account is gone, or by name.
async fn person(
    visit: &Visit,
    wrong: &mut Violations,
    field: &'static str,
) -> Result<Option<UserId>, Trouble> {
    let Some(text) = given(&visit.query, field) else { return Ok(None) };
    // In the form that is longer than any user name: the short one could be one.
    if text.len() == Hyphenated::LENGTH
        && let Ok(id) = Uuid::try_parse(text)
    {
        return Ok(Some(UserId::from_uuid(id)));
    }
    match visit.site.services.users.find(&visit.actor(), &LoginName::parse(text)).await {
        Ok(record) => Ok(Some(record.user.id)),
        Err(FindError::Missing) => {
            wrong.add(field, Violation::UnknownValue { allowed: "" });
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
