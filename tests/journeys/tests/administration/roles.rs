use journeys::{Answer, Engine, Outcome, Resident, Server, Settings, on_both_engines, trail, wait};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines!(
    of_two_administrators_who_demote_each_other_one_stays,
    of_two_administrators_who_close_each_other_one_stays,
    a_change_of_role_or_status_is_felt_on_the_next_request,
    whoever_hurts_themselves_gives_the_password_again,
    what_became_of_a_deleted_account_is_nothing,
);

const ADMINISTRATORS: &str = "SELECT COUNT(*) FROM users WHERE role = 'admin' AND status = 'active'";

/// Two administrators, each at a process of their own.
async fn two_administrators(engine: Engine) -> Outcome<(Vec<Server>, [Resident; 2])> {
    let servers = Server::start_together(Settings::on(engine).unthrottled(), 2).await?;
    let one = Resident::administrator(&servers[0]).await?;
    let other = one.appoint(&servers[1], "admin").await?;
    Ok((servers, [one, other]))
}

/// Of two that strike at once one succeeds, and the other one is told why not.
fn winner(first: &Answer, second: &Answer, done: u16) -> Outcome<usize> {
    let (loser, winner) = match (first.status == done, second.status == done) {
        (true, false) => (second, 0),
        (false, true) => (first, 1),
        _ => return Err(format!("{} and {}", first.text(), second.text()).into()),
    };
    match loser.status {
        // Came second: there is nobody else left, or they are no administrator any more, or not logged in.
        409 => loser.problem(409, "last-administrator")?,
        403 => loser.problem(403, "insufficient-scope")?,
        _ => loser.problem(401, "invalid-token").or_else(|_| loser.problem(401, "unauthenticated"))?,
    };
    Ok(winner)
}

async fn of_two_administrators_who_demote_each_other_one_stays(engine: Engine) -> Outcome {
    let (servers, people) = two_administrators(engine).await?;
    let [one, other] = &people;
    for round in 0..20 {
        let change = json!({"role": if round % 2 == 0 { "user" } else { "moderator" }});
        let (first, second) = tokio::join!(one.give_role(other, &change), other.give_role(one, &change));
        let won = winner(&first?, &second?, 200).map_err(|error| format!("round {round}: {error}"))?;
        assert_eq!(servers[0].database().number(ADMINISTRATORS).await?, 1, "round {round}");
        people[won].give_role(&people[1 - won], &json!({"role": "admin"})).await?.expect(200)?;
    }
    Ok(())
}

async fn of_two_administrators_who_close_each_other_one_stays(engine: Engine) -> Outcome {
    let (servers, mut people) = two_administrators(engine).await?;
    for round in 0..4 {
        let [one, other] = &people;
        let (first, second) = tokio::join!(one.suspend(other), other.suspend(one));
        let won = winner(&first?, &second?, 200).map_err(|error| format!("round {round}: {error}"))?;
        assert_eq!(servers[0].database().number(ADMINISTRATORS).await?, 1, "round {round}");
        people[won].reinstate(&people[1 - won]).await?.expect(204)?;
        people[1 - won] = people[1 - won].again(&servers[1 - won]).await?;
    }
    let [one, other] = &people;
    let (own, others) = (one.at(""), other.at(""));
    let (first, second) = tokio::join!(one.client.delete(&others), other.client.delete(&own));
    winner(&first?, &second?, 204)?;
    assert_eq!(servers[0].database().number(ADMINISTRATORS).await?, 1);
    Ok(())
}

/// H6: at once where it was changed, within a moment elsewhere.
async fn a_change_of_role_or_status_is_felt_on_the_next_request(engine: Engine) -> Outcome {
    let servers = Server::start_together(Settings::on(engine).unthrottled(), 2).await?;
    let administrator = Resident::administrator(&servers[0]).await?;
    let moderator = administrator.appoint(&servers[0], "moderator").await?;
    let elsewhere = servers[1].client()?.bearing(&moderator.tokens.access);
    let list = "/api/v1/users";
    for client in [&moderator.client, &elsewhere] {
        client.get(list).await?.expect(200)?;
    }
    administrator.give_role(&moderator, &json!({"role": "user"})).await?.expect(200)?;
    moderator.client.get(list).await?.problem(403, "insufficient-scope")?;
    wait::until("the other role, elsewhere", async || {
        Ok((elsewhere.get(list).await?.status == 403).then_some(()))
    })
    .await?;
    administrator.give_role(&moderator, &json!({"role": "moderator"})).await?.expect(200)?;
    moderator.client.get(list).await?.expect(200)?;
    administrator.suspend(&moderator).await?.expect(200)?;
    moderator.client.get(list).await?.problem(401, "invalid-token")?;
    wait::until("the suspension, elsewhere", async || {
        Ok((elsewhere.get(list).await?.status == 401).then_some(()))
    })
    .await?;
    let login = moderator.person.log_in();
    for server in &servers {
        let refused = server.client()?.post("/api/v1/sessions", &login).await?;
        refused.problem(403, "account-suspended")?;
    }
    let view = administrator.client.get(&moderator.at("")).await?.expect(200)?.json()?;
    assert_eq!((&view["status"], &view["role"]), (&json!("suspended"), &json!("moderator")));
    assert_eq!(view["suspension"]["reason"], "Sells lanterns that are not theirs.");
    assert!(view["suspension"]["since"].is_string() && view["suspension"]["until"].is_null(), "{view}");
    administrator.reinstate(&moderator).await?.expect(204)?;
    administrator.reinstate(&moderator).await?.expect(204)?;
    let view = administrator.client.get(&moderator.at("")).await?.expect(200)?.json()?;
    assert_eq!((&view["status"], view.get("suspension")), (&json!("active"), None));
    assert_eq!(moderator.again(&servers[1]).await?.client.get(list).await?.status, 200);
    Ok(())
}

/// H11.
async fn whoever_hurts_themselves_gives_the_password_again(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let first = Resident::administrator(&server).await?;
    let (role, suspension) = (first.at("/role"), first.at("/suspension"));
    let lower = |password: Option<&str>| match password {
        None => json!({"role": "user"}),
        Some(password) => json!({"role": "user", "password": password}),
    };
    let right = first.person.password.as_str();
    let put = async |path: &str, body: Value| first.client.send(Method::PUT, path, &body).await;
    put(&role, lower(None)).await?.problem(403, "password-needed")?;
    put(&role, lower(Some("not the password"))).await?.problem(403, "wrong-password")?;
    put(&suspension, json!({"reason": "Tired."})).await?.problem(403, "password-needed")?;
    first.client.delete(&first.at("")).await?.problem(403, "password-needed")?;
    // Nobody else administers the installation yet.
    put(&role, lower(Some(right))).await?.problem(409, "last-administrator")?;
    let order = json!({"reason": "Tired.", "password": right});
    put(&suspension, order).await?.problem(409, "last-administrator")?;

    let second = first.appoint(&server, "admin").await?;
    put(&role, lower(Some(right))).await?.expect(200)?;
    first.client.get("/api/v1/users").await?.problem(403, "insufficient-scope")?;
    let order = json!({"reason": "Tired.", "password": second.person.password});
    let refused = second.client.send(Method::PUT, &second.at("/suspension"), &order).await?;
    refused.problem(409, "last-administrator")?;
    let checked = trail::events(&second.client, "?kind=password_check_failed").await?;
    assert_eq!(checked.len(), 1, "{checked:?}");
    Ok(())
}

/// H12.
async fn what_became_of_a_deleted_account_is_nothing(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let moderator = administrator.appoint(&server, "moderator").await?;
    let link = administrator.client.post(&moderator.at("/password-link"), &json!({})).await?.expect(201)?;
    administrator.client.delete(&moderator.at("")).await?.expect(204)?;
    assert_eq!(moderator.knocks().await?, 401);
    let client = server.client()?;
    client.refresh(&moderator.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    administrator.client.get(&moderator.at("")).await?.problem(404, "not-found")?;
    administrator.client.delete(&moderator.at("")).await?.problem(404, "not-found")?;
    let again = client.sign_up(&moderator.person).await?;
    assert_ne!(again["id"], moderator.id.as_str());
    assert_eq!(again["role"], "user");
    let heir = Resident::of(&client, moderator.person.clone()).await?;
    heir.client.get("/api/v1/users").await?.problem(403, "insufficient-scope")?;
    assert_eq!(moderator.knocks().await?, 401, "an old token is not the new person's");
    let token = link.json()?["url"].as_str().and_then(|url| url.rsplit('/').next()).map(str::to_owned);
    let body = json!({"token": token, "password": "an-entirely-new-lantern"});
    client.send(Method::PUT, "/api/v1/password", &body).await?.problem(404, "not-found")?;
    // What the trail says of the old account stays, under its own id.
    let told = trail::events(&administrator.client, &format!("?subject={}", moderator.id)).await?;
    assert!(told.iter().any(|event| event["kind"] == "user_deleted"), "{told:?}");
    Ok(())
}
