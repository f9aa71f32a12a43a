use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines, wait};
use serde_json::{Value, json};
use std::time::Duration;

on_both_engines!(the_overview_counts_what_happened_and_goes_on_counting_when_hours_are_closed);

const PATH: &str = "/api/v1/admin/overview";

fn sum(overview: &Value, figure: &str) -> u64 {
    overview["days"].as_array().into_iter().flatten().filter_map(|day| day[figure].as_u64()).sum()
}

fn accounts(overview: &Value, role: &str, status: &str) -> u64 {
    let counts = overview["users"].as_array().into_iter().flatten();
    counts
        .filter(|count| count["role"] == role && count["status"] == status)
        .filter_map(|c| c["count"].as_u64())
        .sum()
}

async fn the_overview_counts_what_happened_and_goes_on_counting_when_hours_are_closed(
    engine: Engine,
) -> Outcome {
    let mut server = Server::start(Settings::on(engine).unthrottled().with_movable_clock()).await?;
    let administrator = Resident::administrator(&server).await?;
    let moderator = administrator.appoint(&server, "moderator").await?;
    let people =
        [Resident::user(&server).await?, Resident::user(&server).await?, Resident::user(&server).await?];
    let form = json!({"username": "lodger", "email": "lodger@journeys.example"});
    administrator.client.post("/api/v1/users", &form).await?.expect(201)?;
    administrator.suspend(&people[0]).await?.expect(200)?;
    for login in ["nobody", people[1].person.username.as_str()] {
        let wrong = json!({"login": login, "password": "not the password"});
        server.client()?.post("/api/v1/sessions", &wrong).await?.expect(401)?;
    }

    let overview = wait::until("a look that finds everything well", async || {
        let overview = administrator.client.get(PATH).await?.expect(200)?.json()?;
        Ok((overview["ready"] == true).then_some(overview))
    })
    .await?;
    assert_eq!(overview["days"].as_array().map(Vec::len), Some(30), "{overview}");
    // The administrator, the moderator, three people and the lodger; the moderator has logged in twice.
    assert_eq!(
        (sum(&overview, "sign_ups"), sum(&overview, "log_ins"), sum(&overview, "failures")),
        (6, 6, 2)
    );
    for (role, status, count) in [
        ("admin", "active", 1),
        ("moderator", "active", 1),
        ("user", "active", 3),
        ("user", "suspended", 1),
        ("admin", "suspended", 0),
    ] {
        assert_eq!(accounts(&overview, role, status), count, "{role} {status}: {overview}");
    }
    assert_eq!((&overview["ready"], overview["version"].is_string()), (&json!(true), true));
    assert_eq!(overview["latest_sign_ups"][0]["username"], "lodger");
    let events = overview["latest_events"].as_array().cloned().unwrap_or_default();
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["kind"].as_str()).collect();
    assert_eq!(kinds[..2], ["user_suspended", "role_changed"], "{kinds:?}");
    let seen = moderator.client.get(PATH).await?.expect(200)?.json()?;
    assert_eq!(sum(&seen, "log_ins"), 6);
    people[1].client.get(PATH).await?.problem(403, "insufficient-scope")?;
    let figures =
        moderator.narrowed(&server, "stats:read").await?.client.get(PATH).await?.expect(200)?.json()?;
    assert!(figures.get("latest_sign_ups").is_none() && figures.get("latest_events").is_none(), "{figures}");

    // Days later: yesterday's hours have been closed, and say what was counted one by one.
    server.wait_for(Duration::from_hours(50))?;
    server.kill()?;
    server.start_again().await?;
    let administrator = administrator.refreshed().await?;
    let later = administrator.client.get(PATH).await?.expect(200)?.json()?;
    assert_eq!((sum(&later, "sign_ups"), sum(&later, "log_ins"), sum(&later, "failures")), (6, 7, 2));
    let today = later["days"].as_array().and_then(|days| days.last()).cloned().unwrap_or_default();
    assert_eq!((&today["log_ins"], &today["sign_ups"]), (&json!(0), &json!(0)), "{later}");
    Resident::user(&server).await?;
    let later = administrator.client.get(PATH).await?.expect(200)?.json()?;
    let today = later["days"].as_array().and_then(|days| days.last()).cloned().unwrap_or_default();
    assert_eq!((&today["log_ins"], &today["sign_ups"]), (&json!(1), &json!(1)), "{later}");
    server.wait_for(Duration::from_hours(24 * 31))?;
    server.kill()?;
    server.start_again().await?;
    let administrator = administrator.again(&server).await?;
    let much_later = administrator.client.get(PATH).await?.expect(200)?.json()?;
    assert_eq!((sum(&much_later, "sign_ups"), sum(&much_later, "log_ins")), (0, 1), "{much_later}");
    assert_eq!(accounts(&much_later, "user", "active"), 4);
    Ok(())
}
