use crate::fields::Fields;
use crate::form::{FormView, Returned, Sheet};
use crate::page::{Answer, Layout, redirect};
use crate::trouble::tell;
use crate::visit::Visit;
use crate::{places, session_cookie};
use application::fault::Fault;
use application::sessions::WebSession;
use askama::Template;
use domain::sessions::{LogIn, LogInDraft};
use poem::Response;
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &["login"], password: "password" };
const HOME: &str = "/profile";

#[derive(Template)]
#[template(path = "sessions/log_in.html")]
struct LogInPage {
    page: Layout,
    form: FormView,
    /// Where the log-in leads, when it leads somewhere else than usual.
    next: String,
}

impl LogInPage {
    fn new(visit: &Visit, form: FormView, next: Option<String>) -> Self {
        Self { page: visit.layout("log-in-title"), form, next: next.unwrap_or_default() }
    }
}

/// Shows the form. Whoever is logged in goes straight on.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let next = visit.query.get("next").and_then(places::after_log_in);
    if visit.member.is_some() {
        return Ok(redirect(next.as_deref().unwrap_or(HOME)));
    }
    visit.page(StatusCode::OK, &LogInPage::new(&visit, FormView::default(), next))
}

/// Logs in.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let next = sent.get("next").and_then(places::after_log_in);
    let draft = LogInDraft { login: sent.get("login"), password: sent.get("password"), device_name: None };
    let fault = match LogIn::parse(draft) {
        Ok(form) => {
            let mark = session_cookie::device_mark(visit.site.cookies, &visit.cookies);
            match visit.site.services.sessions.log_in_web(&visit.stranger(), form, mark).await {
                Ok(session) => return Ok(enter(&visit, &session, next.as_deref().unwrap_or(HOME)).await),
                Err(error) => tell(&error),
            }
        }
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &LogInPage::new(&visit, form, next))
}

/// Gives the browser its new session; the one it had before, if any, is over.
async fn enter(visit: &Visit, session: &WebSession, place: &str) -> Response {
    if let Some(before) = &visit.member
        && let Err(error) = visit.site.services.sessions.log_out(&before.actor).await
    {
        tracing::warn!(%error, "the session that a browser had before was not ended");
    }
    let mut response = redirect(place);
    session_cookie::enter(visit.site.cookies, &mut response, session);
    response
}
