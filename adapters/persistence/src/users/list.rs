//! Lists of accounts. Each is a walk along an index, from the place where the page before it ended.
//!
//! Who asks for a role or a status, or for both, gets a walk along each stretch of the index that has them, cut to the
//! length of the page and merged. So no list is ever sorted or searched through as a whole, however many accounts
//! there are: `tests/contracts/src/plans.rs` asks both engines.

use super::email_key;
use super::row::{ProfileRow, profiles};
use crate::engine::Engine;
use crate::sql::{Sql, sql};
use crate::statement::{Beside, Param};
use crate::store::SqlStore;
use application::store::StoreError;
use domain::access::Role;
use domain::users::{Search, Status, UserCursor, UserQuery, UserSort};
use uuid::Uuid;

/// All accounts of a range.
macro_rules! of_all {
    // The range is said of the keys too: PostgreSQL does not conclude it, and merges from their beginning on.
    (by id $direction:literal) => {
        of_all!(@ "id", " AND k.user_id >= $1 AND k.user_id < $2", $direction)
    };
    (by name $direction:literal) => {
        of_all!(@ "username_key", "", $direction)
    };
    (@ $column:literal, $keys:literal, $direction:literal) => {
        profiles!(
            "users u",
            concat!(
                "WHERE u.", $column, " >= $1 AND u.", $column, " < $2", $keys, " ORDER BY u.", $column, " ",
                $direction, " LIMIT $3"
            )
        )
    };
}

/// The accounts of a range that have one of three pairs of role and status. The page is found by the indexes alone;
/// only what is on it is read.
///
/// Range and order name all of an index: were role and status compared by themselves, PostgreSQL might choose to walk
/// all accounts and pass over those that don't fit, which takes long where there are few.
macro_rules! of_some {
    (by id $direction:literal) => {
        of_some!(@ "id", " WHERE u.id >= $1 AND u.id < $2 AND k.user_id >= $1 AND k.user_id < $2", $direction)
    };
    (by name $direction:literal) => {
        of_some!(@ "username_key", "", $direction)
    };
    (@ $column:literal, $keys:literal, $direction:literal) => {
        profiles!(
            concat!(
                "(SELECT id FROM (",
                of_some!(@stretch $column, $direction, "$4", "$5", "one"), " UNION ALL ",
                of_some!(@stretch $column, $direction, "$6", "$7", "two"), " UNION ALL ",
                of_some!(@stretch $column, $direction, "$8", "$9", "three"),
                ") stretches ORDER BY place ", $direction, " LIMIT $3) found JOIN users u ON u.id = found.id"
            ),
            concat!($keys, " ORDER BY u.", $column, " ", $direction)
        )
    };
    (@stretch $column:literal, $direction:literal, $role:literal, $status:literal, $name:literal) => {
        concat!(
            "SELECT id, place FROM (SELECT id, ", $column, " AS place FROM users WHERE (role, status, ", $column,
            ") >= (", $role, ", ", $status, ", $1) AND (role, status, ", $column, ") < (", $role, ", ", $status,
            ", $2) ORDER BY role ", $direction, ", status ", $direction, ", ", $column, " ", $direction,
            " LIMIT $3) ",
            $name
        )
    };
}

sql! {
    ALL_OLDEST = of_all!(by id "ASC");
    ALL_NEWEST = of_all!(by id "DESC");
    ALL_BY_NAME = of_all!(by name "ASC");
    ALL_BY_NAME_DESCENDING = of_all!(by name "DESC");
    SOME_OLDEST = of_some!(by id "ASC");
    SOME_NEWEST = of_some!(by id "DESC");
    SOME_BY_NAME = of_some!(by name "ASC");
    SOME_BY_NAME_DESCENDING = of_some!(by name "DESC");
    BY_EMAIL = profiles!("users u", "WHERE u.email_key = $1");
}

/// Every statement of this file.
pub(crate) static STATEMENTS: [&Sql; 9] = [
    &ALL_OLDEST,
    &ALL_NEWEST,
    &ALL_BY_NAME,
    &ALL_BY_NAME_DESCENDING,
    &SOME_OLDEST,
    &SOME_NEWEST,
    &SOME_BY_NAME,
    &SOME_BY_NAME_DESCENDING,
    &BY_EMAIL,
];

/// No key begins with it: it is no letter, digit or mark.
const AFTER_EVERY_KEY: char = char::MAX;
/// No key holds it, so nothing lies between a key and the key with this behind it.
const NEXT: char = '\u{1}';

/// From the first one that belongs to it until the first one that no longer does.
type Range<T> = (T, T);

/// The pairs of role and status that are asked for, filled up with pairs that nobody has.
type Pairs = [(&'static str, &'static str); 3];

/// The accounts that a query asks for.
pub(crate) async fn page(
    store: &SqlStore,
    query: &UserQuery,
    limit: u32,
) -> Result<Vec<ProfileRow>, StoreError> {
    let (engine, pairs) = (&store.engine, pairs(query.role, query.status));
    match (&query.search, query.order()) {
        (Some(Search::Email(email)), _) => {
            by_email(engine, &email_key(&*store.sealing, email), query, limit).await
        }
        (_, sort @ (UserSort::Oldest | UserSort::Newest)) => {
            let Some(range) = identifiers(query.after.as_ref(), sort) else { return Ok(Vec::new()) };
            walk(engine, sort, range, pairs, limit).await
        }
        (search, sort) => {
            let prefix = match search {
                Some(Search::UsernamePrefix(prefix)) => prefix.as_str(),
                _ => "",
            };
            let Some(range) = names(prefix, query.after.as_ref(), sort) else { return Ok(Vec::new()) };
            walk(engine, sort, (range.0.as_str(), range.1.as_str()), pairs, limit).await
        }
    }
}

async fn walk<T>(
    engine: &Engine,
    sort: UserSort,
    (first, end): Range<T>,
    pairs: Option<Pairs>,
    limit: u32,
) -> Result<Vec<ProfileRow>, StoreError>
where
    T: for<'q> Param<'q> + Copy + Send + Sync,
{
    let limit = i64::from(limit);
    let (all, some) = match sort {
        UserSort::Oldest => (&ALL_OLDEST, &SOME_OLDEST),
        UserSort::Newest => (&ALL_NEWEST, &SOME_NEWEST),
        UserSort::Username => (&ALL_BY_NAME, &SOME_BY_NAME),
        UserSort::UsernameDescending => (&ALL_BY_NAME_DESCENDING, &SOME_BY_NAME_DESCENDING),
    };
    let Some(pairs) = pairs else {
        return engine.all(all, |s| s.bind(first).bind(end).bind(limit)).await;
    };
    engine
        .all(some, |s| {
            let range = s.bind(first).bind(end).bind(limit);
            pairs.iter().fold(range, |s, (role, status)| s.bind(*role).bind(*status))
        })
        .await
}

/// At most one account has an address, and whoever has come to a place in that list has seen it.
async fn by_email(
    engine: &Engine,
    key: &str,
    query: &UserQuery,
    limit: u32,
) -> Result<Vec<ProfileRow>, StoreError> {
    if query.after.is_some() || limit == 0 {
        return Ok(Vec::new());
    }
    let found: Option<ProfileRow> = engine.optional(&BY_EMAIL, |s| s.bind(key)).await?;
    let is_meant = |Beside(user, _): &ProfileRow| {
        query.role.is_none_or(|role| user.role == role.name())
            && query.status.is_none_or(|status| user.status == status.name())
    };
    Ok(found.into_iter().filter(is_meant).collect())
}

fn pairs(role: Option<Role>, status: Option<Status>) -> Option<Pairs> {
    let mut pairs = Pairs::default();
    match (role, status) {
        (None, None) => return None,
        (Some(role), Some(status)) => pairs[0] = (role.name(), status.name()),
        (Some(role), None) => {
            pairs.iter_mut().zip(Status::ALL).for_each(|(pair, status)| *pair = (role.name(), status.name()));
        }
        (None, Some(status)) => {
            pairs.iter_mut().zip(Role::ALL).for_each(|(pair, role)| *pair = (role.name(), status.name()));
        }
    }
    Some(pairs)
}

/// The identifiers that are left; `None` where the place belongs to lists of another order.
fn identifiers(after: Option<&UserCursor>, sort: UserSort) -> Option<Range<Uuid>> {
    // Every identifier lies between the nil one and the greatest one (RFC 9562, sections 5.9 and 5.10).
    let whole = (Uuid::nil(), Uuid::max());
    match after {
        None => Some(whole),
        Some(UserCursor::Created(id)) if sort == UserSort::Newest => Some((whole.0, id.as_uuid())),
        Some(UserCursor::Created(id)) => {
            Some((Uuid::from_u128(id.as_uuid().as_u128().saturating_add(1)), whole.1))
        }
        Some(UserCursor::Username(_)) => None,
    }
}

/// The keys that are left of those that begin like `prefix`; `None` where there can't be any.
fn names(prefix: &str, after: Option<&UserCursor>, sort: UserSort) -> Option<Range<String>> {
    // PostgreSQL refuses a text with it, and no key has it.
    let is_text = |text: &str| !text.contains('\0');
    if !is_text(prefix) {
        return None;
    }
    let (first, end) = (prefix.to_owned(), beyond(prefix));
    match after {
        None => Some((first, end)),
        Some(UserCursor::Username(key)) if is_text(key) => Some(match sort {
            UserSort::UsernameDescending => (first, end.min(key.clone())),
            _ => (first.max(format!("{key}{NEXT}")), end),
        }),
        Some(_) => None,
    }
}

/// The first text, in the order of bytes, that comes after everything that begins like `prefix`.
fn beyond(prefix: &str) -> String {
    let mut text: Vec<char> = prefix.chars().collect();
    while let Some(last) = text.pop() {
        // A range of characters leaves out what is no character; the next one is the second of it.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return text.into_iter().collect();
        }
    }
    AFTER_EVERY_KEY.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_prefix_lies_before_what_is_beyond_it_and_nothing_else_does() {
        for prefix in ["a", "al%", "\u{7f}", "\u{d7ff}", "z\u{10ffff}", "\u{10fffe}", "zebra_"] {
            let beyond = beyond(prefix);
            assert!(*beyond > *format!("{prefix}\u{10ffff}\u{10ffff}"), "{prefix:?}");
            let shorter: String = beyond.chars().take(beyond.chars().count() - 1).collect();
            assert!(prefix.starts_with(&shorter), "{prefix:?}");
        }
        assert_eq!(beyond("\u{d7ff}"), "\u{e000}");
        assert_eq!((beyond("").as_str(), beyond("\u{10ffff}").as_str()), ("\u{10ffff}", "\u{10ffff}"));
    }

    #[test]
    fn a_place_outside_of_what_is_looked_for_leaves_all_of_it_or_nothing() {
        let place = |key: &str| Some(UserCursor::Username(key.to_owned()));
        for (key, sort, is_empty) in [
            ("aa", UserSort::Username, false),
            ("zz", UserSort::Username, true),
            ("aa", UserSort::UsernameDescending, true),
            ("zz", UserSort::UsernameDescending, false),
        ] {
            let (first, end) = names("mm", place(key).as_ref(), sort).unwrap();
            if is_empty {
                assert!(first >= end, "{key}");
            } else {
                assert_eq!((first.as_str(), end.as_str()), ("mm", "mn"), "{key}");
            }
        }
    }
}
