use journeys::{Engine, Outcome, Person, Resident, Server, Settings, moment, on_both_engines, trail};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

on_both_engines!(
    whoever_is_created_without_a_password_sets_it_by_a_link_and_logs_in,
    whoever_is_created_with_a_password_and_a_role_has_both,
);

async fn whoever_is_created_without_a_password_sets_it_by_a_link_and_logs_in(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let (client, person) = (server.client()?, Person::new());
    let form = json!({
        "username": person.username, "email": person.email, "full_name": person.full_name, "locale": "fr",
    });
    let answer = administrator.client.post("/api/v1/users", &form).await?.expect(201)?;
    let view = answer.json()?;
    let id = view["id"].as_str().unwrap_or_default();
    assert!(answer.header("location").ends_with(id), "{}", answer.header("location"));
    assert!(answer.header("cache-control").contains("no-store"));
    for (member, value) in
        [("email", &person.email), ("role", &"user".to_owned()), ("locale", &"fr".to_owned())]
    {
        assert_eq!(view[member], value.as_str(), "{member}");
    }
    let link = &view["password_link"];
    let url = link["url"].as_str().unwrap_or_default();
    let prefix = format!("{}/set-password/", server.url());
    let token = url.strip_prefix(&prefix).ok_or_else(|| format!("{url} leads elsewhere"))?.to_owned();
    let lasts = moment::seconds(link["expires_at"].as_str().unwrap_or_default())?
        - moment::seconds(view["created_at"].as_str().unwrap_or_default())?;
    assert!((86_399..=86_401).contains(&lasts), "a day: {view}");

    // No password lets anybody in until there is one.
    for password in [person.password.as_str(), "", "null"] {
        let login = json!({"login": person.username, "password": password});
        let answer = client.post("/api/v1/sessions", &login).await?;
        assert!(matches!(answer.status, 400 | 401), "{password:?}: {}", answer.text());
    }
    let weak = json!({"token": token, "password": "password1234"});
    let refused = client.send(Method::PUT, "/api/v1/password", &weak).await?;
    refused.problem(400, "invalid-input")?;
    assert_eq!(refused.fields()?, ["/password too-common"]);
    let own_name = json!({"token": token, "password": format!("{}-and-a-lantern", person.username)});
    let refused = client.send(Method::PUT, "/api/v1/password", &own_name).await?;
    assert_eq!(refused.fields()?, ["/password contains-username"]);
    let set = json!({"token": token, "password": person.password});
    client.send(Method::PUT, "/api/v1/password", &set).await?.expect(204)?;
    client.send(Method::PUT, "/api/v1/password", &set).await?.problem(404, "not-found")?;
    let someone = Resident::of(&client, person).await?;
    assert_eq!(someone.id, id);
    let told = trail::events(&administrator.client, &format!("?subject={id}")).await?;
    let kinds: Vec<&Value> = told.iter().map(|event| &event["kind"]).collect();
    for kind in ["user_created", "password_link_created", "password_set", "logged_in"] {
        assert_eq!(kinds.iter().filter(|told| **told == kind).count(), 1, "{kind}: {kinds:?}");
    }
    assert!(!json!(told).to_string().contains(&token), "a secret stands in the trail");
    Ok(())
}

async fn whoever_is_created_with_a_password_and_a_role_has_both(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    for role in ["user", "moderator", "admin"] {
        let person = Person::new();
        let mut form = person.sign_up();
        form["role"] = json!(role);
        let view = administrator.client.post("/api/v1/users", &form).await?.expect(201)?.json()?;
        assert_eq!((&view["role"], view.get("password_link")), (&json!(role), None));
        assert!(!view.to_string().contains(&person.password), "{view}");
        let someone = Resident::of(&server.client()?, person.clone()).await?;
        let may = someone.client.get("/api/v1/users").await?.status;
        assert_eq!(may, if role == "user" { 403 } else { 200 });
        for (member, code) in [("username", "username-taken"), ("email", "email-taken")] {
            let mut again = Person::new().sign_up();
            again[member] = form[member].clone();
            administrator.client.post("/api/v1/users", &again).await?.problem(409, code)?;
        }
    }
    let someone = Resident::user(&server).await?;
    let refused = someone.client.post("/api/v1/users", &Person::new().sign_up()).await?;
    refused.problem(403, "insufficient-scope")?;
    let mut wrong = Person::new().sign_up();
    wrong["role"] = json!("owner");
    let refused = administrator.client.post("/api/v1/users", &wrong).await?;
    assert_eq!(refused.fields()?, ["/role unknown-value"]);
    // A token that does not work is no sign-up.
    let refused = server.client()?.bearing("garbage").post("/api/v1/users", &Person::new().sign_up()).await?;
    refused.problem(401, "invalid-token").map(drop)
}

/// The link is good for a day, and then it is not.
#[tokio::test]
async fn a_link_that_lies_about_for_a_day_works_no_more() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).with_movable_clock()).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let mut tokens = Vec::new();
    for minutes in [0, 2] {
        server.wait_for(Duration::from_mins(minutes))?;
        let other = Resident::user(&server).await?;
        for person in [&someone, &other] {
            let link =
                administrator.client.post(&person.at("/password-link"), &json!({})).await?.expect(201)?;
            let url = link.json()?["url"].as_str().unwrap_or_default().to_owned();
            tokens.push(url.rsplit('/').next().unwrap_or_default().to_owned());
        }
    }
    server.wait_for(Duration::from_hours(24).saturating_sub(Duration::from_mins(1)))?;
    let client = server.client()?;
    // Too old; replaced by the second of the same person, which is young enough; young enough.
    for (token, status) in [(&tokens[1], 404), (&tokens[0], 404), (&tokens[2], 204), (&tokens[3], 204)] {
        let body = json!({"token": token, "password": "an-entirely-new-lantern"});
        client.send(Method::PUT, "/api/v1/password", &body).await?.expect(status)?;
    }
    Ok(())
}
