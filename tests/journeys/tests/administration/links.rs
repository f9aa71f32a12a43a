use journeys::{Client, Engine, Outcome, Resident, Server, Settings, forms, on_both_engines, trail};
use reqwest::Method;
use serde_json::json;

on_both_engines!(
    of_fifty_who_use_one_link_one_sets_the_password,
    a_link_sets_a_password_by_page_too_and_ends_every_session,
);

/// The secret of a new link for somebody.
async fn link(administrator: &Client, someone: &Resident) -> Outcome<String> {
    let answer = administrator.post(&someone.at("/password-link"), &json!({})).await?.expect(201)?;
    assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
    let url = answer.json()?["url"].as_str().unwrap_or_default().to_owned();
    Ok(url.rsplit('/').next().unwrap_or_default().to_owned())
}

async fn of_fifty_who_use_one_link_one_sets_the_password(engine: Engine) -> Outcome {
    let servers = Server::start_together(Settings::on(engine).unthrottled(), 2).await?;
    let administrator = Resident::administrator(&servers[0]).await?.client;
    let someone = Resident::user(&servers[0]).await?;
    let replaced = link(&administrator, &someone).await?;
    let token = link(&administrator, &someone).await?;
    let clients = [servers[0].client()?, servers[1].client()?];
    let old = json!({"token": replaced, "password": "an-entirely-new-lantern"});
    clients[0].send(Method::PUT, "/api/v1/password", &old).await?.problem(404, "not-found")?;
    assert_eq!(someone.knocks().await?, 200, "nothing has happened yet");

    let password = |number: usize| format!("an-entirely-new-lantern-{number}");
    let uses = (0..50).map(|number| {
        let (client, token) = (clients[number % 2].clone(), token.clone());
        async move {
            let body = json!({"token": token, "password": password(number)});
            let mut answer = client.send(Method::PUT, "/api/v1/password", &body).await?;
            // The number goes along, so that it is known whose password it became.
            answer.headers.insert("x-number", number.into());
            Ok(answer)
        }
    });
    let heard = Client::all_at_once(uses.collect::<Vec<_>>()).await?;
    let set: Vec<usize> = heard
        .iter()
        .filter(|answer| answer.status == 204)
        .filter_map(|answer| answer.header("x-number").parse().ok())
        .collect();
    assert_eq!(set.len(), 1, "{:?}", heard.iter().map(|answer| answer.status).collect::<Vec<_>>());
    for answer in heard.iter().filter(|answer| answer.status != 204) {
        answer.problem(404, "not-found")?;
    }
    assert_eq!(someone.knocks().await?, 401, "every session has ended");
    for number in [set[0], (set[0] + 1) % 50] {
        let login = json!({"login": someone.person.username, "password": password(number)});
        let status = clients[1].post("/api/v1/sessions", &login).await?.status;
        assert_eq!(status, if number == set[0] { 201 } else { 401 });
    }
    let events = trail::events(&administrator, &format!("?kind=password_set&subject={}", someone.id)).await?;
    assert_eq!(events.len(), 1, "{events:?}");
    Ok(())
}

async fn a_link_sets_a_password_by_page_too_and_ends_every_session(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?.client;
    let mut someone = Resident::user(&server).await?;
    let path = format!("/set-password/{}", link(&administrator, &someone).await?);
    let browser = server.client()?.with_cookies()?;
    let page = browser.get(&path).await?.expect(200)?;
    assert!(page.header("cache-control").contains("no-store"), "{:?}", page.headers);
    assert!(!page.text().contains(&someone.person.email), "the page does not say whose link it is");
    let next = "an-entirely-new-lantern";
    let weak = [("password", "password1234"), ("password_repeat", "password1234")];
    forms::submit(&browser, &path, &weak).await?.expect(400)?;
    let differing = [("password", next), ("password_repeat", "something else")];
    forms::submit(&browser, &path, &differing).await?.expect(400)?;
    assert_eq!(someone.knocks().await?, 200);
    forms::submit(&browser, &path, &[("password", next), ("password_repeat", next)]).await?.expect(303)?;
    assert_eq!(someone.knocks().await?, 401);
    browser.get(&path).await?.expect(404)?;
    server.client()?.get("/set-password/garbage").await?.expect(404)?;
    next.clone_into(&mut someone.person.password);
    someone.again(&server).await.map(drop)
}
