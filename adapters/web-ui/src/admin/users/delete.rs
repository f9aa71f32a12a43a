use super::target::{Head, Target};
use crate::fields::Fields;
use crate::form::{FormView, Returned, Sheet};
use crate::page::{Answer, Layout, redirect};
use crate::trouble::tell;
use crate::users::receipt::ReceiptView;
use crate::visit::Visit;
use application::fault::Fault;
use application::vault::Receipt;
use askama::Template;
use domain::access::Scope;
use domain::users::Username;
use domain::violation::{Violation, Violations};
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &["confirmation"], password: "" };
/// Where one deletes one's own account, with one's password.
const OWN: &str = "/profile/delete";

#[derive(Template)]
#[template(path = "admin/users/delete.html")]
struct DeletePage {
    page: Layout,
    form: FormView,
    head: Head,
}

#[derive(Template)]
#[template(path = "admin/users/deleted.html")]
struct DeletedPage {
    page: Layout,
    username: String,
    receipt: ReceiptView,
}

impl DeletePage {
    fn new(visit: &Visit, target: &Target, form: FormView) -> Self {
        Self { page: visit.layout("remove-title"), form, head: target.head(visit) }
    }
}

/// Says what deleting means, and asks for the user name.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let target = Target::to(&visit, Scope::UserDelete).await?;
    if target.is_own() {
        return Ok(redirect(OWN));
    }
    visit.page(StatusCode::OK, &DeletePage::new(&visit, &target, FormView::default()))
}

/// Deletes the account.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let target = Target::to(&visit, Scope::UserDelete).await?;
    if target.is_own() {
        return Ok(redirect(OWN));
    }
    let mut wrong = Violations::new();
    let typed = sent.get("confirmation").unwrap_or_default().trim();
    let confirmed = wrong.required("confirmation", Some(typed), |typed| confirm(typed, &target));
    let fault = match wrong.finish(confirmed) {
        Ok(()) => match visit.site.services.users.delete(&target.actor, target.id()).await {
            Ok(receipt) => return gone(&visit, &target, &receipt),
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &DeletePage::new(&visit, &target, form))
}

/// Says that the account is gone, and shows the receipt: here and never again.
fn gone(visit: &Visit, target: &Target, receipt: &Receipt) -> Answer {
    let page = visit.layout_once("removed-title");
    let username = target.record.user.username.to_string();
    visit.page(StatusCode::OK, &DeletedPage { page, username, receipt: ReceiptView::of(receipt) })
}

/// The name has to be typed as it is shown, so that nobody deletes the neighbour in the list.
fn confirm(typed: &str, target: &Target) -> Result<(), Violation> {
    match Username::parse(typed) {
        Ok(name) if name == target.record.user.username => Ok(()),
        Err(Violation::Required) => Err(Violation::Required),
        _ => Err(Violation::Mismatch),
    }
}
