use journeys::{Client, Engine, Failure, Outcome, Person, Server, Settings, forms, on_both_engines};
use reqwest::Method;
use serde_json::json;

on_both_engines!(
    of_fifty_people_with_the_link_one_becomes_the_administrator,
    the_last_administrator_cannot_leave,
);

fn link(server: &Server) -> Outcome<String> {
    let link = server.setup_link().ok_or_else(|| Failure::from("no link was told"))?;
    let path = link.strip_prefix(server.url()).ok_or_else(|| format!("{link} leads elsewhere"))?;
    Ok(path.to_owned())
}

fn fields(person: &Person) -> [(&str, &str); 4] {
    [
        ("username", &person.username),
        ("email", &person.email),
        ("password", &person.password),
        ("password_repeat", &person.password),
    ]
}

async fn of_fifty_people_with_the_link_one_becomes_the_administrator(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let path = link(&server)?;
    let mut people = Vec::new();
    for _ in 0..50 {
        let client = server.client()?.with_cookies()?;
        let page = client.get(&path).await?.expect(200)?.text();
        people.push((client, forms::hidden_fields(&page, &path)));
    }
    let requests = people.into_iter().map(|(client, hidden)| {
        let path = path.clone();
        async move {
            let person = Person::new();
            let mut all = fields(&person).to_vec();
            all.extend(hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            client.form(&path, &all).await
        }
    });
    let heard = Client::all_at_once(requests).await?;
    let statuses: Vec<u16> = heard.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 303 | 404)), "{statuses:?}");
    assert_eq!(server.database().number("SELECT COUNT(*) FROM users").await?, 1);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM users WHERE role = 'admin'").await?, 1);
    server.client()?.get(&path).await?.expect(404)?;
    server.client()?.get("/setup/not-the-link").await?.expect(404).map(drop)
}

async fn the_last_administrator_cannot_leave(engine: Engine) -> Outcome {
    let mut server = Server::start(Settings::on(engine)).await?;
    let (client, person) = (server.client()?, Person::new());
    let path = link(&server)?;
    forms::submit(&client.with_cookies()?, &path, &fields(&person)).await?.expect(303)?;
    let me = client.bearing(&client.log_in(&person).await?.access);
    assert_eq!(me.get("/api/v1/me").await?.expect(200)?.json()?["role"], "admin");
    let answer = me.post("/api/v1/me/deletion", &json!({"password": person.password})).await?;
    answer.problem(409, "last-administrator")?;
    me.send(Method::PATCH, "/api/v1/me", &json!({"bio": "Still here."})).await?.expect(200)?;
    server.kill()?;
    server.start_again().await?;
    assert_eq!(server.setup_link(), None, "the door stays closed");
    Ok(())
}
