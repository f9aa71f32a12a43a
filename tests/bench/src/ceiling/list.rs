//! A hundred people as poem and sqlx list them, and nothing opened: the newest accounts by their key, then the rows of
//! the vault that belong to them, both read into the members that the service answers with.
//!
//! What is sealed is told in base64, since a service that keeps it in clear would have about as much to write. There is no
//! key, no masking, no policy and no token.

use super::hello::Profile;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poem::error::InternalServerError;
use poem::web::{Data, Json};
use poem::{EndpointExt, Result, Route, get, handler};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Error, SqlSafeStr, SqlStr};
use std::collections::HashMap;
use std::path::Path;
use uuid::Uuid;

const PEOPLE: usize = 100;

/// As many as the service reads with.
const READERS: u32 = 4;

const ACCOUNTS: &str = "
    SELECT u.id, u.username, u.avatar_url, u.locale, u.theme, u.email_notifications, u.role, u.status, u.created_at,
        u.updated_at, u.last_login_at, k.sealed, k.vault_version
    FROM users u JOIN data_keys k ON k.user_id = u.id ORDER BY u.id DESC LIMIT 100";

/// The columns of [`ACCOUNTS`].
type Account = (
    Uuid,
    String,
    Option<String>,
    String,
    String,
    bool,
    String,
    String,
    i64,
    i64,
    Option<i64>,
    Vec<u8>,
    Uuid,
);

/// Whose it is, which version, and the sealed values.
type Person = (Uuid, Uuid, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);

#[derive(Serialize)]
struct Page {
    items: Vec<Profile>,
}

/// Both databases.
#[derive(Clone)]
pub struct Lists {
    main: SqlitePool,
    vault: SqlitePool,
    people: SqlStr,
}

impl Lists {
    /// Opens them.
    pub async fn open(main: &Path, vault: &Path) -> Result<Self, Error> {
        let places: Vec<String> = (1..=PEOPLE).map(|number| format!("${number}")).collect();
        let people = format!(
            "SELECT user_id, version, email, full_name, bio, location, website FROM people WHERE user_id IN ({})",
            places.join(", ")
        );
        let people = AssertSqlSafe(people).into_sql_str();
        Ok(Self { main: pool(main).await?, vault: pool(vault).await?, people })
    }

    async fn newest(&self) -> Result<Page, Error> {
        let accounts: Vec<Account> = sqlx::query_as(ACCOUNTS).fetch_all(&self.main).await?;
        let asked = sqlx::query_as(self.people.clone());
        let asked = accounts.iter().fold(asked, |asked, account| asked.bind(account.0));
        let people: Vec<Person> = asked.fetch_all(&self.vault).await?;
        let mut people: HashMap<(Uuid, Uuid), Person> =
            people.into_iter().map(|person| ((person.0, person.1), person)).collect();
        let user = |account: Account| {
            let (id, username, avatar_url, locale, theme, email_notifications, role, status, ..) = account;
            let (.., created_at, updated_at, last_login_at, _, version) = account;
            let (_, _, email, full_name, bio, location, website) = people.remove(&(id, version))?;
            Some(Profile {
                id: id.to_string(),
                username,
                email: STANDARD.encode(email),
                full_name: Some(STANDARD.encode(full_name)),
                bio: Some(STANDARD.encode(bio)),
                location: Some(STANDARD.encode(location)),
                website: Some(STANDARD.encode(website)),
                avatar_url,
                locale,
                theme,
                email_notifications,
                role,
                status,
                created_at: created_at.to_string(),
                updated_at: updated_at.to_string(),
                last_login_at: last_login_at.map(|at| at.to_string()),
            })
        };
        Ok(Page { items: accounts.into_iter().filter_map(user).collect() })
    }
}

async fn pool(file: &Path) -> Result<SqlitePool, Error> {
    let options = SqliteConnectOptions::new().filename(file).disable_statement_logging();
    SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await
}

/// The route at `GET /`.
#[must_use]
pub fn routes(lists: Lists) -> Route {
    Route::new().at("/", get(list.data(lists)))
}

#[handler]
async fn list(Data(lists): Data<&Lists>) -> Result<Json<Page>> {
    let page = lists.newest().await.map_err(InternalServerError)?;
    // A list that lacks somebody is no yardstick.
    if page.items.len() == PEOPLE { Ok(Json(page)) } else { Err(poem::http::StatusCode::NOT_FOUND.into()) }
}
