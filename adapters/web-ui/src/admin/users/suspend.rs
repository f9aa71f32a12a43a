use super::target::{Head, Target};
use crate::admin::moment;
use crate::admin::query::given;
use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned, Sheet};
use crate::page::{Answer, Layout};
use crate::session_cookie;
use crate::trouble::tell;
use crate::visit::Visit;
use application::fault::Fault;
use application::users::SuspensionOrder;
use askama::Template;
use domain::access::Scope;
use domain::users::{Justification, Password};
use domain::violation::{FieldViolation, Violations};
use poem::Response;
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &["reason", "until"], password: "password" };

#[derive(Template)]
#[template(path = "admin/users/suspend.html")]
struct SuspendPage {
    page: Layout,
    form: FormView,
    head: Head,
}

impl SuspendPage {
    fn new(visit: &Visit, target: &Target, form: FormView) -> Self {
        Self { page: visit.layout("suspend-title"), form, head: target.head(visit) }
    }
}

/// Shows the form.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let target = Target::to(&visit, Scope::UserWrite).await?;
    visit.page(StatusCode::OK, &SuspendPage::new(&visit, &target, FormView::default()))
}

/// Closes the account for the time being.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let target = Target::to(&visit, Scope::UserWrite).await?;
    let fault = match read(&sent) {
        Ok(order) => match visit.site.services.users.suspend(&target.actor, target.id(), order).await {
            Ok(_) => return Ok(suspended(&visit, &target)),
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &SuspendPage::new(&visit, &target, form))
}

/// The way on: out, for somebody who has suspended themselves.
fn suspended(visit: &Visit, target: &Target) -> Response {
    let mut response = visit.redirect_with(&target.way_on(), Notice::UserSuspended);
    if target.is_own() {
        session_cookie::leave(visit.site.cookies, &mut response);
    }
    response
}

/// Opens the account again.
pub(crate) async fn reinstate(visit: Arc<Visit>, _sent: Fields) -> Answer {
    let target = Target::to(&visit, Scope::UserWrite).await?;
    visit.site.services.users.reinstate(&target.actor, target.id()).await?;
    Ok(visit.redirect_with(&target.path(), Notice::UserReinstated))
}

fn read(sent: &Fields) -> Result<SuspensionOrder, Vec<FieldViolation>> {
    let mut wrong = Violations::new();
    let reason = wrong.required("reason", sent.get("reason"), Justification::parse);
    let until = wrong.optional("until", given(sent, "until"), moment::parse);
    let typed = sent.get("password").filter(|text| !text.is_empty());
    let password = wrong.optional("password", typed, Password::parse);
    let order = (|| Some(SuspensionOrder { reason: reason?, until: until?, password: password? }))();
    wrong.finish(order)
}
