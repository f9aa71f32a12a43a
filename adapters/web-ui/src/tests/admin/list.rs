//! Accounts, found and listed.

use super::super::browser::Browser;
use super::cast::{bob, page, stage};
use application::testing::{Stage, samples};
use domain::access::Role;
use domain::users::{Locale, Search, Status, UserCursor, UserQuery, UserSort, Username};

/// A stage on which the directory is asked exactly that, and finds Bob alone.
fn asked(expected: UserQuery) -> Stage {
    let mut stage = stage(Role::Moderator);
    stage
        .users
        .expect_page()
        .withf(move |query, _| *query == expected)
        .times(1)
        .returning(|_, _| Ok(vec![bob()]));
    stage
}

#[tokio::test]
async fn an_account_in_the_list_is_named_masked_and_linked() {
    let list = Browser::logged_in(asked(UserQuery::default())).get("/admin/users").await;
    list.assert_shows(
        200,
        &[
            &format!("<a href=\"{}\"><bdi>bob.ray</bdi></a>", page()),
            "<bdi>b\u{2022}\u{2022}\u{2022}@e\u{2022}\u{2022}\u{2022}</bdi>",
            "15 June 2025 at 15:06 UTC",
            "never",
            "The beginning of a user name, or a whole e-mail address.",
        ],
    );
    assert!(!list.body.contains("bob.ray@example.com") && !list.body.contains("Robert"));
}

#[tokio::test]
async fn everything_that_is_chosen_is_asked_for_and_stays_chosen() {
    let query = UserQuery {
        search: Some(Search::UsernamePrefix(Username::parse("bob").unwrap().key().to_owned())),
        role: Some(Role::User),
        status: Some(Status::Active),
        ..UserQuery::default()
    };
    let mut browser = Browser::logged_in(asked(query));
    let list = browser.get("/admin/users?search=+BOB+&role=user&status=active&sort=").await;
    list.assert_shows(
        200,
        &[
            "value=\"BOB\"",
            "<option value=\"user\" selected>",
            "<option value=\"active\" selected>",
            // What was found by the beginning of its name comes by name, and the page says so.
            "<option value=\"username\" selected>",
        ],
    );
    let query = UserQuery { sort: UserSort::Oldest, ..UserQuery::default() };
    let list = Browser::logged_in(asked(query)).get("/admin/users?sort=created_at").await;
    list.assert_shows(200, &["<option value=\"created_at\" selected>"]);
    let query = UserQuery { search: Search::parse("bob.ray@example.com"), ..UserQuery::default() };
    assert!(matches!(query.search, Some(Search::Email(_))));
    Browser::logged_in(asked(query))
        .get("/admin/users?search=+bob.ray%40example.com+")
        .await
        .assert_shows(200, &[]);
}

#[tokio::test]
async fn a_long_list_comes_in_pages_that_keep_what_was_chosen() {
    let mut stage = stage(Role::Moderator);
    stage.users.expect_page().returning(|query, limit| {
        let last = UserCursor::Username(Username::parse("user49").unwrap().key().to_owned());
        assert!(query.after.is_none() || query.after == Some(last));
        let named = |number: u32| {
            samples::profile(u8::try_from(number).unwrap(), &format!("user{number:02}"), Role::User)
        };
        let from = if query.after.is_some() { 50..52 } else { 0..limit };
        Ok(from.filter_map(named).collect())
    });
    let mut browser = Browser::logged_in(stage);
    let first = browser.get("/admin/users?role=user&sort=username").await;
    let (_, rest) = first.body.split_once("rel=\"next\" href=\"").unwrap();
    let next = rest.split('"').next().unwrap().replace("&#38;", "&");
    assert!(next.starts_with("/admin/users?role=user&sort=username&cursor=name%2E"), "{next}");
    assert!(!first.body.contains("Back to the first page") && !first.body.contains("user50"));
    let second = browser.get(&next).await;
    let back = "<a class=\"button second\" href=\"/admin/users?role=user&#38;sort=username\">Back to the first page</a>";
    second.assert_shows(200, &["user50", "user51", back]);
    assert!(!second.body.contains("rel=\"next\""));
}

#[tokio::test]
async fn a_list_that_is_empty_says_why() {
    let mut stage = stage(Role::Admin);
    stage.users.expect_page().returning(|_, _| Ok(Vec::new()));
    let mut browser = Browser::logged_in(stage);
    browser.get("/admin/users?search=nobody").await.assert_shows(200, &["Nobody meets this."]);
    browser.get("/admin/users").await.assert_shows(200, &["There is no account yet."]);
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_told_beside_its_field() {
    let mut browser = Browser::logged_in(stage(Role::Admin));
    let list = browser.get("/admin/users?role=boss&status=asleep&sort=age&search=x").await;
    list.assert_shows(
        400,
        &[
            "3 things need another look",
            "id=\"role-error\"",
            "id=\"status-error\"",
            "id=\"sort-error\"",
            "value=\"x\"",
        ],
    );
    browser.get("/admin/users?cursor=x").await.assert_shows(400, &[]);
    // A place among names is none in the order of making.
    browser.get("/admin/users?cursor=name.bob").await.assert_shows(400, &[]);
}

#[tokio::test]
async fn what_was_looked_for_comes_back_as_text() {
    let mut stage = stage(Role::Admin);
    stage.users.expect_page().returning(|_, limit| Ok(vec![bob(); limit as usize]));
    let list = Browser::logged_in(stage)
        .get("/admin/users?search=%22%3E%3Csvg%20onload%3D1%3E%7B%7B7*7%7D%7D")
        .await;
    list.assert_shows(200, &["value=\"&#34;&#62;&#60;svg onload=1&#62;{{7*7}}\""]);
    assert!(!list.body.contains("<svg"));
    list.assert_shows(200, &["href=\"/admin/users?search=%22%3E%3Csvg%20onload%3D1%3E%7B%7B7%2A7%7D%7D&#38;sort=username&#38;cursor="]);
}

#[tokio::test]
async fn the_list_speaks_french() {
    let list = Browser::logged_in(super::cast::full(Role::Admin, Locale::Fr)).get("/admin/users").await;
    list.assert_shows(200, &["Utilisateurs", "Page suivante", "jamais", "une adresse e-mail entière"]);
}
