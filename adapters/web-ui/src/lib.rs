//! The pages: signing up, logging in, a profile and its password, in English and in French.
//!
//! Rendered here and finished when they arrive: every page works without a script, and the one small script only
//! adds hints. A page calls the use cases of `application`, never the HTTP API, and turns their faults into words
//! of the reader's language by their stable codes.
//!
//! The way through a request: [`serve`] opens the right door and keeps the wrong ones shut (method, origin, size,
//! token), [`visit`] says who is there and in which language, a room (`users`, `sessions`, `audit`, `admin`,
//! `home`) does the thing, [`page`] puts the answer on paper.

mod admin;
mod assets;
mod audit;
mod cookies;
mod csrf;
mod fields;
mod flash;
mod form;
mod home;
mod page;
mod places;
mod serve;
mod session_cookie;
mod sessions;
mod site;
mod trouble;
mod users;
mod visit;
mod words;

#[cfg(test)]
mod tests;

use crate::serve::{Door, Nowhere};
use crate::site::Site;
use application::admin::AdminService;
use application::audit::AuditService;
use application::keys::KeyService;
use application::sessions::SessionService;
use application::users::UserService;
use domain::access::Scope;
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response, Route};
use std::sync::Arc;

/// The use cases that the pages call.
#[derive(Clone)]
pub struct Services {
    /// Signing up, profiles, passwords, leaving.
    pub users: Arc<UserService>,
    /// Logging in and out.
    pub sessions: Arc<SessionService>,
    /// The first administrator, and the overview.
    pub admin: Arc<AdminService>,
    /// Signing keys.
    pub keys: Arc<KeyService>,
    /// What happened.
    pub audit: Arc<AuditService>,
}

/// What the pages need to know of the installation.
#[derive(Clone)]
pub struct Settings {
    /// The address people reach it under, without a slash at its end. Cookies are `Secure` when it is `https`.
    pub public_url: String,
    /// The key under which form tokens and notices are signed. Nothing else may be signed under it.
    pub csrf_key: [u8; 32],
}

/// All pages and what they load.
///
/// A path that leads nowhere answers with a page to whoever accepts HTML, and with
/// [`poem::error::NotFoundError`] to everybody else.
pub fn pages(services: Services, settings: &Settings) -> BoxEndpoint<'static, Response> {
    let site = Arc::new(Site::new(services, settings));
    let door = || Door::new(&site);
    administration(Route::new(), &site)
        .at("/", door().shows(home::show))
        .at("/language", door().takes(home::language::submit))
        .at("/sign-up", door().shows(users::sign_up::show).takes(users::sign_up::submit))
        .at("/log-in", door().shows(sessions::log_in::show).takes(sessions::log_in::submit))
        .at("/log-out", door().for_members().takes(sessions::log_out::submit))
        .at("/profile", door().for_members().shows(users::profile::show).takes(users::profile::submit))
        .at(
            "/profile/security",
            door().for_members().shows(users::security::show).takes(users::security::submit),
        )
        .at("/profile/activity", door().for_members().shows(audit::activity::show))
        .at("/profile/notices", door().for_members().takes(users::notices::submit))
        .at("/profile/sessions/end", door().for_members().takes(sessions::devices::end))
        .at("/profile/sessions/end-others", door().for_members().takes(sessions::devices::end_others))
        .at("/profile/export", door().for_members().shows(users::export::show).takes(users::export::submit))
        .at("/profile/export/file", door().for_members().takes(users::export::hand_out))
        .at("/profile/delete", door().for_members().shows(users::delete::show).takes(users::delete::submit))
        .at("/setup/:token", door().shows(admin::setup::show).takes(admin::setup::submit))
        .at(
            "/set-password/:token",
            door().shows(users::set_password::show).takes(users::set_password::submit),
        )
        .at("/assets/:name", assets::Assets(Arc::clone(&site)))
        // Two patterns, because one for everything would also answer for the root.
        .at("/:nowhere", Nowhere(Arc::clone(&site)))
        .at("/:nowhere/*further", Nowhere(Arc::clone(&site)))
        .boxed()
}

/// Adds the doors that only administrators and moderators come through.
fn administration(route: Route, site: &Arc<Site>) -> Route {
    use admin::{audit, export, keys, overview, users};
    let to = |scope| Door::new(site).needs(scope);
    let (read, write) = (Scope::UserRead, Scope::UserWrite);
    route
        .at("/admin", to(Scope::StatsRead).shows(overview::show))
        .at("/admin/users", to(read).shows(users::list::show))
        .at("/admin/users/new", to(write).shows(users::create::show).takes(users::create::submit))
        .at("/admin/users/:id", to(read).shows(users::one::show).takes(users::one::open))
        .at("/admin/users/:id/activity", to(Scope::LogsRead).shows(users::activity::show))
        .at("/admin/users/:id/edit", to(write).shows(users::edit::show).takes(users::edit::submit))
        .at(
            "/admin/users/:id/role",
            to(Scope::AdminWrite).shows(users::role::show).takes(users::role::submit),
        )
        .at("/admin/users/:id/suspend", to(write).shows(users::suspend::show).takes(users::suspend::submit))
        .at("/admin/users/:id/reinstate", to(write).takes(users::suspend::reinstate))
        .at("/admin/users/:id/password-link", to(write).takes(users::password_link::submit))
        .at("/admin/users/:id/end-session", to(write).takes(users::sessions::end))
        .at("/admin/users/:id/end-sessions", to(write).takes(users::sessions::end_all))
        .at(
            "/admin/users/:id/delete",
            to(Scope::UserDelete).shows(users::delete::show).takes(users::delete::submit),
        )
        .at("/admin/audit", to(Scope::LogsRead).shows(audit::show))
        .at("/admin/audit/export", to(Scope::LogsRead).shows(export::show))
        .at("/admin/keys", to(Scope::AdminRead).shows(keys::show))
        .at("/admin/keys/rotate", to(Scope::AdminWrite).takes(keys::rotate))
        .at("/admin/keys/revoke", to(Scope::AdminWrite).shows(keys::ask).takes(keys::revoke))
}
