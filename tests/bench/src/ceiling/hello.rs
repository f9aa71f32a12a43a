//! Bare routes of poem-openapi: what of a request is neither ours nor avoidable.
//!
//! `GET /` answers as much as a profile is, which is what a profile can be measured by. `GET /small` answers next to
//! nothing, which is as fast as the framework gets: the harder yardstick of the two.

use poem::Route;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi, OpenApiService};
use serde::Serialize;

/// As many members and about as many bytes as a profile of the service.
#[derive(Object, Serialize)]
pub(super) struct Profile {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) full_name: Option<String>,
    pub(super) bio: Option<String>,
    pub(super) location: Option<String>,
    pub(super) website: Option<String>,
    pub(super) avatar_url: Option<String>,
    pub(super) locale: String,
    pub(super) theme: String,
    pub(super) email_notifications: bool,
    pub(super) role: String,
    pub(super) status: String,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) last_login_at: Option<String>,
}

impl Profile {
    /// Made anew for each request, as whoever reads a row has to.
    fn new() -> Self {
        Self {
            id: "0198f2a4-7c1e-7b3a-9f10-5a6b7c8d9e0f".to_owned(),
            username: "ada.lovelace".to_owned(),
            email: "ada.lovelace@example.test".to_owned(),
            full_name: Some("Ada Lovelace".to_owned()),
            bio: None,
            location: None,
            website: None,
            avatar_url: None,
            locale: "en".to_owned(),
            theme: "system".to_owned(),
            email_notifications: true,
            role: "user".to_owned(),
            status: "active".to_owned(),
            created_at: "2026-11-22T09:30:00.123456Z".to_owned(),
            updated_at: "2026-11-22T09:30:00.123456Z".to_owned(),
            last_login_at: Some("2026-11-22T09:31:00.123456Z".to_owned()),
        }
    }
}

/// An object that is hardly one.
#[derive(Object)]
struct Greeting {
    id: u64,
    email: String,
    message: String,
}

struct Api;

#[expect(clippy::unused_async, reason = "poem-openapi asks for it")]
#[OpenApi]
impl Api {
    #[oai(path = "/", method = "get")]
    async fn profile(&self) -> Json<Profile> {
        Json(Profile::new())
    }

    #[oai(path = "/small", method = "get")]
    async fn greeting(&self) -> Json<Greeting> {
        let (email, message) = ("ada@example.test".to_owned(), "hello, world".to_owned());
        Json(Greeting { id: 42, email, message })
    }
}

/// The routes.
#[must_use]
pub fn routes() -> Route {
    Route::new().nest("/", OpenApiService::new(Api, "ceiling", "1"))
}
