use crate::fields::Fields;
use crate::form::{FormView, Returned, Sheet, password};
use crate::page::{Answer, Layout, file};
use crate::trouble::tell;
use crate::visit::Visit;
use crate::words::Moment;
use application::fault::{Describe, Fault};
use application::users::{ExportError, IssuedExportTicket};
use askama::Template;
use poem::Body;
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &[], password: "password" };

#[derive(Template)]
#[template(path = "users/export.html")]
struct ExportPage {
    page: Layout,
    form: FormView,
    username: String,
    /// What fetches the file, once it is ready.
    ready: Option<Ticket>,
}

struct Ticket {
    secret: String,
    end: Moment,
}

impl ExportPage {
    fn new(visit: &Visit, form: FormView) -> Self {
        let page = visit.layout("data-title");
        Self { username: page.user.clone().unwrap_or_default(), page, form, ready: None }
    }

    fn ready(visit: &Visit, issued: &IssuedExportTicket) -> Self {
        let ticket =
            Ticket { secret: issued.secret.expose().to_owned(), end: visit.words.moment(issued.expires_at) };
        let page = visit.layout_once("export-ready");
        Self { page, ready: Some(ticket), ..Self::new(visit, FormView::default()) }
    }
}

/// Says what may be done with one's data, and asks for the password.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    visit.page(StatusCode::OK, &ExportPage::new(&visit, FormView::default()))
}

/// Makes a ticket. It stands in a form on the answer and in no address, so that no history and no other site learns it.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let known = visit.known()?;
    let fault = match password(&sent) {
        Ok(password) => match visit.site.services.users.prepare_export(&known.actor, &password).await {
            Ok(issued) => return visit.page(StatusCode::OK, &ExportPage::ready(&visit, &issued)),
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &ExportPage::new(&visit, form))
}

/// Hands out everything that is held about whoever is logged in. Where the ticket does not work, it offers another one.
pub(crate) async fn hand_out(visit: Arc<Visit>, sent: Fields) -> Answer {
    let ticket = sent.get("ticket").unwrap_or_default();
    match visit.site.services.users.export_own(&visit.known()?.actor, ticket).await {
        Ok(document) => {
            let body = Body::from_string(document.as_str().to_owned());
            Ok(file("xtrem-export.json", "application/json", body))
        }
        Err(closed @ ExportError::Closed) => {
            let Returned { mut form, fault } = visit.refuse(&SHEET, &sent, closed.fault())?;
            form.alert = Some(visit.words.say("export-closed"));
            visit.send_back(&fault, &ExportPage::new(&visit, form))
        }
        Err(error) => Err(error.into()),
    }
}
