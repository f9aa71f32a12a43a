use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned, Sheet, typed_twice};
use crate::page::{Answer, Layout, redirect};
use crate::trouble::tell;
use crate::visit::Visit;
use application::fault::Fault;
use askama::Template;
use domain::users::{SignUp, SignUpDraft};
use domain::violation::FieldViolation;
use poem::http::StatusCode;
use std::sync::Arc;

pub(crate) const SHEET: Sheet = Sheet { kept: &["username", "email", "full_name"], password: "password" };

#[derive(Template)]
#[template(path = "users/sign_up.html")]
struct SignUpPage {
    page: Layout,
    form: FormView,
    minimum: usize,
}

impl SignUpPage {
    fn new(visit: &Visit, form: FormView) -> Self {
        let minimum = visit.site.services.users.password_policy().minimum_length();
        Self { page: visit.layout("sign-up-title"), form, minimum }
    }
}

/// Shows the form. Whoever is logged in has an account already.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    if visit.member.is_some() {
        return Ok(redirect("/profile"));
    }
    visit.page(StatusCode::OK, &SignUpPage::new(&visit, FormView::default()))
}

/// Makes the account, and asks its owner to log in to it.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let fault = match read(&visit, &sent) {
        Ok(form) => match visit.site.services.users.sign_up(&visit.stranger(), form).await {
            Ok(_) => return Ok(visit.redirect_with("/log-in", Notice::SignedUp)),
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &SignUpPage::new(&visit, form))
}

/// Reads the form of a new account, and names everything that is wrong with it at once.
pub(crate) fn read(visit: &Visit, sent: &Fields) -> Result<SignUp, Vec<FieldViolation>> {
    let policy = visit.site.services.users.password_policy();
    let draft = SignUpDraft {
        username: sent.get("username"),
        email: sent.get("email"),
        password: sent.get("password"),
        full_name: sent.get("full_name"),
        locale: Some(visit.words.0.name()),
    };
    typed_twice(SignUp::parse(draft, policy), sent.get("password"), sent.get("password_repeat"))
}
