//! The pages as a program sees them: cookies, forms from elsewhere, what stays private (group D).

use journeys::{Answer, Client, Engine, Outcome, Person, Resident, Server, Settings, forms, on_both_engines};
use reqwest::Method;
use serde_json::json;

on_both_engines!(
    logging_in_gives_a_new_cookie_and_logging_out_takes_it_back,
    changing_the_password_gives_another_cookie_and_ends_all_others,
    a_form_that_was_not_made_for_this_session_changes_nothing,
    no_form_of_the_administrators_can_be_sent_from_elsewhere_or_by_anybody_else,
    the_trail_is_exported_by_cookie_to_those_who_may_read_it,
);

/// What a cookie is set to, whole.
fn cookies(answer: &Answer) -> Vec<String> {
    let set = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    set.map(str::to_owned).collect()
}

/// The cookie that carries a session: the one that is as long as a secret and not the mark of the device.
fn session_cookie(answer: &Answer) -> Outcome<String> {
    let found = cookies(answer)
        .into_iter()
        .find(|cookie| cookie.split('=').next().is_some_and(|name| name.contains("session")));
    found.ok_or_else(|| format!("no session cookie: {:?}", cookies(answer)).into())
}

/// The name and value of a cookie, as a browser sends it back.
fn sent_back(cookie: &str) -> &str {
    cookie.split(';').next().unwrap_or_default()
}

async fn logged_in(server: &Server) -> Outcome<(Person, Client, Answer)> {
    let person = Person::new();
    let client = server.client()?.with_cookies()?;
    client.sign_up(&person).await?;
    let fields = [("login", person.username.as_str()), ("password", person.password.as_str())];
    let answer = forms::submit(&client, "/log-in", &fields).await?.expect(303)?;
    Ok((person, client, answer))
}

async fn with_cookie(server: &Server, cookie: &str) -> Outcome<Answer> {
    Answer::to(server.client()?.request(Method::GET, "/profile").header("cookie", cookie)).await
}

async fn log_out(client: &Client) -> Outcome<Answer> {
    let page = client.get("/profile").await?.expect(200)?.text();
    let hidden = forms::hidden_fields(&page, "/log-out");
    let hidden: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.form("/log-out", &hidden).await
}

/// D2 and D4.
async fn logging_in_gives_a_new_cookie_and_logging_out_takes_it_back(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let (person, client, answer) = logged_in(&server).await?;
    let first = session_cookie(&answer)?;
    assert!(
        first.contains("HttpOnly") && first.contains("SameSite=Lax") && first.contains("Path=/"),
        "{first}"
    );
    assert!(!first.contains("Domain"), "{first}");
    with_cookie(&server, sent_back(&first)).await?.expect(200)?;
    let page = client.get("/profile").await?.expect(200)?;
    assert!(page.header("cache-control").contains("no-store"), "the Back button shows nothing private");

    // Another log-in is another session, and the cookie of one is no token of the API.
    let fields = [("login", person.username.as_str()), ("password", person.password.as_str())];
    let other = server.client()?.with_cookies()?;
    let second = session_cookie(&forms::submit(&other, "/log-in", &fields).await?.expect(303)?)?;
    assert_ne!(sent_back(&first), sent_back(&second));
    let value = sent_back(&first).split_once('=').unwrap_or_default().1;
    server.client()?.bearing(value).get("/api/v1/me").await?.problem(401, "invalid-token")?;
    let by_cookie = server.client()?.request(Method::GET, "/api/v1/me").header("cookie", sent_back(&first));
    Answer::to(by_cookie).await?.problem(401, "unauthenticated")?;

    log_out(&client).await?.expect(303)?;
    with_cookie(&server, sent_back(&first)).await?.expect(303)?;
    with_cookie(&server, sent_back(&second)).await?.expect(200).map(drop)
}

/// D2: what a session may do has changed, so it is carried by another cookie; and it is the only one left.
async fn changing_the_password_gives_another_cookie_and_ends_all_others(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let (person, client, answer) = logged_in(&server).await?;
    let first = session_cookie(&answer)?;
    let other = server.client()?.with_cookies()?;
    let fields = [("login", person.email.as_str()), ("password", person.password.as_str())];
    forms::submit(&other, "/log-in", &fields).await?.expect(303)?;
    other.get("/profile").await?.expect(200)?;
    let next = "an-entirely-new-lantern";
    let fields =
        [("current_password", person.password.as_str()), ("new_password", next), ("password_repeat", next)];
    let changed = forms::submit(&client, "/profile/security", &fields).await?.expect(303)?;
    assert_ne!(sent_back(&session_cookie(&changed)?), sent_back(&first));
    with_cookie(&server, sent_back(&first)).await?.expect(303)?;
    other.get("/profile").await?.expect(303)?;
    client.get("/profile").await?.expect(200).map(drop)
}

/// D5 and D6.
async fn a_form_that_was_not_made_for_this_session_changes_nothing(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let (person, client, _) = logged_in(&server).await?;
    let (_, stranger, _) = logged_in(&server).await?;
    let theirs = forms::hidden_fields(&stranger.get("/profile").await?.text(), "/profile");
    let theirs = theirs.first().ok_or("the form has no token")?.1.clone();
    let before =
        forms::hidden_fields(&server.client()?.with_cookies()?.get("/log-in").await?.text(), "/log-in");
    let before = before.first().ok_or("the form has no token")?.1.clone();
    for (path, field, value) in [
        ("/profile", "bio", "changed by somebody else"),
        ("/profile/delete", "password", person.password.as_str()),
        ("/profile/security", "new_password", "an-entirely-new-lantern"),
        ("/profile/sessions/end", "session", "01920000-0000-7000-8000-000000000000"),
        ("/profile/sessions/end-others", "x", "y"),
        ("/profile/notices", "until", "2026-01-01T00:00:00Z"),
        ("/log-out", "x", "y"),
        ("/log-in", "login", person.username.as_str()),
        ("/sign-up", "username", "somebody-else"),
    ] {
        for token in [None, Some(""), Some("garbage"), Some(theirs.as_str()), Some(before.as_str())] {
            let mut fields = vec![(field, value)];
            fields.extend(token.map(|token| ("csrf", token)));
            let answer = client.form(path, &fields).await?;
            assert_eq!(answer.status, 403, "{path} with {token:?}");
        }
        let mine = forms::hidden_fields(&client.get("/profile").await?.text(), "/profile");
        let mine = mine.first().ok_or("the form has no token")?.1.clone();
        let from_elsewhere =
            client.request(Method::POST, path).form(&[("csrf", mine.as_str()), (field, value)]);
        let from_elsewhere =
            from_elsewhere.header("origin", "https://evil.example").header("sec-fetch-site", "cross-site");
        assert_eq!(Answer::to(from_elsewhere).await?.status, 403, "{path} from elsewhere");
    }
    assert_eq!(client.get("/log-out").await?.status, 405, "leaving takes a form");
    let unchanged = server.client()?;
    let unchanged = unchanged.bearing(&unchanged.log_in(&person).await?.access).get("/api/v1/me").await?;
    assert_eq!(unchanged.expect(200)?.json()?["bio"], json!(null));
    client.get("/profile").await?.expect(200).map(drop)
}

/// A browser without its window, in which somebody is logged in, and the token of its forms.
async fn browsing(server: &Server, person: &Person) -> Outcome<(Client, String)> {
    let client = server.client()?.with_cookies()?;
    let fields = [("login", person.username.as_str()), ("password", person.password.as_str())];
    forms::submit(&client, "/log-in", &fields).await?.expect(303)?;
    let hidden = forms::hidden_fields(&client.get("/profile").await?.text(), "/profile");
    let token = hidden.first().ok_or("the form has no token")?.1.clone();
    Ok((client, token))
}

/// D5 and H1: forged forms change nothing, nor do those of people who may not; the same form from its own page does.
async fn no_form_of_the_administrators_can_be_sent_from_elsewhere_or_by_anybody_else(
    engine: Engine,
) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let moderator = administrator.appoint(&server, "moderator").await?;
    let target = Resident::user(&server).await?;
    let (admin, mine) = browsing(&server, &administrator.person).await?;
    let (watcher, theirs) = browsing(&server, &moderator.person).await?;
    let page = |rest: &str| format!("/admin/users/{}{rest}", target.id);
    let forms = [
        (page(""), vec![("reason", "Because.")]),
        (page("/edit"), vec![("location", "Elsewhere")]),
        (page("/role"), vec![("role", "moderator"), ("reason", "Because.")]),
        (page("/end-sessions"), vec![]),
        (page("/password-link"), vec![]),
        (page("/suspend"), vec![("reason", "Because.")]),
        (page("/reinstate"), vec![]),
        (page("/delete"), vec![("confirmation", target.person.username.as_str())]),
        ("/admin/users/new".to_owned(), vec![("username", "upstart"), ("email", "upstart@journeys.example")]),
        ("/admin/keys/rotate".to_owned(), vec![]),
        ("/admin/keys/revoke".to_owned(), vec![("confirmation", "revoke")]),
    ];
    let changes = "SELECT COUNT(*) FROM events WHERE kind NOT IN ('access_refused', 'logged_in')";
    let before = server.database().number(changes).await?;
    for (path, fields) in &forms {
        for token in ["", "garbage", &theirs] {
            let forged = [fields.as_slice(), &[("csrf", token)]].concat();
            admin.form(path, &forged).await?.expect(403).map_err(|error| format!("{path}: {error}"))?;
        }
        let honest = [fields.as_slice(), &[("csrf", mine.as_str())]].concat();
        let from_elsewhere = admin.request(Method::POST, path).form(&honest);
        let from_elsewhere = from_elsewhere.header("origin", "https://evil.example");
        assert_eq!(Answer::to(from_elsewhere).await?.status, 403, "{path} from elsewhere");
        let theirs = [fields.as_slice(), &[("csrf", theirs.as_str())]].concat();
        assert_eq!(watcher.form(path, &theirs).await?.status, 403, "{path} by a moderator");
        let visitor = server.client()?.form(path, &honest).await?;
        assert!(matches!(visitor.status, 303 | 403), "{path} by a visitor: {}", visitor.status);
    }
    assert_eq!(server.database().number(changes).await?, before, "nothing has happened");
    for (path, fields) in &forms {
        let honest = [fields.as_slice(), &[("csrf", mine.as_str())]].concat();
        let answer = admin.form(path, &honest).await?;
        assert!(matches!(answer.status, 200 | 303), "{path}: {} {}", answer.status, answer.text());
    }
    assert!(server.database().number(changes).await? >= before + 10, "everything has happened");
    Ok(())
}

async fn the_trail_is_exported_by_cookie_to_those_who_may_read_it(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let (admin, _) = browsing(&server, &administrator.person).await?;
    let path = "/admin/audit/export";
    let answer = admin.get(&format!("{path}?kind=user_signed_up")).await?.expect(200)?;
    assert!(answer.header("content-type").starts_with("application/x-ndjson"), "{:?}", answer.headers);
    assert!(answer.header("content-disposition").starts_with("attachment"), "{:?}", answer.headers);
    let lines: Vec<serde_json::Value> =
        answer.text().lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(lines.len(), 1);
    // It is the very line that the API sends.
    let by_api = administrator.client.get("/api/v1/audit-events/export?kind=user_signed_up").await?;
    assert_eq!(by_api.text(), answer.text());
    assert_eq!(lines[0]["subject"], someone.id.as_str());
    let (curious, _) = browsing(&server, &someone.person).await?;
    assert_eq!(curious.get(path).await?.status, 403);
    let visitor = server.client()?.get(path).await?.expect(303)?;
    assert!(visitor.header("location").starts_with("/log-in"), "{:?}", visitor.headers);
    let exports = "SELECT COUNT(*) FROM events WHERE kind = 'audit_exported'";
    assert_eq!(server.database().number(exports).await?, 2);
    Ok(())
}

/// D1 and D8: behind a proxy that speaks https.
#[tokio::test]
async fn over_https_every_cookie_is_bound_to_the_host_and_the_browser_is_told_to_stay() -> Outcome {
    let public = "https://accounts.example";
    let settings = Settings::on(Engine::Sqlite).with("SERVER__PUBLIC_URL", public);
    let server = Server::start(settings).await?;
    let (client, person) = (server.client()?, Person::new());
    client.sign_up(&person).await?;
    let page = client.get("/log-in").await?.expect(200)?;
    assert!(page.header("strict-transport-security").contains("max-age="), "{:?}", page.headers);
    let before = cookies(&page);
    let kept = before.iter().map(|cookie| sent_back(cookie)).collect::<Vec<_>>().join("; ");
    let hidden = forms::hidden_fields(&page.text(), "/log-in");
    let mut fields = vec![("login", person.username.as_str()), ("password", person.password.as_str())];
    fields.extend(hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let request = client.request(Method::POST, "/log-in").header("cookie", kept).header("origin", public);
    let answer = Answer::to(request.form(&fields)).await?.expect(303)?;
    for cookie in before.into_iter().chain(cookies(&answer)) {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        assert!(
            cookie.contains("; Secure") && cookie.contains("; Path=/") && !cookie.contains("Domain"),
            "{cookie}"
        );
    }
    assert!(session_cookie(&answer)?.contains("HttpOnly"));
    Ok(())
}
