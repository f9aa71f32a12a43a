use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned, Sheet};
use crate::page::{Answer, Layout};
use crate::session_cookie;
use crate::trouble::tell;
use crate::visit::Visit;
use application::fault::Fault;
use askama::Template;
use domain::users::Password;
use domain::violation::Violations;
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

/// Deletes the account.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let known = visit.known()?;
    let mut wrong = Violations::new();
    let password = wrong.required("password", sent.get("password"), Password::parse);
    let fault = match wrong.finish(password) {
        Ok(password) => match visit.site.services.users.close(&known.actor, &password).await {
            Ok(()) => {
                let mut response = visit.redirect_with("/", Notice::AccountDeleted);
                session_cookie::forget(visit.site.cookies, &mut response);
                return Ok(response);
            }
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &DeletePage::new(&visit, form))
}
