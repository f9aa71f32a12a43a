use journeys::{
    Answer, Client, Engine, Outcome, Person, Server, Settings, forms, on_both_engines, trail, wait,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

on_both_engines!(
    an_unknown_name_a_known_one_and_a_suspended_one_are_answered_alike,
    of_a_thousand_wrong_passwords_ten_are_looked_at,
    a_known_device_is_let_in_while_its_account_is_under_attack,
);

const SESSIONS: &str = "/api/v1/sessions";

/// Where only the account's own count slows anybody down, as when an attacker has many addresses.
fn many_addresses(engine: Engine) -> Settings {
    Settings::on(engine).with("THROTTLE__ATTEMPTS_PER_MINUTE", "1000000")
}

/// What of an answer may tell one account from another.
fn telltale(answer: &Answer) -> Outcome<(u16, BTreeMap<String, String>, Value)> {
    let mut body = answer.json()?;
    body["request_id"] = Value::Null;
    body["instance"] = Value::Null;
    let own = ["x-request-id", "date"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    Ok((answer.status, headers, body))
}

/// B1.
async fn an_unknown_name_a_known_one_and_a_suspended_one_are_answered_alike(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let client = server.client()?;
    let (known, suspended) = (Person::new(), Person::new());
    client.sign_up(&known).await?;
    client.sign_up(&suspended).await?;
    suspend(&server, &suspended).await?;
    let mut heard = Vec::new();
    for login in ["nobody", &known.username, &known.email, &suspended.username, "nobody@nowhere.example"] {
        let answer = client.post(SESSIONS, &json!({"login": login, "password": "not the password"})).await?;
        answer.problem(401, "invalid-credentials")?;
        heard.push(telltale(&answer)?);
    }
    assert!(heard.windows(2).all(|pair| pair[0] == pair[1]), "{heard:#?}");
    let mut by_form = BTreeSet::new();
    for login in ["nobody", &known.username, &suspended.username] {
        let fields = [("grant_type", "password"), ("username", login), ("password", "not the password")];
        let answer = client.form("/oauth2/token", &fields).await?;
        answer.oauth_error(400, "invalid_grant")?;
        by_form.insert(answer.text());
    }
    assert_eq!(by_form.len(), 1, "{by_form:?}");
    client.post(SESSIONS, &suspended.log_in()).await?.problem(403, "account-suspended").map(drop)
}

async fn suspend(server: &Server, person: &Person) -> Outcome {
    server.command(&["user", "suspend", &person.username, "--reason", "Because."]).await.map(drop)
}

async fn wrong_log_ins(client: &Client, login: &str, times: usize) -> Outcome<Vec<Answer>> {
    let body = json!({"login": login, "password": "not the password"});
    let mut heard = Vec::new();
    for _ in 0..times.div_ceil(25) {
        let requests = (0..25).map(|_| {
            let (client, body) = (client.clone(), body.clone());
            async move { client.post(SESSIONS, &body).await }
        });
        heard.extend(Client::all_at_once(requests).await?);
    }
    Ok(heard)
}

fn count(heard: &[Answer], status: u16) -> usize {
    heard.iter().filter(|answer| answer.status == status).count()
}

/// C1. What is answered with 429 was not hashed; what is answered with 401 was.
async fn of_a_thousand_wrong_passwords_ten_are_looked_at(engine: Engine) -> Outcome {
    let server = Server::start(many_addresses(engine)).await?;
    let (client, person) = (server.client()?, Person::new());
    client.sign_up(&person).await?;
    for login in [&person.username, &"nobody-at-all".to_owned()] {
        let begun = std::time::Instant::now();
        let heard = wrong_log_ins(&client, login, 1000).await?;
        let minutes = 1 + usize::try_from(begun.elapsed().as_secs() / 60)?;
        assert!(
            (5..=10 * minutes).contains(&count(&heard, 401)),
            "{login}: {} were looked at",
            count(&heard, 401)
        );
        assert_eq!(count(&heard, 401) + count(&heard, 429), heard.len(), "{login}");
        for answer in heard.iter().filter(|answer| answer.status == 429) {
            answer.problem(429, "too-many-attempts")?;
            assert!(
                answer.header("retry-after").parse::<u32>().is_ok_and(|wait| wait >= 1),
                "{:?}",
                answer.headers
            );
        }
    }
    right_passwords_wait_too(&client, &person).await
}

/// Guesses until an account is guarded for longer than the next questions take.
async fn guarded(guess: impl AsyncFn() -> Outcome<Answer>) -> Outcome {
    wait::until("a wait that outlasts the next questions", async || {
        let answer = guess().await?;
        Ok(answer.header("retry-after").parse::<u32>().is_ok_and(|wait| wait >= 5).then_some(()))
    })
    .await
}

/// C14 and C5: while an account is guarded, the right password is refused like a wrong one, wherever it is given.
async fn right_passwords_wait_too(client: &Client, person: &Person) -> Outcome {
    let wrong = json!({"login": person.username, "password": "not the password"});
    guarded(async || client.post(SESSIONS, &wrong).await).await?;
    client.post(SESSIONS, &person.log_in()).await?.problem(429, "too-many-attempts")?;
    let fields = [("grant_type", "password"), ("username", &person.username), ("password", &person.password)];
    let answer = client.form("/oauth2/token", &fields).await?;
    assert!(
        answer.status >= 400 && !answer.header("retry-after").is_empty(),
        "{} {:?}",
        answer.status,
        answer.headers
    );
    Ok(())
}

/// C5: the paths behind a log-in count too, and under the same account.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_token_cannot_guess_the_password_with_it() -> Outcome {
    let server = Server::start(many_addresses(Engine::Sqlite)).await?;
    let (person, me, _) = server.client()?.newcomer().await?;
    let mut heard = Vec::new();
    let wrong = json!({"password": "not the password"});
    for _ in 0..10 {
        heard.push(me.post("/api/v1/me/deletion", &wrong).await?);
        let change =
            json!({"current_password": "not the password", "new_password": "an-entirely-new-lantern"});
        heard.push(me.send(Method::PUT, "/api/v1/me/password", &change).await?);
    }
    assert!(count(&heard, 403) <= 10 && count(&heard, 429) >= 10, "{heard:?}");
    guarded(async || me.post("/api/v1/me/deletion", &wrong).await).await?;
    let right = me.post("/api/v1/me/deletion", &json!({"password": person.password})).await?;
    right.problem(429, "too-many-attempts").map(drop)
}

/// C3.
async fn a_known_device_is_let_in_while_its_account_is_under_attack(engine: Engine) -> Outcome {
    let server = Server::start(many_addresses(engine)).await?;
    let (client, person) = (server.client()?, Person::new());
    client.sign_up(&person).await?;
    let fields = [("login", person.username.as_str()), ("password", person.password.as_str())];
    let device = client.with_cookies()?;
    forms::submit(&device, "/log-in", &fields).await?.expect(303)?;
    let log_out = device.get("/profile").await?.expect(200)?.text();
    let hidden = forms::hidden_fields(&log_out, "/log-out");
    let hidden: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    device.form("/log-out", &hidden).await?.expect(303)?;
    device.get("/profile").await?.expect(303)?;

    let heard = wrong_log_ins(&client, &person.username, 50).await?;
    assert!(count(&heard, 429) >= 40, "the account is under attack");
    let wrong = json!({"login": person.username, "password": "not the password"});
    guarded(async || client.post(SESSIONS, &wrong).await).await?;
    forms::submit(&client.with_cookies()?, "/log-in", &fields).await?.expect(429)?;
    forms::submit(&device, "/log-in", &fields).await?.expect(303)?;
    device.get("/profile").await?.expect(200).map(drop)
}

/// C7: thirty attempts a minute from one peer, whatever it says it is.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_a_stranger_claims_counts_for_nothing() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    let claims = [
        "a",
        "",
        "203.0.113.7",
        "2001:db8::1",
        "[2001:db8::1]:80",
        "unknown",
        "1.2.3.4, 5.6.7.8",
        ",,,",
        "127.0.0.1%eth0",
    ];
    let mut heard = Vec::new();
    for number in 0..70 {
        let claim = if number % 2 == 0 {
            claims[number % claims.len()].to_owned()
        } else {
            format!("198.51.100.{number}")
        };
        let request = client
            .request(Method::POST, SESSIONS)
            .header("x-forwarded-for", &claim)
            .header("x-real-ip", &claim)
            .header("forwarded", format!("for={claim}"))
            .json(&json!({"login": format!("nobody{number}"), "password": "not the password"}));
        heard.push(Answer::to(request).await?);
    }
    assert_eq!(count(&heard, 401) + count(&heard, 429), heard.len());
    assert!(count(&heard, 401) <= 31, "{} were looked at", count(&heard, 401));
    let told = trail::at_the_command_line(&server).await?;
    assert!(told.iter().filter(|event| event["address"] == "127.0.0.1").count() >= 20, "{told:?}");
    assert!(
        told.iter().all(|event| matches!(event["address"].as_str(), None | Some("127.0.0.1"))),
        "{told:?}"
    );
    Ok(())
}

/// L6: a proxy that is trusted vouches for the last address it adds.
#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_vouches_for_the_address_it_adds() -> Outcome {
    let server =
        Server::start(Settings::on(Engine::Sqlite).with("SERVER__TRUSTED_PROXIES", "127.0.0.1")).await?;
    let client = server.client()?;
    for forwarded in
        ["203.0.113.7", "198.51.100.1, 203.0.113.7", "garbage, 203.0.113.7", "203.0.113.7, 127.0.0.1"]
    {
        let request = client.request(Method::POST, "/api/v1/users").header("x-forwarded-for", forwarded);
        Answer::to(request.json(&Person::new().sign_up())).await?.expect(201)?;
    }
    let told = trail::at_the_command_line(&server).await?;
    let from: Vec<&str> = told.iter().filter_map(|event| event["address"].as_str()).collect();
    assert_eq!(from, ["203.0.113.7"; 4], "{told:?}");
    for forwarded in ["garbage", "", &"1.2.3.4, ".repeat(100), "[::1]:x", "for=_hidden"] {
        let request = client.request(Method::GET, "/health").header("x-forwarded-for", forwarded);
        Answer::to(request).await?.expect(200)?;
    }
    Ok(())
}

/// C9: what cannot be hashed soon is refused at once, and whoever needs no hash does not notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_told_and_the_rest_of_the_service_goes_on() -> Outcome {
    let slow = Settings::on(Engine::Sqlite)
        .unthrottled()
        .with("PASSWORDS__MEMORY_KIB", "65536")
        .with("PASSWORDS__ITERATIONS", "4")
        .with("PASSWORDS__WORKERS", "1")
        .with("PASSWORDS__QUEUE", "2");
    let server = Server::start(slow).await?;
    let (_, me, _) = server.client()?.newcomer().await?;
    let storm = tokio::spawn({
        let client = server.client()?;
        async move {
            let requests = (0..60).map(|_| {
                let client = client.clone();
                async move { client.post("/api/v1/users", &Person::new().sign_up()).await }
            });
            Client::all_at_once(requests).await
        }
    });
    let mut answered = 0;
    while !storm.is_finished() {
        me.get("/api/v1/me").await?.expect(200)?;
        answered += 1;
    }
    let heard = storm.await??;
    assert!(answered > 0);
    assert!(
        count(&heard, 201) >= 3 && count(&heard, 503) >= 1,
        "{:?}",
        heard.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    assert_eq!(count(&heard, 201) + count(&heard, 503), heard.len());
    for answer in heard.iter().filter(|answer| answer.status == 503) {
        answer.problem(503, "busy")?;
        assert!(
            answer.header("retry-after").parse::<u32>().is_ok_and(|wait| wait >= 1),
            "{:?}",
            answer.headers
        );
    }
    me.visitor().post("/api/v1/users", &Person::new().sign_up()).await?.expect(201).map(drop)
}
