use journeys::traces::Traces;
use journeys::{
    Answer, Client, Engine, Outcome, Resident, Server, Settings, on_both_engines, wait, your_data,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

on_both_engines!(
    everything_about_a_person_is_handed_out_and_nothing_of_anybody_else,
    a_ticket_is_for_one_person_one_look_and_one_hour,
);

const PATH: &str = "/api/v1/me/export";

/// A house behind a proxy, in which people come from addresses of their own.
fn behind_a_proxy(engine: Engine) -> Settings {
    Settings::on(engine).unthrottled().with("SERVER__TRUSTED_PROXIES", "127.0.0.1")
}

/// Somebody who comes from there, with that program.
async fn from(
    server: &Server,
    role: &str,
    administrator: Option<&Resident>,
    program: &str,
    address: &str,
) -> Outcome<Resident> {
    let client = server.client()?.posing_as(program, address)?;
    let person = match administrator {
        Some(administrator) => administrator.appoint(server, role).await?.person,
        None => Resident::administrator(server).await?.person,
    };
    Resident::of(&client, person).await
}

/// K13.
async fn everything_about_a_person_is_handed_out_and_nothing_of_anybody_else(engine: Engine) -> Outcome {
    let server = Server::start(behind_a_proxy(engine)).await?;
    let administrator = from(&server, "admin", None, "Admins-own-program/1.0", "198.51.100.77").await?;
    let other =
        from(&server, "user", Some(&administrator), "Others-own-program/2.0", "2001:db8:5::5").await?;
    let me = from(&server, "moderator", Some(&administrator), "My-own-program/3.0", "203.0.113.33").await?;
    let profile = json!({
        "bio": "Keeps bees\n\u{1f41d} \"quoted\" \u{2028}", "location": "Lyon", "website": "https://bees.example/",
        "avatar_url": "https://bees.example/queen.png", "theme": "dark", "locale": "fr", "email_notifications": false,
    });
    me.client.send(Method::PATCH, "/api/v1/me", &profile).await?.expect(200)?;
    let workshop =
        json!({"login": me.person.email, "password": me.person.password, "device_name": "Workshop tablet"});
    server
        .client()?
        .posing_as("Tablet/4.0", "203.0.113.34")?
        .post("/api/v1/sessions", &workshop)
        .await?
        .expect(201)?;
    let wrong = json!({"login": me.person.username, "password": "not the password"});
    server
        .client()?
        .posing_as("Thief/5.0", "192.0.2.66")?
        .post("/api/v1/sessions", &wrong)
        .await?
        .expect(401)?;
    for (path, body) in [
        (me.at("/personal-data"), json!({"reason": "I asked by letter."})),
        (other.at("/personal-data"), json!({"reason": "The other one asked."})),
    ] {
        administrator.client.post(&path, &body).await?.expect(200)?;
    }
    administrator
        .give_role(&other, &json!({"role": "moderator", "reason": "Of somebody else."}))
        .await?
        .expect(200)?;
    me.client.get("/api/v1/audit-events/export?address=203.0.113.33").await?.expect(200)?;
    let bio = json!({"bio": "Something else entirely."});
    other.client.send(Method::PATCH, "/api/v1/me", &bio).await?.expect(200)?;

    let answer = me.client.get(&your_data::prepared(&me).await?).await?.expect(200)?;
    assert!(answer.header("content-type").starts_with("application/json"), "{:?}", answer.headers);
    assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"xtrem-export.json\"");
    let told = your_data::signed(&me.client.visitor(), &answer.text(), "xtrem-personal-data-export").await?;
    holds_everything(&me, &told).await?;
    let others = [
        &administrator.person.email,
        &administrator.person.full_name,
        &other.person.email,
        &other.person.full_name,
        &other.person.username,
        &other.id,
        "Admins-own-program",
        "198.51.100.77",
        "Others-own-program",
        "2001:db8:5::5",
        "Something else entirely.",
        "The other one asked.",
        "Of somebody else.",
    ];
    assert_eq!(Traces::of(others).within(&answer.body), BTreeSet::new());
    let secrets = [&me.person.password, &me.tokens.access, &me.tokens.refresh, "argon2", "digest", "sealed"];
    assert!(secrets.iter().all(|secret| !answer.text().contains(*secret)), "{}", answer.text());
    verified_at_the_command_line(&server, &me, &answer.text()).await
}

async fn holds_everything(me: &Resident, told: &Value) -> Outcome {
    let view = me.client.get("/api/v1/me").await?.expect(200)?.json()?;
    let profile = &told["profile"];
    for name in [
        "id",
        "username",
        "email",
        "full_name",
        "bio",
        "location",
        "website",
        "avatar_url",
        "locale",
        "theme",
        "email_notifications",
        "role",
        "status",
        "created_at",
        "updated_at",
        "last_login_at",
    ] {
        assert!(view.get(name).is_some() && profile[name] == view[name], "{name}: {profile} {view}");
    }
    let listed = journeys::trail::whole(&me.client, "/api/v1/me/sessions", "").await?;
    let sessions = told["sessions"].as_array().cloned().unwrap_or_default();
    let known = |sessions: &[Value]| -> BTreeSet<String> {
        sessions
            .iter()
            .map(|one| format!("{} {} {}", one["id"], one["address"], one["device_name"]))
            .collect()
    };
    assert_eq!(known(&sessions), known(&listed));
    assert!(
        sessions
            .iter()
            .any(|one| one["device_name"] == "Workshop tablet" && one["address"] == "203.0.113.34")
    );

    // What happened, as the person sees it too: all of it, the earliest first.
    let mut seen = journeys::trail::whole(&me.client, "/api/v1/me/activity", "?limit=200").await?;
    seen.reverse();
    seen.retain(|event| event["kind"] != "personal_data_exported");
    let activity = told["activity"].as_array().cloned().unwrap_or_default();
    let ids = |events: &[Value]| -> BTreeSet<String> {
        events.iter().map(|event| event["id"].to_string()).collect()
    };
    assert_eq!(ids(&activity), ids(&seen));
    let of = |kind: &str| activity.iter().filter(|event| event["kind"] == kind).cloned().collect::<Vec<_>>();
    assert_eq!(of("log_in_failed")[0]["address"], "192.0.2.66", "{activity:?}");
    assert_eq!(
        (json!(of("role_changed")), json!(of("personal_data_opened"))),
        (told["role_history"].clone(), told["who_looked"].clone())
    );
    let [looked] = &of("personal_data_opened")[..] else {
        return Err(format!("one look: {activity:?}").into());
    };
    assert_eq!(
        (&looked["detail"]["reason"], &looked["address"], &looked["request_id"]),
        (&json!("I asked by letter."), &Value::Null, &Value::Null)
    );
    assert!(looked["detail"]["role"].is_string() && looked["at"].is_string(), "{looked}");
    let notices = me.client.get("/api/v1/me/notices").await?.expect(200)?.json()?;
    assert_eq!(told["notices"].as_array().map(Vec::len), notices["items"].as_array().map(Vec::len), "{told}");
    let actions = told["actions"].as_array().cloned().unwrap_or_default();
    let exported = actions.iter().find(|event| event["kind"] == "audit_exported");
    assert_eq!(
        exported.map(|event| &event["detail"]["address"]),
        Some(&json!("203.0.113.33")),
        "{actions:?}"
    );
    assert_eq!((&told["format"], told["exported_at"].is_string()), (&json!("xtrem/personal-data/1"), true));
    Ok(())
}

async fn verified_at_the_command_line(server: &Server, me: &Resident, document: &str) -> Outcome {
    let file = server.home().path().join("document.json");
    let path = file.display().to_string();
    std::fs::write(&file, document)?;
    let said = server.command(&["document", "verify", &path]).await?;
    assert!(said.contains("an export of personal data") && said.contains("unchanged"), "{said}");
    for (from, to) in
        [("Workshop", "Workshoq"), ("\"signature\"", "\"data\":{},\"signature\""), ("..", "..A")]
    {
        std::fs::write(&file, document.replacen(from, to, 1))?;
        let refused =
            server.command(&["document", "verify", &path]).await.err().ok_or("it was accepted")?.to_string();
        assert!(refused.contains("exit status: 1") && refused.contains("no document"), "{from}: {refused}");
    }
    let printed = server.command(&["user", "export", &me.person.username]).await?;
    let told = your_data::signed(&me.client.visitor(), &printed, "xtrem-personal-data-export").await?;
    assert_eq!(told["profile"]["email"], me.person.email.as_str());
    let seen =
        journeys::trail::whole(&me.client, "/api/v1/me/activity", "?kind=personal_data_exported").await?;
    let actors: Vec<&Value> = seen.iter().map(|event| &event["actor"]["type"]).collect();
    assert_eq!(actors, ["system", "user"], "{seen:?}");
    Ok(())
}

/// K13: a step-up with the password, and a link for one use within an hour.
async fn a_ticket_is_for_one_person_one_look_and_one_hour(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).with_movable_clock()).await?;
    let (me, other) = (Resident::user(&server).await?, Resident::user(&server).await?);
    me.client.get(PATH).await?.problem(403, "password-needed")?;
    let path = your_data::prepared(&me).await?;
    other.client.get(&path).await?.problem(404, "not-found")?;
    server.client()?.get(&path).await?.problem(401, "unauthenticated")?;
    let flipped = format!("{}{}", &path[..path.len() - 1], if path.ends_with('A') { 'B' } else { 'A' });
    for wrong in
        [&format!("{PATH}?ticket=xex_AAAA"), &format!("{PATH}?ticket={}", me.tokens.refresh), &flipped]
    {
        me.client.get(wrong).await?.problem(404, "not-found").map_err(|error| format!("{wrong}: {error}"))?;
    }
    Answer::to(me.client.request(Method::HEAD, &path)).await?.expect(200)?;
    // Of many at the same moment one is served, and afterwards nobody is.
    let looks = (0..12).map(|_| {
        let (me, path) = (me.client.clone(), path.clone());
        async move { me.get(&path).await }
    });
    let heard = Client::all_at_once(looks.collect::<Vec<_>>()).await?;
    assert_eq!(heard.iter().filter(|answer| answer.status == 200).count(), 1, "{heard:?}");
    for answer in heard.iter().filter(|answer| answer.status != 200) {
        // One is gathered at a time.
        answer.problem(404, "not-found").or_else(|_| answer.problem(503, "busy"))?;
    }
    me.client.get(&path).await?.problem(404, "not-found")?;

    // A later one takes the place of the one before; and each works for an hour.
    let (first, second) = (your_data::prepared(&me).await?, your_data::prepared(&me).await?);
    me.client.get(&first).await?.problem(404, "not-found")?;
    server.wait_for(Duration::from_secs(3_570))?;
    let late = me.refreshed().await?;
    late.client.get(&second).await?.expect(200)?;
    let path = your_data::prepared(&late).await?;
    server.wait_for(Duration::from_secs(3_601))?;
    let later = late.refreshed().await?;
    later.client.get(&path).await?.problem(404, "not-found")?;

    // Whoever guesses is counted, and stopped like at a log-in.
    let guess = json!({"password": "not the password"});
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(later.client.post(PATH, &guess).await?.status);
    }
    assert_eq!(statuses[..5], [403; 5], "{statuses:?}");
    assert!(
        statuses.iter().all(|status| matches!(status, 403 | 429)) && statuses.contains(&429),
        "{statuses:?}"
    );
    wait::until("a wait that outlasts the next question", async || {
        let answer = later.client.post(PATH, &guess).await?;
        Ok(answer.header("retry-after").parse::<u32>().is_ok_and(|wait| wait >= 5).then_some(()))
    })
    .await?;
    let right = json!({"password": later.person.password});
    later.client.post(PATH, &right).await?.problem(429, "too-many-attempts").map(drop)
}
