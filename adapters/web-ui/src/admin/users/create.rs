use super::link;
use super::list::roles;
use super::target::path;
use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Options, Returned, Sheet, typed_twice};
use crate::page::{Answer, Layout};
use crate::trouble::tell;
use crate::users::profile_form;
use crate::visit::Visit;
use application::fault::Fault;
use application::users::Created;
use askama::Template;
use domain::access::Role;
use domain::users::{Enrolment, SignUpDraft};
use domain::violation::FieldViolation;
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet =
    Sheet { kept: &["username", "email", "full_name", "role", "locale"], password: "password" };

#[derive(Template)]
#[template(path = "admin/users/new.html")]
struct NewPage {
    page: Layout,
    form: FormView,
    roles: Options,
    locales: Options,
    minimum: usize,
}

impl NewPage {
    fn new(visit: &Visit, form: FormView) -> Self {
        Self {
            page: visit.layout("new-title"),
            form,
            roles: roles(visit.words),
            locales: profile_form::locales(visit.words),
            minimum: visit.site.services.users.password_policy().minimum_length(),
        }
    }
}

/// Shows the form.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let form = vec![("role", Role::User.name().to_owned()), ("locale", visit.words.0.name().to_owned())];
    visit.page(StatusCode::OK, &NewPage::new(&visit, FormView::of(form)))
}

/// Makes an account for somebody else. Without a password its owner sets one, by a link that is shown once.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let fault = match read(&visit, &sent) {
        Ok(form) => match visit.site.services.users.create(&visit.actor(), form).await {
            Ok(created) => return answer(&visit, &created),
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &NewPage::new(&visit, form))
}

fn answer(visit: &Visit, created: &Created) -> Answer {
    let user = &created.record.user;
    match &created.password_link {
        Some(issued) => link::show(visit, (user.username.to_string(), path(user.id)), issued, true),
        None => Ok(visit.redirect_with(&path(user.id), Notice::UserCreated)),
    }
}

fn read(visit: &Visit, sent: &Fields) -> Result<Enrolment, Vec<FieldViolation>> {
    let typed = |name: &str| sent.get(name).filter(|text| !text.is_empty());
    let draft = SignUpDraft {
        username: sent.get("username"),
        email: sent.get("email"),
        password: typed("password"),
        full_name: sent.get("full_name"),
        locale: sent.get("locale"),
    };
    let policy = visit.site.services.users.password_policy();
    let form = Enrolment::parse(draft, sent.get("role"), policy);
    typed_twice(form, typed("password"), typed("password_repeat"))
}
