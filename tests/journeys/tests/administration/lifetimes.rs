use journeys::{Client, Engine, Outcome, Person, Resident, Server, Settings, forms, on_both_engines, wait};
use std::time::Duration;

on_both_engines!(
    a_browser_s_session_ends_when_it_lies_idle_and_every_use_carries_it_on,
    a_browser_s_session_ends_after_a_day_and_an_administrator_s_after_half_of_it,
);

const MINUTE: Duration = Duration::from_mins(1);

/// Logs somebody in at a page.
async fn browse(server: &Server, person: &Person) -> Outcome<Client> {
    let client = server.client()?.with_cookies()?;
    let fields = [("login", person.username.as_str()), ("password", person.password.as_str())];
    forms::submit(&client, "/log-in", &fields).await?.expect(303)?;
    Ok(client)
}

async fn is_in(client: &Client) -> Outcome<bool> {
    let answer = client.get("/profile").await?;
    assert!(matches!(answer.status, 200 | 303), "{}", answer.status);
    Ok(answer.status == 200)
}

/// D11: an hour. The use is written down a moment after it happened.
async fn a_browser_s_session_ends_when_it_lies_idle_and_every_use_carries_it_on(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).with_movable_clock()).await?;
    let someone = browse(&server, &Resident::user(&server).await?.person).await?;
    let last_use = "SELECT MAX(last_used_at) FROM sessions WHERE cookie_digest IS NOT NULL";
    for _ in 0..2 {
        let before = server.database().number(last_use).await?;
        server.wait_for(59 * MINUTE)?;
        assert!(is_in(&someone).await?);
        wait::until("the use to be written down", async || {
            Ok((server.database().number(last_use).await? > before).then_some(()))
        })
        .await?;
    }
    server.wait_for(61 * MINUTE)?;
    assert!(!is_in(&someone).await?, "an hour is an hour");
    Ok(())
}

/// D11, for somebody who never rests.
async fn a_browser_s_session_ends_after_a_day_and_an_administrator_s_after_half_of_it(
    engine: Engine,
) -> Outcome {
    let restless = Settings::on(engine).with("SESSIONS__WEB_IDLE_LIFETIME_SECONDS", "1000000");
    let server = Server::start(restless.with_movable_clock()).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = browse(&server, &Resident::user(&server).await?.person).await?;
    let above = browse(&server, &administrator.person).await?;
    let hours = |hours: u32| 60 * hours * MINUTE;
    server.wait_for(hours(12).saturating_sub(3 * MINUTE))?;
    assert!(is_in(&above).await? && is_in(&someone).await?);
    server.wait_for(3 * MINUTE)?;
    assert!(!is_in(&above).await?, "half a day for administrators");
    assert!(is_in(&someone).await?);
    server.wait_for(hours(12).saturating_sub(3 * MINUTE))?;
    assert!(is_in(&someone).await?);
    server.wait_for(3 * MINUTE)?;
    assert!(!is_in(&someone).await?, "a day for everybody");
    Ok(())
}
