//! The cookies of somebody who has logged in.

use crate::cookies::{CookieRules, Cookies};
use crate::csrf;
use application::sessions::WebSession;
use application::tokens::DEVICE_MARK_LIFETIME;
use domain::sessions::Token;
use poem::Response;

/// The secret of the session. It goes when the browser is closed; how long it works at most, the server knows.
const SESSION: &str = "session";
/// The mark of a device on which somebody has logged in: their attempts there are counted apart from strangers'.
const DEVICE: &str = "device";

/// The session cookie that came with a request.
pub(crate) fn read(rules: CookieRules, cookies: &Cookies) -> Option<&str> {
    cookies.get(&rules.name(SESSION))
}

/// The device mark that came with a request.
pub(crate) fn device_mark(rules: CookieRules, cookies: &Cookies) -> Option<&str> {
    cookies.get(&rules.name(DEVICE))
}

/// Gives the browser what a log-in made. Whatever session cookie it had is gone with that, planted or not.
pub(crate) fn enter(rules: CookieRules, response: &mut Response, session: &WebSession) {
    renew(rules, response, &session.cookie);
    rules.set(response, DEVICE, session.device_mark.expose(), Some(DEVICE_MARK_LIFETIME));
    csrf::forget(rules, response);
}

/// Gives the browser another secret for the same session.
pub(crate) fn renew(rules: CookieRules, response: &mut Response, cookie: &Token) {
    rules.set(response, SESSION, cookie.expose(), None);
}

/// Takes the session back. The device stays known: its owner may want to come in again while strangers guess.
pub(crate) fn leave(rules: CookieRules, response: &mut Response) {
    rules.clear(response, SESSION);
    csrf::forget(rules, response);
}

/// Takes everything back that says somebody was here.
pub(crate) fn forget(rules: CookieRules, response: &mut Response) {
    leave(rules, response);
    rules.clear(response, DEVICE);
}
