use journeys::client::Tokens;
use journeys::{Answer, Client, Engine, Outcome, Resident, Server, Settings, on_both_engines, trail};
use reqwest::Method;

on_both_engines!(a_token_that_is_given_back_ends_its_session);

const PATH: &str = "/oauth2/revoke";

fn silent(answer: &Answer) -> Outcome {
    let heard = answer.clone().expect(200)?;
    assert!(heard.body.is_empty(), "{}", heard.text());
    assert!(heard.header("cache-control").contains("no-store"), "{:?}", heard.headers);
    Ok(())
}

async fn assert_over(client: &Client, tokens: &Tokens) -> Outcome {
    client.bearing(&tokens.access).get("/api/v1/me").await?.problem(401, "invalid-token")?;
    client.refresh(&tokens.refresh).await?.oauth_error(400, "invalid_grant")
}

/// RFC 7009, section 2: by either token, with a hint, a wrong one or none; also by one that was used before.
async fn a_token_that_is_given_back_ends_its_session(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let client = server.client()?;
    let someone = Resident::user(&server).await?;
    for (which, hint) in [
        ("access", None),
        ("access", Some("access_token")),
        ("refresh", Some("refresh_token")),
        ("refresh", Some("access_token")),
        ("refresh", Some("no_such_hint")),
        ("used", None),
    ] {
        let session = someone.again(&server).await?;
        let later = if which == "used" { session.refreshed().await? } else { session.clone() };
        let token = if which == "access" { &session.tokens.access } else { &session.tokens.refresh };
        let mut fields = vec![("token", token.as_str())];
        fields.extend(hint.map(|hint| ("token_type_hint", hint)));
        silent(&client.form(PATH, &fields).await?)?;
        assert_over(&client, &later.tokens).await.map_err(|error| format!("{which} {hint:?}: {error}"))?;
        // Once more, and as an access token: out of use already, so no error.
        silent(&client.form(PATH, &fields).await?)?;
    }
    assert_eq!(someone.knocks().await?, 200, "no other session was ended");
    let ended = trail::events(&administrator.client, "?kind=session_ended").await?;
    assert_eq!(ended.len(), 6, "one event for each session: {ended:?}");
    assert!(ended.iter().all(|event| event["subject"] == someone.id.as_str()), "{ended:?}");
    Ok(())
}

/// G11: nobody learns what a text is worth, and what is none of ours ends nothing.
#[tokio::test]
async fn whatever_is_no_token_is_answered_like_one() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    let someone = Resident::user(&server).await?;
    let halved = &someone.tokens.refresh[..someone.tokens.refresh.len() / 2];
    let spoilt = format!("{}x", someone.tokens.refresh);
    for text in ["garbage", "a.b.c", halved, &spoilt, "xrt_AAAA", "\u{e9}\u{2028}"] {
        silent(&client.form(PATH, &[("token", text)]).await?).map_err(|error| format!("{text}: {error}"))?;
    }
    assert_eq!(someone.knocks().await?, 200);
    for fields in [&[][..], &[("token", "")], &[("token_type_hint", "access_token")]] {
        client.form(PATH, fields).await?.oauth_error(400, "invalid_request")?;
    }
    let twice = client.form(PATH, &[("token", "a"), ("token", "b")]).await?;
    twice.oauth_error(400, "invalid_request")?;
    let wrong = client.get(PATH).await?;
    wrong.oauth_error(405, "invalid_request")?;
    assert_eq!(wrong.header("allow"), "POST");
    let json =
        Answer::to(client.request(Method::POST, PATH).json(&serde_json::json!({"token": "a"}))).await?;
    assert!(json.status >= 400, "a form is asked for: {}", json.status);
    Ok(())
}
