use journeys::{Answer, Client, Engine, Outcome, Person, Server, Settings, on_both_engines, raw};
use reqwest::Method;
use serde_json::json;

on_both_engines!(
    members_that_are_not_a_clients_business_change_nothing,
    a_name_that_reads_like_another_one_is_taken,
    a_password_is_never_cut_and_has_one_form,
);

const USERS: &str = "/api/v1/users";

async fn start() -> Outcome<(Server, Client)> {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    Ok((server, client))
}

#[tokio::test]
async fn all_that_is_wrong_with_a_form_is_told_at_once() -> Outcome {
    let (_server, client) = start().await?;
    let form = json!({"username": "a", "email": "nowhere", "password": "short", "locale": "tlh"});
    let answer = client.post(USERS, &form).await?;
    answer.problem(400, "invalid-input")?;
    let fields =
        ["/username too-short", "/email invalid-email", "/password too-short", "/locale unknown-value"];
    assert_eq!(answer.fields()?, fields);
    let answer = client.post(USERS, &json!({})).await?;
    answer.problem(400, "invalid-input")?;
    assert_eq!(answer.fields()?, ["/username required", "/email required", "/password required"]);
    assert!(!client.post(USERS, &form).await?.text().contains("nowhere"), "a value is never repeated");
    Ok(())
}

#[tokio::test]
async fn what_is_no_json_or_not_the_json_asked_for_is_told_and_never_repeated() -> Outcome {
    let (_server, client) = start().await?;
    for malformed in
        ["", "{", "[", "nul", "{\"a\":1,}", "{'a':1}", "\u{feff}{}", "{} {}", "{\"username\":\"\\ud800\"}"]
    {
        let answer = client.post_bytes(USERS, malformed.to_owned()).await?;
        answer.problem(400, "malformed-json").map_err(|error| format!("{malformed}: {error}"))?;
    }
    for wrong in ["null", "[]", "\"marker-value\"", "7", "true"] {
        client.post_bytes(USERS, wrong.to_owned()).await?.expect(400)?;
    }
    let mistyped = json!({"username": ["marker-value"], "email": {"marker": 1}, "password": 1e300});
    let answer = client.post(USERS, &mistyped).await?.expect(400)?;
    assert!(!answer.text().contains("marker"), "{}", answer.text());
    for number in ["1e400", "-0", "0.1e-9999999", &"9".repeat(20_000)] {
        let body = format!("{{\"username\":{number}}}");
        assert_eq!(client.post_bytes(USERS, body).await?.status, 400, "{number}");
    }
    Ok(())
}

#[tokio::test]
async fn unknown_and_doubled_members_are_refused_by_name() -> Outcome {
    let (_server, client) = start().await?;
    let mut form = Person::new().sign_up();
    form["zz/top"] = json!(1);
    let answer = client.post(USERS, &form).await?.expect(400)?;
    assert!(answer.fields()?.iter().any(|field| field.starts_with("/zz~1top ")), "{}", answer.text());
    let person = Person::new();
    let text = person.sign_up().to_string();
    let doubled = format!("{},\"username\":\"{}\"}}", text.trim_end_matches('}'), person.username);
    client.post_bytes(USERS, doubled).await?.problem(400, "malformed-json")?;
    client.sign_up(&person).await.map(drop)
}

/// M1: deep, long and wide.
#[tokio::test]
async fn a_body_has_its_bounds() -> Outcome {
    let (server, client) = start().await?;
    let nested =
        |depth: usize| format!("{{\"username\":{}1{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert_ne!(client.post_bytes(USERS, nested(32)).await?.json()?["code"], "malformed-json");
    client.post_bytes(USERS, nested(33)).await?.expect(400)?;
    for opening in ["[", "{\"a\":"] {
        client.post_bytes(USERS, opening.repeat(60_000 / opening.len())).await?.expect(400)?;
    }
    let padded = |length: usize| format!("{{\"username\":\"a\"{}}}", " ".repeat(length - 16));
    assert_eq!(padded(65_536).len(), 65_536);
    let address = server.address();
    for (length, expected) in [(65_536, 400), (65_537, 413), (1_048_577, 413)] {
        let heard = raw::post(address, USERS, "application/json", &padded(length)).await?;
        assert_eq!(raw::status(&heard), Some(expected), "{length}: {heard}");
        assert_eq!(heard.contains("\"code\":\"body-too-large\""), expected == 413, "{heard}");
        let heard = raw::post_chunked(address, USERS, &padded(length)).await?;
        assert_eq!(raw::status(&heard), Some(expected), "{length}, in chunks: {heard}");
    }
    // An ordinary client, which may still be sending when it is refused, hears it too.
    for _ in 0..50 {
        client.post_bytes(USERS, padded(300_000)).await?.problem(413, "body-too-large")?;
    }
    let form = "x".repeat(70_000);
    let heard = raw::post(address, "/oauth2/token", "application/x-www-form-urlencoded", &form).await?;
    assert_eq!(raw::status(&heard), Some(413), "{heard}");
    client.get("/health").await?.expect(200).map(drop)
}

/// M6: a body must say what it is, and be it.
#[tokio::test]
async fn a_body_of_another_kind_is_refused() -> Outcome {
    let (_server, client) = start().await?;
    let body = Person::new().sign_up().to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json5",
        "json",
    ] {
        let request = client.request(Method::POST, USERS).header("content-type", kind).body(body.clone());
        Answer::to(request)
            .await?
            .problem(415, "unsupported-media-type")
            .map_err(|error| format!("{kind}: {error}"))?;
    }
    let request = client.request(Method::POST, USERS).body(body.clone());
    Answer::to(request).await?.problem(415, "unsupported-media-type")?;
    let request =
        client.request(Method::POST, USERS).header("content-type", "application/json; charset=utf-16");
    assert!(matches!(Answer::to(request.body(body.clone())).await?.status, 400 | 415));
    let request = client.request(Method::POST, USERS).header("content-type", "application/json");
    let packed = request.header("content-encoding", "gzip").body(vec![0x1f, 0x8b, 8, 0, 0]);
    assert!(matches!(Answer::to(packed).await?.status, 400 | 415));
    let request =
        client.request(Method::POST, USERS).header("content-type", "Application/JSON; charset=UTF-8");
    Answer::to(request.body(body)).await?.expect(201).map(drop)
}

/// H3.
async fn members_that_are_not_a_clients_business_change_nothing(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let (_, me, _) = server.client()?.newcomer().await?;
    let before = me.get("/api/v1/me").await?.expect(200)?.json()?;
    for member in [
        "role",
        "roles",
        "scopes",
        "is_admin",
        "id",
        "status",
        "password_hash",
        "created_at",
        "fullName",
        "user",
    ] {
        let mut form = Person::new().sign_up();
        form[member] = json!("admin");
        let answer = me.visitor().post(USERS, &form).await?.expect(400)?;
        assert!(
            answer.fields()?.iter().any(|field| field.starts_with(&format!("/{member} "))),
            "{}",
            answer.text()
        );
        me.send(Method::PATCH, "/api/v1/me", &json!({member: "admin"})).await?.expect(400)?;
    }
    assert_eq!(me.get("/api/v1/me").await?.expect(200)?.json()?, before);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM users WHERE role <> 'user'").await?, 0);
    assert_eq!(server.database().number("SELECT COUNT(*) FROM users").await?, 1);
    Ok(())
}

async fn a_name_that_reads_like_another_one_is_taken(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let client = server.client()?;
    let mut first = Person::new();
    first.username = format!("Paypal{}", &first.username[4..]);
    client.sign_up(&first).await?;
    let tail = &first.username[6..];
    for twin in [
        first.username.to_uppercase(),
        format!("p\u{430}yp\u{430}l{tail}"),
        format!("\u{ff50}\u{ff41}\u{ff59}\u{ff50}\u{ff41}\u{ff4c}{tail}"),
        format!("paypa1{tail}"),
    ] {
        let form = Person { username: twin.clone(), ..Person::new() }.sign_up();
        client
            .post(USERS, &form)
            .await?
            .problem(409, "username-taken")
            .map_err(|error| format!("{twin}: {error}"))?;
    }
    let (name, domain) = first.email.split_once('@').unwrap_or_default();
    let form = Person { email: format!("{name}@{}", domain.to_uppercase()), ..Person::new() }.sign_up();
    client.post(USERS, &form).await?.problem(409, "email-taken")?;
    let (_, other, _) = client.newcomer().await?;
    let answer = other.send(Method::PATCH, "/api/v1/me", &json!({"username": first.username})).await?;
    answer.problem(409, "username-taken").map(drop)
}

/// A2 and A5.
async fn a_password_is_never_cut_and_has_one_form(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let client = server.client()?;
    for length in [64, 128, 256] {
        let filler: String = "corsair umbrella \u{1f980} plinth ".chars().cycle().take(length - 1).collect();
        let person = Person { password: format!("{filler}x"), ..Person::new() };
        client.sign_up(&person).await?;
        let cut = Person { password: format!("{filler}y"), ..person.clone() };
        client.post("/api/v1/sessions", &cut.log_in()).await?.expect(401)?;
        client.log_in(&person).await?;
    }
    let long = Person { password: "corsair umbrella ".repeat(16), ..Person::new() };
    let answer = client.post(USERS, &long.sign_up()).await?;
    assert_eq!(answer.fields()?, ["/password too-long"]);
    let composed = Person { password: "plinth-\u{e9}t\u{e9}-corsair".to_owned(), ..Person::new() };
    client.sign_up(&composed).await?;
    client
        .log_in(&Person { password: "plinth-e\u{301}te\u{301}-corsair".to_owned(), ..composed })
        .await
        .map(drop)
}

/// Requests that no HTTP client would send.
#[tokio::test]
async fn bytes_that_are_no_request_are_answered_or_cut_and_the_service_goes_on() -> Outcome {
    let (server, client) = start().await?;
    let long = format!(
        "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Long: {}\r\n\r\n",
        "x".repeat(40_000)
    );
    let many = (0..500).map(|number| format!("X-{number}: 1\r\n")).collect::<Vec<_>>().concat();
    for bytes in [
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET /health HTTP/9.9\r\n\r\n".to_vec(),
        b"POST /api/v1/users HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"POST /api/v1/users HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(),
        b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-\xff: \xfe\r\n\r\n".to_vec(),
        long.into_bytes(),
        format!("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{many}\r\n").into_bytes(),
    ] {
        let heard = raw::exchange(server.address(), bytes.clone()).await?;
        let refused = raw::status(&heard).is_none_or(|status| (400..500).contains(&status));
        let sent = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        assert!(refused, "{sent:?} was answered with {heard:?}");
        client.get("/health").await?.expect(200)?;
    }
    Ok(())
}
