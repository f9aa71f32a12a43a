use journeys::forgery::Parts;
use journeys::{Engine, Outcome, Resident, Server, Settings, moment, on_both_engines, trail};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

on_both_engines!(
    a_role_that_is_given_for_a_time_ends_by_itself_and_no_token_outlives_it,
    a_suspension_for_a_time_ends_by_itself,
    who_is_administrator_for_a_time_does_not_count_as_the_one_who_stays,
);

const MINUTE: Duration = Duration::from_mins(1);

async fn a_role_that_is_given_for_a_time_ends_by_itself_and_no_token_outlives_it(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).with_movable_clock()).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let end = moment::ahead(5 * MINUTE)?;
    let change = json!({"role": "moderator", "expires_at": end, "reason": "Stands in for somebody."});
    let view = administrator.give_role(&someone, &change).await?.expect(200)?.json()?;
    assert_eq!(view["role"], "moderator");
    let told = view["role_expires_at"].as_str().unwrap_or_default();
    assert_eq!(moment::seconds(told)?, moment::seconds(&end)?);

    let moderator = someone.again(&server).await?;
    moderator.client.get("/api/v1/users").await?.expect(200)?;
    let (fresh, renewed) = (Parts::of(&moderator.tokens.access)?, moderator.refreshed().await?);
    for claims in [fresh.claims, Parts::of(&renewed.tokens.access)?.claims] {
        assert!(
            claims["exp"].as_i64().is_some_and(|exp| exp <= moment::seconds(&end).unwrap_or(0)),
            "{claims}"
        );
    }
    server.wait_for(5 * MINUTE)?;
    // Within what clocks may differ the token is still read, and says nothing any more.
    renewed.client.get("/api/v1/users").await?.problem(403, "insufficient-scope")?;
    server.wait_for(MINUTE)?;
    renewed.client.get("/api/v1/users").await?.problem(401, "invalid-token")?;
    let later = renewed.refreshed().await?;
    assert_eq!(Parts::of(&later.tokens.access)?.claims["scope"], "profile:read profile:write");
    later.client.get("/api/v1/users").await?.problem(403, "insufficient-scope")?;
    let view = later.client.get("/api/v1/me").await?.expect(200)?.json()?;
    assert_eq!((&view["role"], view.get("role_expires_at")), (&json!("user"), None));

    let query = format!("?kind=role_changed&subject={}", someone.id);
    let events = trail::await_events(&administrator.client, &query, 2).await?;
    let [ended, given] = &events[..] else { return Err(format!("two events: {events:?}").into()) };
    assert_eq!(given["detail"]["reason"], "Stands in for somebody.");
    let until = given["detail"]["until"].as_str().unwrap_or_default();
    assert_eq!(moment::seconds(until)?, moment::seconds(&end)?, "as a moment, not as a number: {given}");
    assert_eq!((&ended["actor"]["type"], &ended["detail"]["to"]), (&json!("system"), &json!("user")));
    Ok(())
}

async fn a_suspension_for_a_time_ends_by_itself(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).with_movable_clock()).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let order = json!({"reason": "A day off.", "until": moment::ahead(60 * MINUTE)?});
    let view =
        administrator.client.send(Method::PUT, &someone.at("/suspension"), &order).await?.expect(200)?;
    assert!(view.json()?["suspension"]["until"].is_string());
    let client = server.client()?;
    client.post("/api/v1/sessions", &someone.person.log_in()).await?.problem(403, "account-suspended")?;
    server.wait_for(58 * MINUTE)?;
    client.post("/api/v1/sessions", &someone.person.log_in()).await?.problem(403, "account-suspended")?;
    server.wait_for(3 * MINUTE)?;
    client.refresh(&someone.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    let again = someone.again(&server).await?;
    assert_eq!(again.client.get("/api/v1/me").await?.json()?["status"], "active");
    let administrator = administrator.refreshed().await?;
    let query = format!("?kind=user_reinstated&subject={}", someone.id);
    let events = trail::await_events(&administrator.client, &query, 1).await?;
    assert_eq!(events[0]["actor"]["type"], "system", "{events:?}");
    Ok(())
}

async fn who_is_administrator_for_a_time_does_not_count_as_the_one_who_stays(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let change = json!({"role": "admin", "expires_at": moment::ahead(60 * MINUTE)?});
    administrator.give_role(&someone, &change).await?.expect(200)?;
    let guest = someone.again(&server).await?;
    // Whoever goes again reaches nobody who stays, and gives nothing that outlasts them.
    guest.give_role(&administrator, &json!({"role": "user"})).await?.problem(403, "above-own-role")?;
    guest.suspend(&administrator).await?.problem(403, "above-own-role")?;
    guest.client.delete(&administrator.at("")).await?.problem(403, "above-own-role")?;
    guest
        .client
        .post(&administrator.at("/password-link"), &json!({}))
        .await?
        .problem(403, "above-own-role")?;
    let friend = Resident::user(&server).await?;
    for end in [None, Some(moment::ahead(120 * MINUTE)?)] {
        let change = json!({"role": "admin", "expires_at": end});
        guest.give_role(&friend, &change).await?.problem(403, "above-own-role")?;
    }
    let form = json!({"username": "friend", "email": "friend@journeys.example", "role": "admin"});
    guest.client.post("/api/v1/users", &form).await?.problem(403, "above-own-role")?;
    let change = json!({"role": "admin", "expires_at": moment::ahead(30 * MINUTE)?});
    guest.give_role(&friend, &change).await?.expect(200)?;
    let own = json!({"role": "user", "password": administrator.person.password});
    administrator.give_role(&administrator, &own).await?.problem(409, "last-administrator")?;
    let leaving = json!({"password": administrator.person.password});
    let refused = administrator.client.post("/api/v1/me/deletion", &leaving).await?;
    refused.problem(409, "last-administrator")?;

    for (change, pointer, code) in [
        (json!({"role": "moderator", "expires_at": moment::ago(MINUTE)?}), "/expires_at", "not-in-future"),
        (json!({"role": "user", "expires_at": moment::ahead(MINUTE)?}), "/expires_at", "not-a-raise"),
        (json!({"role": "moderator", "expires_at": "tomorrow"}), "/expires_at", "invalid-date"),
        (json!({"role": "owner"}), "/role", "unknown-value"),
        (json!({"role": "moderator", "reason": "x".repeat(501)}), "/reason", "too-long"),
    ] {
        let other = Resident::user(&server).await?;
        let refused = administrator.give_role(&other, &change).await?;
        refused.problem(400, "invalid-input").map_err(|error| format!("{change}: {error}"))?;
        assert_eq!(refused.fields()?, [format!("{pointer} {code}")], "{change}");
    }
    Ok(())
}
