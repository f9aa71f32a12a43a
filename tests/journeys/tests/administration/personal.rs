use journeys::{Engine, Outcome, Person, Resident, Server, Settings, on_both_engines, trail};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines!(
    personal_data_stay_masked_until_they_are_opened_with_a_reason_and_their_owner_sees_it,
    a_moderator_watches_without_seeing_who_people_are_or_changing_anything,
);

/// Somebody with something in every field.
async fn somebody(server: &Server) -> Outcome<(Resident, [String; 5])> {
    let someone = Resident::user(server).await?;
    let (bio, location, website) = ("Keeps marker-bees.", "marker-Lyon", "https://marker-bees.example/");
    let patch = json!({"bio": bio, "location": location, "website": website});
    someone.client.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?;
    let Person { email, full_name, .. } = someone.person.clone();
    Ok((someone, [email, full_name, bio.to_owned(), location.to_owned(), website.to_owned()]))
}

const FIELDS: [&str; 5] = ["email", "full_name", "bio", "location", "website"];

fn shows(view: &Value, personal: &[String; 5]) -> bool {
    FIELDS.iter().zip(personal).all(|(field, value)| view[field] == value.as_str())
}

fn hides(text: &str, personal: &[String; 5]) -> bool {
    personal.iter().all(|value| !text.contains(value.as_str()))
}

async fn personal_data_stay_masked_until_they_are_opened_with_a_reason_and_their_owner_sees_it(
    engine: Engine,
) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let me = &administrator.client;
    let (someone, personal) = somebody(&server).await?;
    let view = me.get(&someone.at("")).await?.expect(200)?.json()?;
    assert_eq!(view["masked"], true);
    assert!(hides(&view.to_string(), &personal), "{view}");
    for (place, field) in FIELDS.iter().enumerate() {
        assert!(
            view[field].as_str().is_some_and(|text| text.contains('\u{2022}')),
            "{place} {field}: {view}"
        );
    }
    let list = me.get("/api/v1/users").await?.expect(200)?.text();
    assert!(hides(&list, &personal), "{list}");
    let patched = me.send(Method::PATCH, &someone.at(""), &json!({"theme": "dark"})).await?.expect(200)?;
    assert!(hides(&patched.text(), &personal), "{}", patched.text());

    let path = someone.at("/personal-data");
    for (body, error) in [
        (json!({}), "/reason required"),
        (json!({"reason": ""}), "/reason too-short"),
        (json!({"reason": "x".repeat(501)}), "/reason too-long"),
    ] {
        let refused = me.post(&path, &body).await?;
        refused.problem(400, "invalid-input").map_err(|failure| format!("{body}: {failure}"))?;
        let fields = refused.fields()?;
        assert!(fields == [error] || fields == ["/reason required"], "{body}: {fields:?}");
    }
    let reason = "They asked \u{2014} by letter\nof 3 May.";
    let answer = me.post(&path, &json!({"reason": reason})).await?.expect(200)?;
    let open = answer.json()?;
    assert!(shows(&open, &personal) && open.get("masked").is_none(), "{open}");
    assert!(answer.header("cache-control").contains("no-store"));

    let query = format!("?kind=personal_data_opened&subject={}", someone.id);
    let events = trail::events(me, &query).await?;
    let [event] = &events[..] else { return Err(format!("one event: {events:?}").into()) };
    assert_eq!(
        (&event["actor"]["id"], &event["detail"]["reason"]),
        (&json!(administrator.id), &json!(reason))
    );
    assert_eq!(event["request_id"], answer.header("x-request-id"));
    // The person sees who it was, when and why; and not from where.
    let seen = trail::whole(&someone.client, "/api/v1/me/activity", "?kind=personal_data_opened").await?;
    let [seen] = &seen[..] else { return Err(format!("one event: {seen:?}").into()) };
    assert_eq!((&seen["actor"], &seen["detail"]["reason"]), (&event["actor"], &json!(reason)));
    assert_eq!((&seen["address"], &seen["request_id"]), (&Value::Null, &Value::Null));
    // Oneself is no stranger.
    let own = me.get(&administrator.at("")).await?.expect(200)?.json()?;
    assert_eq!(own["email"], administrator.person.email.as_str());
    assert!(me.get(&someone.at("")).await?.json()?["masked"] == true, "opened once is not open for good");
    Ok(())
}

/// H10.
async fn a_moderator_watches_without_seeing_who_people_are_or_changing_anything(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let moderator = administrator.appoint(&server, "moderator").await?;
    let (someone, personal) = somebody(&server).await?;
    let watch = &moderator.client;
    for path in [
        "/api/v1/users".to_owned(),
        someone.at(""),
        someone.at("/activity"),
        "/api/v1/admin/overview".to_owned(),
        "/api/v1/audit-events".to_owned(),
        "/api/v1/audit-events/export".to_owned(),
        format!("/api/v1/users?search={}", trail::escaped(&someone.person.username)),
    ] {
        let heard = watch.get(&path).await?.expect(200).map_err(|error| format!("{path}: {error}"))?;
        assert!(hides(&heard.text(), &personal), "{path}: {}", heard.text());
    }
    for path in [someone.at("/sessions"), "/api/v1/signing-keys".to_owned()] {
        watch.get(&path).await?.problem(403, "insufficient-scope")?;
    }
    let reason = json!({"reason": "Curious."});
    watch.post(&someone.at("/personal-data"), &reason).await?.problem(403, "insufficient-scope")?;
    let form = json!({"username": "upstart", "email": "upstart@journeys.example"});
    watch.post("/api/v1/users", &form).await?.problem(403, "insufficient-scope")?;
    watch.post("/api/v1/signing-keys/rotation", &json!({})).await?.problem(403, "insufficient-scope")?;
    let opened = trail::whole(&someone.client, "/api/v1/me/activity", "?kind=personal_data_opened").await?;
    assert_eq!(opened, Vec::<Value>::new(), "nothing was opened");
    let own = watch.get(&moderator.at("")).await?.expect(200)?.json()?;
    assert_eq!(own["email"], moderator.person.email.as_str());
    Ok(())
}
