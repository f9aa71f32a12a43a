use journeys::traces::{self, Traces};
use journeys::{Engine, Outcome, Person, Server, Settings, forms, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines!(nothing_that_is_secret_or_personal_reaches_the_log_or_stands_readable_in_the_data);

/// A1, K1 and L11: looks for what was typed, after a whole life with everything that can go wrong in it.
async fn nothing_that_is_secret_or_personal_reaches_the_log_or_stands_readable_in_the_data(
    engine: Engine,
) -> Outcome {
    let mut server = Server::start(Settings::on(engine).with("LOG__LEVEL", "trace")).await?;
    let client = server.client()?;
    let (person, me, tokens) = client.newcomer().await?;
    let renewed = client.refresh(&tokens.refresh).await?.expect(200)?.json()?;
    let mistaken = "marker-typed-into-the-wrong-field";
    client.post("/api/v1/sessions", &json!({"login": mistaken, "password": "marker-wrong-password"})).await?;
    client.post("/api/v1/users", &json!({"username": ["marker-mistyped"], "password": 7})).await?;
    client.post_bytes("/api/v1/users", "{\"password\":\"marker-malformed").await?;
    client.bearing("marker-garbage-token").get("/api/v1/me").await?;
    client.get("/nowhere?token=marker-in-the-query").await?;
    client.refresh("marker-refresh-token").await?;
    let change = json!({"current_password": person.password, "new_password": "marker-another-lantern"});
    me.send(Method::PUT, "/api/v1/me/password", &change).await?.expect(204)?;
    let person = Person { password: "marker-another-lantern".to_owned(), ..person };
    let link = server.command(&["user", "password-link", &person.username]).await?;
    let link = link.split("/set-password/").nth(1).and_then(|rest| rest.split_whitespace().next());
    let link = link.ok_or("a link was printed")?.to_owned();
    client.get(&format!("/set-password/{link}")).await?.expect(200)?;
    client
        .send(Method::PUT, "/api/v1/password", &json!({"token": link, "password": "marker-x"}))
        .await?
        .expect(400)?;
    client.form("/oauth2/revoke", &[("token", "marker-revoked-token")]).await?.expect(200)?;
    let browser = client.with_cookies()?;
    let fields = [("login", person.email.as_str()), ("password", person.password.as_str())];
    let cookie = forms::submit(&browser, "/log-in", &fields).await?.expect(303)?;
    let cookies = cookie.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let cookies = cookies.filter_map(|cookie| cookie.split(['=', ';']).nth(1)).map(str::to_owned);

    let mut secrets = person.secrets();
    secrets.extend(cookies.filter(|value| value.len() >= 16));
    secrets.extend([tokens.access, tokens.refresh, link, "marker-".to_owned()]);
    secrets.extend(
        ["access_token", "refresh_token"].map(|name| renewed[name].as_str().unwrap_or_default().to_owned()),
    );
    server.terminate()?;
    server.ended().await?;
    let log = server.log();
    assert!(log.matches("\"answered\"").count() >= 12, "there is a line for each request:\n{log}");
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret} stands in the log");
    }
    let kept = traces::files(server.home().path())?;
    assert_eq!(Traces::of(secrets.iter().map(String::as_str)).among(&kept), Vec::<String>::new());
    stored_passwords_are_what_they_should_be(&server).await
}

/// A1.
async fn stored_passwords_are_what_they_should_be(server: &Server) -> Outcome {
    let hashes = server.database().texts("SELECT hash FROM passwords").await?;
    assert!(!hashes.is_empty());
    for hash in hashes {
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let lengths: Vec<usize> = hash.split('$').skip(4).map(str::len).collect();
        assert_eq!(lengths, [22, 43], "16 bytes of salt and 32 of hash, in base64");
    }
    Ok(())
}

/// A12: what the description says of passwords.
#[tokio::test]
async fn the_description_says_which_members_are_passwords() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let document = server.client()?.get("/openapi.json").await?.expect(200)?.json()?;
    let mut seen = 0;
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    for (name, schema) in &schemas {
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            // A link is no password: it is given out, once.
            if member.contains("password") && member != "password_link" {
                assert_eq!(property["format"], "password", "{name}.{member}");
                assert_eq!(property["writeOnly"], Value::Bool(true), "{name}.{member}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 5, "{seen} members are passwords");
    Ok(())
}
