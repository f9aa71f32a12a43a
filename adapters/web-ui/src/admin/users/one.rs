use super::person::Person;
use super::target::{Head, Target};
use crate::admin::events::{self, EventRow};
use crate::admin::query::address;
use crate::fields::Fields;
use crate::form::{FormView, Returned, Sheet};
use crate::page::{Answer, Layout};
use crate::sessions::devices::{Device, session_id};
use crate::trouble::{Trouble, tell};
use crate::visit::Visit;
use application::Limit;
use application::fault::Fault;
use askama::Template;
use domain::access::Scope;
use domain::audit::EventKind;
use domain::users::Justification;
use domain::violation::Violations;
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &["reason"], password: "" };
/// How much of each list stands on the page itself.
const SOME: u32 = 10;

#[derive(Template)]
#[template(path = "admin/users/one.html")]
struct UserPage {
    page: Layout,
    form: FormView,
    head: Head,
    person: Person,
    may: May,
    sessions: Option<Sessions>,
    activity: Option<Activity>,
}

/// What the page offers.
#[allow(clippy::struct_excessive_bools, reason = "each stands for a form of its own")]
struct May {
    open: bool,
    edit: bool,
    set_role: bool,
    delete: bool,
}

/// Where the person is logged in.
struct Sessions {
    items: Vec<Device>,
    /// Whether the list begins somewhere in the past.
    later: bool,
    older: Option<String>,
}

/// What happened to the account.
struct Activity {
    latest: Vec<EventRow>,
    roles: Vec<EventRow>,
}

/// Shows an account, the person behind it masked.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let target = Target::find(&visit).await?;
    visit.page(StatusCode::OK, &UserPage::load(&visit, target, FormView::default()).await?)
}

/// Opens the personal data, once a reason is given and written down.
pub(crate) async fn open(visit: Arc<Visit>, sent: Fields) -> Answer {
    let mut target = Target::to(&visit, Scope::AdminRead).await?;
    let mut wrong = Violations::new();
    let reason = wrong.required("reason", sent.get("reason"), Justification::parse);
    let users = &visit.site.services.users;
    let fault = match wrong.finish(reason) {
        Ok(reason) => match users.open_personal_data(&target.actor, target.id(), &reason).await {
            Ok(record) => {
                target.record = record;
                return visit
                    .page(StatusCode::OK, &UserPage::load(&visit, target, FormView::default()).await?);
            }
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &UserPage::load(&visit, target, form).await?)
}

impl UserPage {
    async fn load(visit: &Visit, target: Target, form: FormView) -> Result<Self, Trouble> {
        Ok(Self {
            page: visit.layout("user-title"),
            form,
            head: target.head(visit),
            person: Person::of(visit.words, &target.record),
            may: May {
                open: target.record.person.masked && target.may(Scope::AdminRead),
                edit: target.may(Scope::UserWrite),
                set_role: target.may(Scope::AdminWrite),
                delete: target.may(Scope::UserDelete),
            },
            sessions: sessions(visit, &target).await?,
            activity: activity(visit, &target).await?,
        })
    }
}

async fn sessions(visit: &Visit, target: &Target) -> Result<Option<Sessions>, Trouble> {
    if !target.may(Scope::UserWrite) {
        return Ok(None);
    }
    let after = visit.query.get("after").map(session_id).transpose()?;
    let limit = Limit::new(SOME).unwrap_or_default();
    let found = visit.site.services.sessions.of(&target.actor, target.id(), after, limit).await?;
    let own = target.actor.member().ok().map(|member| member.session_id);
    Ok(Some(Sessions {
        items: found.items.iter().map(|begun| Device::of(visit.words, begun, own)).collect(),
        later: after.is_some(),
        older: found.next.map(|next| {
            let page = address(&target.path(), &[("after", &next.to_string())]);
            format!("{page}#sessions")
        }),
    }))
}

async fn activity(visit: &Visit, target: &Target) -> Result<Option<Activity>, Trouble> {
    if target.actor.require(Scope::LogsRead).is_err() {
        return Ok(None);
    }
    let limit = Limit::new(SOME).unwrap_or_default();
    let (audit, id) = (&visit.site.services.audit, target.id());
    let latest = audit.activity_of(&target.actor, id, None, None, limit).await?;
    let roles = audit.activity_of(&target.actor, id, Some(EventKind::RoleChanged), None, limit).await?;
    Ok(Some(Activity {
        latest: events::rows(visit, &latest.items).await?,
        roles: events::rows(visit, &roles.items).await?,
    }))
}
