use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned, Sheet, typed_twice};
use crate::page::{Answer, Layout};
use crate::session_cookie;
use crate::sessions::devices::Devices;
use crate::trouble::{Trouble, tell};
use crate::users::notices::Notices;
use crate::visit::Visit;
use application::fault::Fault;
use application::users::{PasswordChange, PasswordChangeDraft};
use askama::Template;
use domain::violation::FieldViolation;
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &[], password: "current_password" };

#[derive(Template)]
#[template(path = "users/security.html")]
struct SecurityPage {
    page: Layout,
    form: FormView,
    minimum: usize,
    username: String,
    devices: Devices,
    notices: Option<Notices>,
}

impl SecurityPage {
    async fn new(visit: &Visit, form: FormView) -> Result<Self, Trouble> {
        let page = visit.layout("security-title");
        let minimum = visit.site.services.users.password_policy().minimum_length();
        Ok(Self {
            username: page.user.clone().unwrap_or_default(),
            page,
            form,
            minimum,
            devices: Devices::load(visit).await?,
            notices: Notices::unseen(visit).await?,
        })
    }
}

/// Shows the form, and where one is logged in.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    visit.page(StatusCode::OK, &SecurityPage::new(&visit, FormView::default()).await?)
}

/// Changes the password. This browser goes on with another cookie; every other session is over.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let known = visit.known()?;
    let fault = match read(&sent) {
        Ok(form) => match visit.site.services.users.change_password(&known.actor, form).await {
            Ok(()) => return changed(&visit).await,
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &SecurityPage::new(&visit, form).await?)
}

async fn changed(visit: &Visit) -> Answer {
    let mut response = visit.redirect_with("/profile/security", Notice::PasswordChanged);
    match visit.site.services.sessions.renew_cookie(&visit.actor()).await {
        Ok(cookie) => session_cookie::renew(visit.site.cookies, &mut response, &cookie),
        // The password is changed, and saying otherwise would be worse than an older cookie.
        Err(error) => drop(tell(&error)),
    }
    Ok(response)
}

fn read(sent: &Fields) -> Result<PasswordChange, Vec<FieldViolation>> {
    let draft = PasswordChangeDraft {
        current_password: sent.get("current_password"),
        new_password: sent.get("new_password"),
    };
    typed_twice(PasswordChange::parse(draft), sent.get("new_password"), sent.get("password_repeat"))
}
