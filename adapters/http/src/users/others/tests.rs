use crate::testing::{Answer, BEARER, Client, agreeable, agreeable_to, client, knows_ann, stage, stays};
use application::store::Saved;
use application::testing::{House, samples};
use domain::access::Role;
use domain::users::{Search, UserCursor, UserQuery, UserSort};
use poem::http::Method;
use serde_json::json;

async fn send(client: &Client, method: Method, path: &str, body: &'static str) -> Answer {
    let request = client.request(method, path).header("authorization", BEARER);
    Answer::of(request.content_type("application/json").body(body).send().await).await
}

fn admin() -> House {
    agreeable_to(Role::Admin).open()
}

/// The address of what belongs to Ben.
fn bens(rest: &str) -> String {
    format!("/api/v1/users/{}{rest}", samples::user_id(2))
}

#[tokio::test]
async fn an_administrator_makes_an_account_with_a_link_or_with_a_password() {
    let client = client(&admin());
    let body = r#"{"username":"gracehopper","email":"grace@example.com","role":"moderator"}"#;
    let answer = send(&client, Method::POST, "/api/v1/users", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let made = answer.json();
    assert_eq!((&made["role"], &made["email"]), (&json!("moderator"), &json!("grace@example.com")));
    let link = json!({"url": "https://id.example/set-password/secret", "expires_at": "2025-06-16T15:06:40Z"});
    assert_eq!(made["password_link"], link);
    let location = format!("/api/v1/users/{}", made["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    let body = r#"{"username":"grace","email":"grace@example.com","password":"vexing-zebra-lantern"}"#;
    let made = send(&client, Method::POST, "/api/v1/users", body).await.json();
    assert_eq!((&made["role"], made.get("password_link")), (&json!("user"), None));
}

#[tokio::test]
async fn a_form_for_somebody_else_names_all_its_mistakes() {
    let client = client(&admin());
    let body = r#"{"username":"x","role":"root","status":"active","password":"short"}"#;
    let expected = [
        ("/status", "unknown-member"),
        ("/username", "too-short"),
        ("/email", "required"),
        ("/password", "too-short"),
        ("/role", "unknown-value"),
    ];
    let answer = send(&client, Method::POST, "/api/v1/users", body).await;
    assert_eq!(answer.mistakes(), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
}

#[tokio::test]
async fn who_brings_a_token_that_does_not_reach_so_far_does_not_sign_up_with_it() {
    let client = client(&agreeable().open());
    let body = r#"{"username":"grace","email":"grace@example.com","password":"vexing-zebra-lantern"}"#;
    let answer = send(&client, Method::POST, "/api/v1/users", body).await;
    answer.problem(403, "insufficient-scope");
    for other in ["Bearer bad", "Basic YTpi"] {
        let request = client.post("/api/v1/users").header("authorization", other);
        let answer = Answer::of(request.content_type("application/json").body(body).send().await).await;
        assert_eq!(answer.status, 401, "{other}");
    }
}

#[tokio::test]
async fn accounts_of_others_are_masked_until_somebody_says_why() {
    let client = client(&admin());
    let masked = send(&client, Method::GET, &bens(""), "").await.json();
    let email = "b\u{2022}\u{2022}\u{2022}@e\u{2022}\u{2022}\u{2022}";
    assert_eq!((&masked["email"], &masked["masked"]), (&json!(email), &json!(true)));
    let own = send(&client, Method::GET, &format!("/api/v1/users/{}", samples::user_id(1)), "").await.json();
    assert_eq!((&own["email"], own.get("masked")), (&json!("annlee@example.com"), None));
    let opening = bens("/personal-data");
    let open = send(&client, Method::POST, &opening, r#"{"reason":"They asked for help."}"#).await;
    assert_eq!(open.status, 200, "{}", open.text);
    let open = open.json();
    assert_eq!((&open["email"], open.get("masked")), (&json!("benlee@example.com"), None));
    for body in ["{}", r#"{"reason":"  "}"#] {
        let mistakes = send(&client, Method::POST, &opening, body).await.mistakes();
        assert_eq!(mistakes, [("/reason".to_owned(), "required".to_owned())]);
    }
}

#[tokio::test]
async fn a_page_says_where_the_next_one_is_and_keeps_what_was_asked_for() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::Moderator, Role::Moderator.scopes());
    stage
        .users
        .expect_page()
        .withf(|query, limit| {
            let expected = UserQuery {
                search: Some(Search::UsernamePrefix("b&".to_owned())),
                role: Some(Role::User),
                status: None,
                sort: UserSort::UsernameDescending,
                after: Some(UserCursor::Username("zoë+".to_owned())),
            };
            (query, *limit) == (&expected, 2)
        })
        .returning(|_, _| {
            let people = [(2, "benlee"), (3, "béa.1")];
            Ok(people.into_iter().filter_map(|(id, name)| samples::profile(id, name, Role::User)).collect())
        });
    let client = client(&stage.open());
    let path = "/api/v1/users?search=b%26&role=user&cursor=name.zo%C3%AB%2B&sort=-username&limit=1";
    let answer = send(&client, Method::GET, path, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let page = answer.json();
    assert_eq!((&page["next_cursor"], page["items"].as_array().unwrap().len()), (&json!("name.benlee"), 1));
    let next =
        "https://id.example/api/v1/users?search=b%26&role=user&sort=-username&limit=1&cursor=name.benlee";
    assert_eq!(answer.header("link"), Some(format!("<{next}>; rel=\"next\"").as_str()));
}

#[tokio::test]
async fn the_last_page_names_no_other() {
    let answer = send(&client(&admin()), Method::GET, "/api/v1/users", "").await;
    assert_eq!((answer.json()["next_cursor"].is_null(), answer.header("link")), (true, None));
    assert_eq!(answer.json()["items"][0]["masked"], true);
}

#[tokio::test]
async fn a_place_in_one_order_is_none_in_another() {
    let client = client(&admin());
    for query in ["sort=username&cursor=id.01977420-dc00-7202-8202-020202020202", "cursor=name.ben"] {
        let answer = send(&client, Method::GET, &format!("/api/v1/users?{query}"), "").await;
        assert_eq!(answer.mistakes(), [("/cursor".to_owned(), "invalid-cursor".to_owned())], "{query}");
    }
    let query = "role=root&status=gone&sort=age&limit=0&page=2";
    let answer = send(&client, Method::GET, &format!("/api/v1/users?{query}"), "").await;
    let named: Vec<String> = answer.mistakes().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(named, ["/page", "/role", "/status", "/sort", "/limit"]);
}

/// H3: role, status and all that has an address of its own.
#[tokio::test]
async fn an_edit_assigns_nothing_but_the_profile() {
    let client = client(&admin());
    let answer = send(&client, Method::PATCH, &bens(""), r#"{"bio":"Sails.","theme":"dark"}"#).await;
    assert_eq!((answer.status, &answer.json()["theme"]), (200, &json!("dark")), "{}", answer.text);
    let body = r#"{"role":"admin","status":"active","id":"1","masked":false,"version":1,"password":"x",
                   "suspension":null,"role_expires_at":null,"created_at":null}"#;
    let mistakes = send(&client, Method::PATCH, &bens(""), body).await.mistakes();
    assert_eq!(mistakes.len(), 9);
    assert!(mistakes.iter().all(|(_, code)| code == "unknown-member"), "{mistakes:?}");
}

#[tokio::test]
async fn an_edit_to_a_taken_name_is_a_conflict() {
    let mut stage = agreeable_to(Role::Admin);
    stage.store.checkpoint();
    let mut work = stage.work();
    stays(&mut work, Role::Admin);
    work.users.expect_find().returning(|_| Ok(samples::account(2, "benlee", Role::User)));
    let personal = |_| Ok(samples::profile(2, "benlee", Role::User).map(|profile| profile.personal));
    work.personal_data.expect_find().returning(personal);
    work.users.expect_update().returning(|_, _| Ok(Saved::UsernameTaken));
    stage.begins([work]);
    let answer = send(&client(&stage.open()), Method::PATCH, &bens(""), r#"{"username":"carol"}"#).await;
    answer.problem(409, "username-taken");
}

#[tokio::test]
async fn a_role_is_given_for_a_time_and_shows_when_it_ends() {
    let client = client(&admin());
    let body = r#"{"role":"moderator","expires_at":"2025-07-01T00:00:00+02:00","reason":"Holidays.","password":null}"#;
    let answer = send(&client, Method::PUT, &bens("/role"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let view = answer.json();
    assert_eq!(
        (&view["role"], &view["role_expires_at"]),
        (&json!("moderator"), &json!("2025-06-30T22:00:00Z"))
    );
    let cases = [
        (r#"{"role":"moderator","expires_at":"2025-06-15T15:06:40Z"}"#, "/expires_at", "not-in-future"),
        (r#"{"role":"user","expires_at":"2030-01-01T00:00:00Z"}"#, "/expires_at", "not-a-raise"),
        (r#"{"role":"moderator","expires_at":"soon"}"#, "/expires_at", "invalid-date"),
        (r#"{"role":"moderator","expires_at":1893456000}"#, "/expires_at", "wrong-type"),
        (r#"{"role":"root"}"#, "/role", "unknown-value"),
        (r#"{"reason":"x"}"#, "/role", "required"),
    ];
    for (body, pointer, code) in cases {
        let mistakes = send(&client, Method::PUT, &bens("/role"), body).await.mistakes();
        assert_eq!(mistakes, [(pointer.to_owned(), code.to_owned())], "{body}");
    }
}

/// H4, H5.
#[tokio::test]
async fn to_lower_or_suspend_oneself_takes_the_password() {
    let client = client(&admin());
    let own = |rest: &str| format!("/api/v1/users/{}{rest}", samples::user_id(1));
    let cases = [
        (own("/role"), r#"{"role":"user"}"#, "password-needed"),
        (own("/role"), r#"{"role":"user","password":"wrong"}"#, "wrong-password"),
        (own("/suspension"), r#"{"reason":"x"}"#, "password-needed"),
        (own("/suspension"), r#"{"reason":"x","password":"wrong"}"#, "wrong-password"),
    ];
    for (path, body, code) in cases {
        send(&client, Method::PUT, &path, body).await.problem(403, code);
    }
    send(&client, Method::DELETE, &own(""), "").await.problem(403, "password-needed");
    send(&client, Method::POST, &own("/password-link"), "").await.problem(403, "password-needed");
    let right = r#"{"role":"user","password":"vexing-zebra-lantern"}"#;
    assert_eq!(send(&client, Method::PUT, &own("/role"), right).await.status, 200);
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let mut stage = agreeable_to(Role::Admin);
    stage.store.checkpoint();
    let mut work = stage.work();
    stays(&mut work, Role::Admin);
    work.instance.expect_lock_administrators().returning(|| Ok(()));
    work.users.expect_find().returning(|_| Ok(samples::account(1, "annlee", Role::Admin)));
    let personal = |_| Ok(samples::profile(1, "annlee", Role::Admin).map(|profile| profile.personal));
    work.personal_data.expect_find().returning(personal);
    work.users.expect_has_administrator_besides().returning(|_| Ok(false));
    stage.begins([work]);
    let path = format!("/api/v1/users/{}/role", samples::user_id(1));
    let body = r#"{"role":"user","password":"vexing-zebra-lantern"}"#;
    send(&client(&stage.open()), Method::PUT, &path, body).await.problem(409, "last-administrator");
}

#[tokio::test]
async fn a_suspension_is_shown_with_reason_and_end_and_lifted_without_a_word() {
    let client = client(&admin());
    let body = r#"{"reason":"Found in a leak.","until":"2025-06-16T00:00:00Z"}"#;
    let answer = send(&client, Method::PUT, &bens("/suspension"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let view = answer.json();
    let expected = json!({
        "reason": "Found in a leak.", "since": "2025-06-15T15:06:40Z", "until": "2025-06-16T00:00:00Z"
    });
    assert_eq!((&view["status"], &view["suspension"]), (&json!("suspended"), &expected));
    let open_end = send(&client, Method::PUT, &bens("/suspension"), r#"{"reason":"Found in a leak."}"#).await;
    assert_eq!(open_end.json()["suspension"]["until"], json!(null));
    let answer = send(&client, Method::DELETE, &bens("/suspension"), "").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
}

#[tokio::test]
async fn a_link_to_set_a_password_is_shown_once_and_kept_by_nobody() {
    let answer = send(&client(&admin()), Method::POST, &bens("/password-link"), "").await;
    let expected =
        json!({"url": "https://id.example/set-password/secret", "expires_at": "2025-06-16T15:06:40Z"});
    assert_eq!((answer.status, answer.json()), (201, expected));
    assert_eq!((answer.header("location"), answer.header("cache-control")), (None, Some("no-store")));
}

#[tokio::test]
async fn an_account_is_deleted_and_one_that_is_not_there_is_missing() {
    let house = admin();
    let client = client(&house);
    let answer = send(&client, Method::DELETE, &bens(""), "").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(answer.receipt(&house)["subject"], samples::user_id(2).to_string());
    let nobody = format!("/api/v1/users/{}", samples::user_id(9));
    for method in [Method::GET, Method::DELETE] {
        send(&client, method, &nobody, "").await.problem(404, "not-found");
    }
}

/// H6: a moderator reads and does no more, and an administrator is out of their reach.
#[tokio::test]
async fn a_moderator_looks_and_changes_nothing() {
    let client = client(&agreeable_to(Role::Moderator).open());
    assert_eq!(send(&client, Method::GET, &bens(""), "").await.status, 200);
    let refused = [
        (Method::PATCH, bens("")),
        (Method::DELETE, bens("")),
        (Method::POST, bens("/personal-data")),
        (Method::PUT, bens("/role")),
        (Method::PUT, bens("/suspension")),
        (Method::DELETE, bens("/suspension")),
        (Method::POST, bens("/password-link")),
    ];
    for (method, path) in refused {
        send(&client, method, &path, r#"{"reason":"x","role":"user"}"#)
            .await
            .problem(403, "insufficient-scope");
    }
}
