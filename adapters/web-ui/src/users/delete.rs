use crate::fields::Fields;
use crate::form::{FormView, Returned, Sheet, password};
use crate::page::{Answer, Layout};
use crate::session_cookie;
use crate::trouble::tell;
use crate::users::receipt::ReceiptView;
use crate::visit::Visit;
use application::fault::Fault;
use application::vault::Receipt;
use askama::Template;
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &[], password: "password" };

#[derive(Template)]
#[template(path = "users/delete.html")]
struct DeletePage {
    page: Layout,
    form: FormView,
    username: String,
}

#[derive(Template)]
#[template(path = "users/deleted.html")]
struct DeletedPage {
    page: Layout,
    receipt: ReceiptView,
}

impl DeletePage {
    fn new(visit: &Visit, form: FormView) -> Self {
        let page = visit.layout("delete-title");
        Self { username: page.user.clone().unwrap_or_default(), page, form }
    }
}

/// Says what deleting means, and asks for the password.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    visit.page(StatusCode::OK, &DeletePage::new(&visit, FormView::default()))
}

/// Says what was erased, and shows the receipt: here and never again.
fn gone(visit: &Visit, receipt: &Receipt) -> Answer {
    let page = visit.parting_layout("deleted-title");
    let mut response =
        visit.page(StatusCode::OK, &DeletedPage { page, receipt: ReceiptView::of(receipt) })?;
    session_cookie::forget(visit.site.cookies, &mut response);
    Ok(response)
}

/// Deletes the account.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let known = visit.known()?;
    let fault = match password(&sent) {
        Ok(password) => match visit.site.services.users.close(&known.actor, &password).await {
            Ok(receipt) => return gone(&visit, &receipt),
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &DeletePage::new(&visit, form))
}
