use journeys::cluster::Cluster;
use journeys::database::Database;
use journeys::{
    Client, Engine, Outcome, Person, Resident, Server, Settings, forms, on_both_engines, vault, wait,
};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines!(
    without_its_vault_the_house_lets_people_in_and_says_what_it_can_t_show,
    a_damaged_cell_is_an_alarm_and_a_gap_and_nobody_else_is_harmed,
    cells_open_for_their_own_person_and_version_and_for_nothing_else,
);

const FIELDS: [&str; 5] = ["email", "full_name", "bio", "location", "website"];

/// Somebody with something in every field.
async fn somebody(server: &Server) -> Outcome<Resident> {
    let someone = Resident::user(server).await?;
    let name = &someone.person.username;
    let patch = json!({
        "bio": format!("Keeps bees as {name}."), "location": format!("Lyon of {name}"),
        "website": format!("https://{name}.example/").replace('_', "-"),
    });
    someone.client.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?;
    // What they said before is gone by then.
    vault::await_in_step(server).await?;
    Ok(someone)
}

async fn own(someone: &Resident) -> Outcome<Value> {
    someone.client.get("/api/v1/me").await?.expect(200)?.json()
}

/// The same, when those fields are the ones that can't be read: what was read a moment ago is known for a second, also where
/// somebody has written past the service meanwhile.
async fn own_without(someone: &Resident, fields: &[&str]) -> Outcome<Value> {
    let what = format!("a profile without {fields:?}");
    wait::until(&what, async || {
        let view = own(someone).await?;
        Ok((unreadable(&view) == fields).then_some(view))
    })
    .await
}

/// What of somebody can't be read.
fn unreadable(view: &Value) -> Vec<&str> {
    view["unreadable"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The vault stands on a server of its own, wherever the first database is.
async fn without_its_vault_the_house_lets_people_in_and_says_what_it_can_t_show(engine: Engine) -> Outcome {
    let cluster = Cluster::start().await?;
    let kept = Database::create_on(cluster.url()).await?;
    let server = Server::start(Settings::on(engine).vault(kept).unthrottled()).await?;
    let someone = somebody(&server).await?;
    let before = own(&someone).await?;
    cluster.stop().await?;
    let again = server.client()?.log_in(&someone.person).await?;
    let by_email = json!({"login": someone.person.email, "password": someone.person.password});
    server.client()?.post("/api/v1/sessions", &by_email).await?.expect(201)?;
    let wrong = json!({"login": someone.person.username, "password": "not the password"});
    server.client()?.post("/api/v1/sessions", &wrong).await?.problem(401, "invalid-credentials")?;
    server.client()?.refresh(&again.refresh).await?.expect(200)?;
    let me = &someone.client;
    me.get("/api/v1/me/sessions").await?.expect(200)?;
    let patch = json!({"bio": "Waits."});
    for answer in [
        me.get("/api/v1/me").await?,
        me.send(Method::PATCH, "/api/v1/me", &patch).await?,
        me.visitor().post("/api/v1/users", &Person::new().sign_up()).await?,
    ] {
        answer.problem(503, "unavailable")?;
        assert!(
            answer.header("retry-after").parse::<u32>().is_ok_and(|wait| wait >= 1),
            "{:?}",
            answer.headers
        );
    }
    me.unready().await?;
    me.get("/health/live").await?.expect(200)?;
    cluster.start_again().await?;
    wait::until("the vault to be found again", async || {
        Ok((me.get("/api/v1/me").await?.status == 200).then_some(()))
    })
    .await?;
    assert_eq!(own(&someone).await?["bio"], before["bio"], "what was refused was not done");
    me.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?;
    me.newcomer().await?;
    vault::await_in_step(&server).await
}

/// N5: a file that somebody moves away is not made anew, neither by who works with it nor by who starts without it; and with
/// it come back all that was said to be done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vault_that_was_moved_away_is_never_made_anew() -> Outcome {
    let mut server = Server::start(Settings::on(Engine::Sqlite).unthrottled()).await?;
    let someone = somebody(&server).await?;
    let Database::Sqlite(file) = server.vault().clone() else { return Err("not a file".into()) };
    let aside = file.with_extension("aside");
    std::fs::rename(&file, &aside)?;
    let mut bio = own(&someone).await?["bio"].clone();
    for number in 0..5 {
        server.client()?.log_in(&someone.person).await?;
        let next = json!(format!("Moved {number} times."));
        let edited = someone.client.send(Method::PATCH, "/api/v1/me", &json!({"bio": next})).await?;
        if edited.status == 200 {
            bio = next;
        } else {
            edited.problem(503, "unavailable")?;
        }
        let looks = (0..6).map(|_| {
            let me = someone.client.clone();
            async move { me.get("/api/v1/me").await }
        });
        for seen in Client::all_at_once(looks.collect::<Vec<_>>()).await? {
            if seen.status == 200 {
                assert_eq!(seen.json()?["bio"], bio);
            } else {
                seen.problem(503, "unavailable")?;
            }
        }
    }
    assert!(!file.exists(), "another vault was made");
    server.kill()?;
    let told = server.start_again().await.err().ok_or("it started without its vault")?.to_string();
    assert!(told.contains("vault") && !file.exists(), "{told}");
    std::fs::rename(&aside, &file)?;
    server.start_again().await?;
    assert_eq!(own(&someone.again(&server).await?).await?["bio"], bio);
    Ok(())
}

/// One byte after another is flipped, and put back.
async fn a_damaged_cell_is_an_alarm_and_a_gap_and_nobody_else_is_harmed(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let (someone, other) = (somebody(&server).await?, somebody(&server).await?);
    let (whole, others) = (own(&someone).await?, own(&other).await?);
    assert_eq!(unreadable(&whole), Vec::<&str>::new());
    for field in FIELDS {
        let cell = Cell::of(server.vault(), "people", field, &someone.id).await?;
        for place in [0, cell.digits.len() / 4 * 2, cell.digits.len() - 1] {
            cell.write(&flipped(&cell.digits, place)).await?;
            let view = own_without(&someone, &[field]).await?;
            let kept = FIELDS.iter().filter(|name| **name != field);
            assert!(kept.clone().all(|name| view[name] == whole[name]), "{field} {place}: {view}");
            assert_ne!(view[field], whole[field]);
        }
        cell.write(&cell.digits).await?;
        assert_eq!(own(&someone).await?, whole, "put back, it is read again");
    }
    // Told once for each place, and not at every look.
    let log = server.log();
    let alarms: Vec<&str> = log.lines().filter(|line| line.contains("\"ERROR\"")).collect();
    assert_eq!(alarms.len(), FIELDS.len(), "{alarms:?}");
    for (field, alarm) in FIELDS.iter().zip(&alarms) {
        assert!(alarm.contains(&format!("\"people.{field}\"")) && alarm.contains(&someone.id), "{alarm}");
    }

    // All of it at once: found, let in, and shown with gaps.
    for field in FIELDS {
        let cell = Cell::of(server.vault(), "people", field, &someone.id).await?;
        cell.write(&flipped(&cell.digits, 60)).await?;
    }
    let login = json!({"login": someone.person.email, "password": someone.person.password});
    server.client()?.post("/api/v1/sessions", &login).await?.expect(201)?;
    let view = own(&someone).await?;
    assert_eq!((unreadable(&view), &view["email"]), (FIELDS.to_vec(), &json!("unreadable@vault.invalid")));
    let patch = json!({"bio": "Anew."});
    // What can't be read is not written over.
    someone.client.send(Method::PATCH, "/api/v1/me", &patch).await?.problem(409, "unreadable-fields")?;
    let list = administrator.client.get("/api/v1/users?limit=200").await?.expect(200)?.json()?;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(3), "{list}");
    let search = format!("/api/v1/users?search={}", someone.person.email);
    let found = administrator.client.get(&search).await?.expect(200)?.json()?;
    assert_eq!(found["items"][0]["id"], someone.id.as_str(), "{found}");
    let window = server.client()?.with_cookies()?;
    let fields =
        [("login", someone.person.username.as_str()), ("password", someone.person.password.as_str())];
    forms::submit(&window, "/log-in", &fields).await?.expect(303)?;
    let page = window.get("/profile").await?.expect(200)?.text();
    assert!(page.contains("be read at the moment"), "{page}");

    // The key of all of it.
    let key = Cell::of(server.database(), "data_keys", "sealed", &other.id).await?;
    key.write(&flipped(&key.digits, key.digits.len() / 2)).await?;
    own_without(&other, &FIELDS).await?;
    let sessions = other.client.get("/api/v1/me/sessions").await?.expect(200)?.json()?;
    assert_eq!(sessions["items"][0]["address"], Value::Null, "{sessions}");
    key.write(&key.digits).await?;
    assert_eq!(own(&other).await?, others);
    let log = server.log();
    for secret in someone.person.secrets().iter().chain(&other.person.secrets()) {
        assert!(!log.contains(secret.as_str()), "{secret} stands in the log");
    }
    Ok(())
}

/// What belongs to one person, or to another version of the same, is not taken for what it stands for.
async fn cells_open_for_their_own_person_and_version_and_for_nothing_else(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let (one, other, third) = (somebody(&server).await?, somebody(&server).await?, somebody(&server).await?);
    let (ones, others) = (own(&one).await?, own(&other).await?);
    let reveals = |view: &Value, whose: &Value| FIELDS.iter().any(|field| view[field] == whose[field]);

    // The cells of one under the name and the version of the other, and the other way round.
    let mut swapped = Vec::new();
    for field in FIELDS {
        let (a, b) = (
            Cell::of(server.vault(), "people", field, &one.id).await?,
            Cell::of(server.vault(), "people", field, &other.id).await?,
        );
        a.write(&b.digits).await?;
        b.write(&a.digits).await?;
        swapped.extend([a, b]);
    }
    for (someone, theirs) in [(&one, &others), (&other, &ones)] {
        let view = own_without(someone, &FIELDS).await?;
        assert!(!reveals(&view, theirs), "{view} is somebody else");
    }
    // With the keys too: they open for whose they are, not for whoever has them.
    let keys = [
        Cell::of(server.database(), "data_keys", "sealed", &one.id).await?,
        Cell::of(server.database(), "data_keys", "sealed", &other.id).await?,
    ];
    keys[0].write(&keys[1].digits).await?;
    keys[1].write(&keys[0].digits).await?;
    for (someone, theirs) in [(&one, &others), (&other, &ones)] {
        let view = own_without(someone, &FIELDS).await?;
        assert!(!reveals(&view, theirs), "{view} is somebody else");
    }
    for cell in swapped.iter().chain(&keys) {
        cell.write(&cell.digits).await?;
    }
    assert_eq!((own(&one).await?, own(&other).await?), (ones.clone(), others));

    // Fields of one person in each other's place, and what they said before in the place of what they say now.
    let (bio, location) = (
        Cell::of(server.vault(), "people", "bio", &one.id).await?,
        Cell::of(server.vault(), "people", "location", &one.id).await?,
    );
    bio.write(&location.digits).await?;
    location.write(&bio.digits).await?;
    own_without(&one, &["bio", "location"]).await?;
    bio.write(&bio.digits).await?;
    location.write(&location.digits).await?;
    let patch = json!({"bio": "Keeps no bees any more."});
    one.client.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?;
    vault::await_in_step(&server).await?;
    let now = Cell::of(server.vault(), "people", "bio", &one.id).await?;
    now.write(&bio.digits).await?;
    let view = own(&one).await?;
    assert_eq!((unreadable(&view), &view["bio"]), (vec!["bio"], &Value::Null), "{view}");

    // And where the row is gone, it is gone for that person only.
    let id = server.vault().id(&other.id);
    server.vault().execute(&format!("DELETE FROM people WHERE user_id = {id}")).await?;
    own_without(&other, &FIELDS).await?;
    assert_eq!(unreadable(&own(&third).await?), Vec::<&str>::new());
    Ok(())
}

/// Something sealed, and where it stands.
struct Cell {
    database: Database,
    table: &'static str,
    column: &'static str,
    owner: String,
    digits: String,
}

impl Cell {
    async fn of(
        database: &Database,
        table: &'static str,
        column: &'static str,
        owner: &str,
    ) -> Outcome<Self> {
        let (digits, id) = (database.digits(column), database.id(owner));
        let found = database.texts(&format!("SELECT {digits} FROM {table} WHERE user_id = {id}")).await?;
        let [digits] = &found[..] else { return Err(format!("{} rows of one person", found.len()).into()) };
        Ok(Self {
            database: database.clone(),
            table,
            column,
            owner: owner.to_owned(),
            digits: digits.clone(),
        })
    }

    async fn write(&self, digits: &str) -> Outcome {
        let Self { database, table, column, .. } = self;
        let (bytes, id) = (database.bytes(digits), database.id(&self.owner));
        database.execute(&format!("UPDATE {table} SET {column} = {bytes} WHERE user_id = {id}")).await
    }
}

/// The same with one bit of that digit turned over.
fn flipped(digits: &str, place: usize) -> String {
    let mut all: Vec<char> = digits.chars().collect();
    let digit = all[place].to_digit(16).unwrap_or_default();
    all[place] = char::from_digit(digit ^ 1, 16).unwrap_or_default();
    all.into_iter().collect()
}
