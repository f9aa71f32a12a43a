use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned};
use crate::page::{Answer, Layout};
use crate::trouble::{Trouble, tell};
use crate::users::sign_up;
use crate::visit::Visit;
use application::admin::SetupError;
use application::fault::Fault;
use askama::Template;
use poem::http::StatusCode;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "admin/setup.html")]
struct SetupPage {
    page: Layout,
    form: FormView,
    minimum: usize,
}

impl SetupPage {
    fn new(visit: &Visit, form: FormView) -> Self {
        let minimum = visit.site.services.users.password_policy().minimum_length();
        Self { page: visit.layout("setup-title"), form, minimum }
    }
}

/// Shows the form, as long as there is no administrator and to whoever has the link.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    ask_whether_open(&visit).await?;
    visit.page(StatusCode::OK, &SetupPage::new(&visit, FormView::default()))
}

/// Creates the first administrator.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    // Asked before the form is looked at, so that a stranger learns nothing from what is wrong with it.
    let secret = ask_whether_open(&visit).await?;
    let fault = match sign_up::read(&visit, &sent) {
        Ok(form) => {
            let admin = &visit.site.services.admin;
            match admin.create_first_administrator(&visit.stranger(), secret, form).await {
                Ok(_) => return Ok(visit.redirect_with("/log-in", Notice::AdministratorCreated)),
                Err(SetupError::Closed) => return Err(Trouble::SetupClosed),
                Err(error) => tell(&error),
            }
        }
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&sign_up::SHEET, &sent, fault)?;
    visit.send_back(&fault, &SetupPage::new(&visit, form))
}

async fn ask_whether_open(visit: &Visit) -> Result<&str, Trouble> {
    let secret = visit.parameter.as_deref().unwrap_or_default();
    if visit.site.services.admin.is_setup_open(secret).await? {
        Ok(secret)
    } else {
        Err(Trouble::SetupClosed)
    }
}
