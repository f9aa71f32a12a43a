//! From an answer to a page: what every page shares, and how it leaves the house.

use crate::flash::Notice;
use crate::session_cookie;
use crate::trouble::Trouble;
use crate::visit::Visit;
use crate::words::Words;
use application::fault::{Fault, FaultKind};
use askama::Template;
use domain::access::{Scope, Scopes};
use domain::users::Locale;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Response};
use std::borrow::Borrow;

/// What a page loads, sends and is shown in: its own files, its own forms, and no frame. Nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page, or why there is none.
pub(crate) type Answer = Result<Response, Trouble>;

/// What stands around the content of every page.
pub(crate) struct Layout {
    pub(crate) title: String,
    pub(crate) theme: &'static str,
    /// What every form of the page carries.
    pub(crate) token: String,
    /// The name of whoever is logged in.
    pub(crate) user: Option<String>,
    /// What went well just before.
    pub(crate) notice: Option<String>,
    /// Where we are.
    pub(crate) place: String,
    /// Whether the page can be had again. One that answers a form with something that is shown once can't, so nothing on
    /// it leads away and back, such as switching the language does.
    pub(crate) lasting: bool,
    words: Words,
    /// What the visitor may do.
    scopes: Scopes,
}

impl Layout {
    pub(crate) fn say(&self, key: &str) -> String {
        self.words.say(key)
    }

    pub(crate) fn count(&self, key: &str, count: impl Borrow<usize>) -> String {
        self.words.say_with(key, "count", *count.borrow())
    }

    pub(crate) fn name(&self, key: &str, name: &str) -> String {
        self.words.say_with(key, "name", name)
    }

    /// Whether the visitor may do what `scope` names, so that no page offers what would be refused.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }

    pub(crate) fn lang(&self) -> &'static str {
        self.words.0.name()
    }

    /// The other languages: their tag, and what they call themselves.
    pub(crate) fn other_languages(&self) -> Vec<(&'static str, String)> {
        let others = Locale::ALL.into_iter().filter(|locale| *locale != self.words.0);
        others.map(|locale| (locale.name(), self.words.say(&format!("language-{}", locale.name())))).collect()
    }

    /// Whether we are on the page of that path.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.place.split('?').next() == Some(path)
    }

    /// Whether we are on a page that lies below that path, or on its own.
    pub(crate) fn is_below(&self, path: &str) -> bool {
        let below = self.place.split('?').next().and_then(|place| place.strip_prefix(path));
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Visit {
    /// What stands around a page with that title.
    pub(crate) fn layout(&self, title: &str) -> Layout {
        Layout {
            title: self.words.say(title),
            theme: self.theme().name(),
            token: self.token.clone(),
            user: self.member.as_ref().map(|known| known.profile.user.username.to_string()),
            notice: self.notice.map(|notice| self.words.say(notice.name())),
            place: self.place.clone(),
            lasting: true,
            words: self.words,
            scopes: self.scopes(),
        }
    }

    /// The same for a page that is shown once.
    pub(crate) fn layout_once(&self, title: &str) -> Layout {
        Layout { lasting: false, ..self.layout(title) }
    }

    /// The same for somebody whose account has just gone.
    pub(crate) fn parting_layout(&self, title: &str) -> Layout {
        Layout { user: None, scopes: Scopes::default(), ..self.layout_once(title) }
    }

    /// A page.
    pub(crate) fn page(&self, status: StatusCode, template: &impl Template) -> Answer {
        match template.render() {
            Ok(html) => Ok(finish(self, status, html)),
            Err(error) => {
                tracing::error!(%error, "a template failed");
                Err(Trouble::Fault(Fault::new(FaultKind::Internal, "internal", "")))
            }
        }
    }

    /// The way to another page of ours, with something to say on arrival.
    pub(crate) fn redirect_with(&self, place: &str, notice: Notice) -> Response {
        let mut response = redirect(place);
        notice.leave(self.site.cookies, &self.site.tokens, &mut response);
        response
    }

    /// The way on for somebody whose session is over, without its cookie.
    pub(crate) fn logged_out(&self) -> Response {
        let mut response = self.redirect_with("/", Notice::LoggedOut);
        session_cookie::leave(self.site.cookies, &mut response);
        response
    }
}

/// A file to keep.
pub(crate) fn file(name: &str, content_type: &str, body: Body) -> Response {
    let mut response = Response::builder()
        .content_type(content_type)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .body(body);
    guard(&mut response);
    response
}

/// The way to another page of ours, to be fetched with GET (RFC 9110, section 15.4.4).
pub(crate) fn redirect(place: &str) -> Response {
    let mut response = Response::builder().status(StatusCode::SEE_OTHER).finish();
    let place = HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, place);
    guard(&mut response);
    response
}

/// Sends a page on its way.
pub(crate) fn finish(visit: &Visit, status: StatusCode, html: String) -> Response {
    let mut response = Response::builder().status(status).content_type("text/html; charset=utf-8").body(html);
    guard(&mut response);
    visit.binding.settle(visit.site.cookies, &mut response);
    if visit.notice.is_some() {
        Notice::said(visit.site.cookies, &mut response);
    }
    response
}

/// No page is kept by a cache or behind the back button, and none loads what is not ours.
fn guard(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
}
