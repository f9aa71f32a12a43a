use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned, Sheet, password, typed_twice};
use crate::page::{Answer, Layout};
use crate::trouble::{Trouble, tell};
use crate::visit::Visit;
use application::fault::Fault;
use application::users::SetPasswordError;
use askama::Template;
use domain::users::Password;
use domain::violation::FieldViolation;
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &[], password: "password" };

#[derive(Template)]
#[template(path = "users/set_password.html")]
struct SetPasswordPage {
    page: Layout,
    form: FormView,
    minimum: usize,
}

impl SetPasswordPage {
    fn new(visit: &Visit, form: FormView) -> Self {
        let minimum = visit.site.services.users.password_policy().minimum_length();
        Self { page: visit.layout("set-password-title"), form, minimum }
    }
}

/// Shows the form to whoever has a link that works.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    ask_whether_open(&visit).await?;
    visit.page(StatusCode::OK, &SetPasswordPage::new(&visit, FormView::default()))
}

/// Sets the password. The link has done its work then, and whoever used it logs in like everybody.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    // Asked before the form is looked at, so that a stranger learns nothing from what is wrong with it.
    let secret = ask_whether_open(&visit).await?;
    let fault = match read(&sent) {
        Ok(password) => {
            match visit.site.services.users.set_password(&visit.stranger(), secret, password).await {
                Ok(()) => return Ok(visit.redirect_with("/log-in", Notice::PasswordSet)),
                Err(SetPasswordError::Closed) => return Err(Trouble::LinkClosed),
                Err(error) => tell(&error),
            }
        }
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &SetPasswordPage::new(&visit, form))
}

async fn ask_whether_open(visit: &Visit) -> Result<&str, Trouble> {
    let secret = visit.parameter.as_deref().unwrap_or_default();
    if visit.site.services.users.is_password_link_open(secret).await? {
        Ok(secret)
    } else {
        Err(Trouble::LinkClosed)
    }
}

fn read(sent: &Fields) -> Result<Password, Vec<FieldViolation>> {
    typed_twice(password(sent), sent.get("password"), sent.get("password_repeat"))
}
