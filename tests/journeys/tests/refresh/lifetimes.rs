use journeys::client::Tokens;
use journeys::forgery::Parts;
use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines};
use std::time::Duration;

on_both_engines!(
    a_family_that_lies_idle_for_a_fortnight_ends,
    a_family_ends_after_thirty_days_however_often_it_rotates,
);

const DAY: Duration = Duration::from_hours(24);

/// F11.
async fn a_family_that_lies_idle_for_a_fortnight_ends(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).with_movable_clock()).await?;
    let someone = Resident::user(&server).await?;
    server.wait_for((14 * DAY).saturating_sub(Duration::from_mins(2)))?;
    let someone = someone.refreshed().await?;
    server.wait_for(14 * DAY)?;
    let client = server.client()?;
    client.refresh(&someone.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    let again = someone.again(&server).await?;
    assert_eq!(again.knocks().await?, 200);
    Ok(())
}

/// F11; and the last access token does not outlive the session either.
async fn a_family_ends_after_thirty_days_however_often_it_rotates(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).with_movable_clock()).await?;
    let mut someone = Resident::user(&server).await?;
    for days in [10, 10, 9] {
        server.wait_for(days * DAY)?;
        someone = someone.refreshed().await?;
    }
    server.wait_for(DAY.saturating_sub(Duration::from_mins(3)))?;
    let answer = server.client()?.refresh(&someone.tokens.refresh).await?.expect(200)?.json()?;
    assert!(answer["expires_in"].as_u64().is_some_and(|seconds| seconds <= 180), "{answer}");
    let last = Tokens::of(&answer)?;
    let claims = Parts::of(&last.access)?.claims;
    assert!(claims["exp"].as_i64() <= claims["iat"].as_i64().map(|issued| issued + 180), "{claims}");
    server.wait_for(Duration::from_mins(4))?;
    let client = server.client()?;
    client.refresh(&last.refresh).await?.oauth_error(400, "invalid_grant")?;
    client.bearing(&last.access).get("/api/v1/me").await?.problem(401, "invalid-token").map(drop)
}
