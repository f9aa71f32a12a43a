//! M4: any text at all, in every field of every form, in every question and in every path.

use journeys::trail::escaped;
use journeys::{Answer, Client, Engine, Outcome, Person, Resident, Server, Settings, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines!(no_text_whatsoever_is_a_server_error);

const USERS: &str = "/api/v1/users";

async fn no_text_whatsoever_is_a_server_error(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let target = Resident::user(&server).await?;
    let nul = by_form(&administrator, &target, "a\u{0}b").await?;
    assert_eq!(nul, vec![400; nul.len()], "a NUL is refused everywhere");
    for text in [
        "\u{ffff}",
        "\u{202e}evil",
        "\u{feff}",
        "\u{1f600}",
        "ﷺ",
        "\r\n",
        "'; DROP TABLE users; --",
        "{{7*7}}",
        "%",
        "_",
        "\\",
    ] {
        by_form(&administrator, &target, text).await?;
        by_question(&administrator.client, &target, text).await?;
    }
    by_question(&administrator.client, &target, "a\u{0}b").await?;
    by_bytes(&administrator.client).await
}

async fn by_bytes(me: &Client) -> Outcome {
    for bytes in [&b"\xff\xfe"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"] {
        let body = [b"{\"username\":\"", bytes, b"\",\"email\":\"a@b.example\",\"password\":\"x\"}"].concat();
        me.post_bytes(USERS, body).await?.expect(400)?;
        for (path, field) in [("/oauth2/token", "username"), ("/oauth2/revoke", "token_type_hint")] {
            let form = [b"grant_type=password&password=x&token=x&", field.as_bytes(), b"=", bytes].concat();
            let form = me.visitor().request(Method::POST, path).body(form);
            Answer::to(form.header("content-type", "application/x-www-form-urlencoded"))
                .await?
                .expect(400)?;
        }
    }
    for path in [
        "/api/v1/%00",
        "/api/v1/me?%ff=%fe",
        "/%c0%af",
        "/log-in?next=%00",
        "/assets/%2e%2e%2fCargo.toml",
        "/set-password/%ff%00",
        "/api/v1/users/%ff",
        "/api/v1/users?search=%ff%fe",
        "/api/v1/access/explanations/%00",
    ] {
        let answer = me.get(path).await?;
        assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.text());
    }
    Ok(())
}

/// Puts that text in each field of each form, and hears no server error.
async fn by_form(administrator: &Resident, target: &Resident, text: &str) -> Outcome<Vec<u16>> {
    let (me, value) = (&administrator.client, json!(text));
    let mut heard = Vec::new();
    for field in ["username", "email", "password", "full_name", "locale"] {
        let mut form = Person::new().sign_up();
        form[field] = value.clone();
        heard.push(me.visitor().post(USERS, &form).await?);
        heard.push(me.post(USERS, &form).await?);
    }
    for field in
        ["username", "email", "full_name", "bio", "location", "website", "avatar_url", "locale", "theme"]
    {
        for path in ["/api/v1/me".to_owned(), target.at("")] {
            heard.push(me.send(Method::PATCH, &path, &json!({field: value})).await?);
        }
    }
    for (method, path, form) in [
        (Method::PUT, target.at("/role"), json!({"role": "moderator", "reason": value})),
        (Method::PUT, target.at("/role"), json!({"role": value})),
        (Method::PUT, target.at("/role"), json!({"role": "moderator", "expires_at": value})),
        (Method::PUT, target.at("/suspension"), json!({"reason": value})),
        (Method::PUT, target.at("/suspension"), json!({"reason": "Because.", "until": value})),
        (Method::POST, target.at("/personal-data"), json!({"reason": value})),
    ] {
        heard.push(me.send(method, &path, &form).await?);
    }
    let named = json!({"login": "a", "password": "b", "device_name": value});
    heard.push(me.visitor().post("/api/v1/sessions", &named).await?);
    heard.push(me.visitor().form("/oauth2/token", &[("grant_type", text)]).await?);
    heard.iter().try_for_each(|answer| {
        if answer.status < 500 { Ok(()) } else { Err(format!("{text:?}: {}", answer.text())) }
    })?;
    no_credential(me, &value, text).await?;
    Ok(heard.iter().map(|answer| answer.status).collect())
}

/// A strange text is no credential, like any other text that is none.
async fn no_credential(me: &Client, value: &Value, text: &str) -> Outcome {
    let visitor = me.visitor();
    let strange = visitor.post("/api/v1/sessions", &json!({"login": value, "password": value})).await?;
    assert!(matches!(strange.status, 400 | 401), "{value}: {}", strange.text());
    let body = json!({"token": value, "password": "an-entirely-new-lantern"});
    let strange = visitor.send(Method::PUT, "/api/v1/password", &body).await?;
    assert!(matches!(strange.status, 400 | 404), "{value}: {}", strange.text());
    for (client, path) in [(&visitor, "/oauth2/revoke"), (me, "/oauth2/introspect")] {
        let strange = client.form(path, &[("token", text)]).await?;
        assert!(matches!(strange.status, 200 | 400), "{path} {value}: {}", strange.text());
    }
    Ok(())
}

/// Asks for it in each parameter of each list.
async fn by_question(me: &Client, target: &Resident, text: &str) -> Outcome {
    let text = escaped(text);
    for (path, parameters) in [
        (USERS.to_owned(), &["search", "role", "status", "sort", "limit", "cursor"][..]),
        (
            "/api/v1/audit-events".to_owned(),
            &["actor", "subject", "kind", "from", "until", "address", "limit", "cursor"],
        ),
        ("/api/v1/me/activity".to_owned(), &["kind", "limit", "cursor"]),
        ("/api/v1/me/sessions".to_owned(), &["limit", "cursor"]),
        (target.at("/activity"), &["kind", "limit", "cursor"]),
        (target.at("/sessions"), &["limit", "cursor"]),
    ] {
        for parameter in parameters {
            let answer = me.get(&format!("{path}?{parameter}={text}")).await?;
            let expected = if *parameter == "search" { [200, 400] } else { [400, 400] };
            assert!(expected.contains(&answer.status), "{path}?{parameter}={text}: {}", answer.text());
        }
    }
    Ok(())
}
