//! Why a page could not be shown or a form not be taken, and how that is said.

use crate::csrf::Sender;
use crate::fields::Malformed;
use crate::page::{Layout, finish, redirect};
use crate::places;
use crate::session_cookie;
use crate::visit::Visit;
use crate::words::Words;
use application::access::Refused;
use application::fault::{Describe, Fault, FaultKind, chain};
use askama::Template;
use domain::access::{Reason, Scope};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};

/// Why there is nothing but an error page.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// A use case said so.
    Fault(Fault),
    /// The path leads nowhere.
    Nowhere,
    /// The link that creates the first administrator does not work, or has done its work.
    SetupClosed,
    /// The link that sets a password does not work, or no longer.
    LinkClosed,
    /// The session that was to be ended is over, or never was theirs.
    SessionOver(Fault),
    /// The page does not do that; it does this.
    Method(&'static str),
    /// The form could not be read.
    Malformed,
    /// The form is longer than any of ours.
    TooLarge,
    /// What was sent is not a form.
    NotAForm,
    /// The form carries no token, or one that is somebody else's or too old.
    Forged,
    /// The form was sent from somewhere else.
    Sender(Sender),
}

impl<E: Describe> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Fault(tell(&error))
    }
}

impl From<Malformed> for Trouble {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// What may be told of an error. What may not goes into the log, with everything that led to it.
pub(crate) fn tell(error: &impl Describe) -> Fault {
    let fault = error.fault();
    match fault.kind {
        FaultKind::Internal => tracing::error!(code = fault.code, error = chain(&error), "a page failed"),
        FaultKind::Unavailable { .. } => {
            tracing::warn!(code = fault.code, error = chain(&error), "a page has to wait");
        }
        _ => {}
    }
    fault
}

/// The status that goes with a fault.
pub(crate) const fn status(kind: FaultKind) -> StatusCode {
    match kind {
        FaultKind::Invalid => StatusCode::BAD_REQUEST,
        FaultKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FaultKind::Forbidden => StatusCode::FORBIDDEN,
        FaultKind::Missing => StatusCode::NOT_FOUND,
        FaultKind::Conflict => StatusCode::CONFLICT,
        FaultKind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        FaultKind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Adds what a fault brings with it besides its page: when to come back, how to log in, and word of a refusal.
pub(crate) fn annotate(response: &mut Response, visit: &Visit, fault: &Fault) {
    let headers = response.headers_mut();
    match fault.kind {
        FaultKind::TooMany { retry_after } | FaultKind::Unavailable { retry_after } => {
            let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, seconds.max(1).into());
        }
        FaultKind::Unauthenticated => {
            // Every 401 names a scheme (RFC 9110, section 15.5.2); browsers pass over one they don't know.
            let scheme = HeaderValue::from_static("Cookie form-action=\"/log-in\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        _ => {}
    }
    if let Some(reason) = fault.reason {
        leave_word(response, visit, reason, fault.scope);
    }
}

/// Leaves word of a refusal with the answer, for whoever stands in front of all pages and writes it down.
fn leave_word(response: &mut Response, visit: &Visit, reason: Reason, needed: Option<Scope>) {
    let refused = match visit.turned_away {
        // A cookie that does not work says more than that nobody is logged in.
        Some(refused) if reason == Reason::NoCredential => refused,
        _ => Refused { evidence: visit.evidence(), needed, reason },
    };
    response.extensions_mut().insert(refused);
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Layout,
    status: u16,
    heading: String,
    text: String,
}

impl Trouble {
    fn status(&self) -> StatusCode {
        match self {
            Self::Fault(fault) | Self::SessionOver(fault) => status(fault.kind),
            Self::Nowhere | Self::SetupClosed | Self::LinkClosed => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Forged | Self::Sender(_) => StatusCode::FORBIDDEN,
        }
    }

    fn text(&self, words: Words, own_address: &str) -> String {
        match self {
            Self::Fault(fault) => words.fault(fault),
            Self::Nowhere => words.say("fault-not-found"),
            Self::SetupClosed => words.say("trouble-setup-closed"),
            Self::LinkClosed => words.say("trouble-link-closed"),
            Self::SessionOver(_) => words.say("trouble-session-over"),
            Self::Method(_) => words.say("trouble-method"),
            Self::Malformed => words.say("trouble-malformed"),
            Self::TooLarge => words.say("trouble-too-large"),
            Self::NotAForm => words.say("trouble-not-a-form"),
            Self::Forged => words.say("trouble-forged"),
            Self::Sender(Sender::OtherAddress) => {
                words.say_with("trouble-other-address", "address", own_address)
            }
            Self::Sender(_) => words.say("trouble-foreign"),
        }
    }

    /// The page that says so. Whoever only needs to log in is sent to do it.
    pub(crate) fn answer(&self, visit: &Visit) -> Response {
        if let Self::Fault(Fault { code: "unauthenticated", .. }) = self {
            let path = visit.place.split('?').next().unwrap_or_default();
            let mut response = redirect(&places::log_in_for(path));
            // Whoever brought nothing was not refused, only shown the way in.
            if session_cookie::read(visit.site.cookies, &visit.cookies).is_some() {
                leave_word(&mut response, visit, Reason::NoCredential, None);
            }
            return response;
        }
        let status = self.status();
        let template = ErrorPage {
            page: visit.layout(heading(status)),
            status: status.as_u16(),
            heading: visit.words.say(heading(status)),
            text: self.text(visit.words, visit.site.address.origin()),
        };
        let mut response = match template.render() {
            Ok(html) => finish(visit, status, html),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
        match self {
            Self::Fault(fault) | Self::SessionOver(fault) => annotate(&mut response, visit, fault),
            Self::Forged | Self::Sender(_) => leave_word(&mut response, visit, Reason::ForeignForm, None),
            Self::Method(allow) => {
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            _ => {}
        }
        response
    }
}

/// The key of the heading over an error page.
pub(crate) const fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "error-title-400",
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "error-title-403",
        StatusCode::NOT_FOUND => "error-title-404",
        StatusCode::METHOD_NOT_ALLOWED => "error-title-405",
        StatusCode::CONFLICT => "error-title-409",
        StatusCode::PAYLOAD_TOO_LARGE => "error-title-413",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "error-title-415",
        StatusCode::TOO_MANY_REQUESTS => "error-title-429",
        StatusCode::SERVICE_UNAVAILABLE => "error-title-503",
        _ => "error-title-500",
    }
}
