//! L5 and L7: one chain, whoever writes, and no change without its event.

use crate::eye::Eye;
use crate::tables::{ACCOUNTS, dump};
use journeys::database::Database;
use journeys::dice::Dice;
use journeys::{
    Answer, Client, Engine, Outcome, Person, Resident, Server, Settings, on_both_engines, trail, wait,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

on_both_engines!(two_nodes_that_write_all_at_once_make_one_chain, what_can_not_be_told_does_not_happen);

const EDITORS: usize = 13;
const WAVES: usize = 4;
/// How many edits each editor sends at a time.
const AT_ONCE: usize = 10;

/// The requests that were acknowledged, by the names that the service gave them.
type Acknowledged = BTreeSet<String>;

/// Sends many edits at the same moment to both nodes, and counts the answers while they come.
fn wave(
    nodes: [&Client; 2],
    editors: &[Resident],
    number: usize,
    heard: &Arc<AtomicUsize>,
) -> JoinSet<Option<Answer>> {
    let mut sent = JoinSet::new();
    for round in 0..AT_ONCE {
        for (place, editor) in editors.iter().enumerate() {
            let client = nodes[(round + place) % nodes.len()].bearing(&editor.tokens.access);
            let (patch, heard) = (json!({"bio": format!("Wave {number}, {round}.")}), Arc::clone(heard));
            sent.spawn(async move {
                let answer = client.send(Method::PATCH, "/api/v1/me", &patch).await.ok();
                heard.fetch_add(1, Ordering::Relaxed);
                answer
            });
        }
    }
    sent
}

async fn acknowledged(mut sent: JoinSet<Option<Answer>>, all: &mut Acknowledged) -> Outcome {
    while let Some(answer) = sent.join_next().await {
        let Some(answer) = answer? else { continue };
        match answer.status {
            200 => drop(all.insert(answer.header("x-request-id").to_owned())),
            _ => drop(answer.problem(503, "unavailable")?),
        }
    }
    Ok(())
}

/// L5: 520 edits at once through two processes, one of which is killed in the midst of it and started again. The numbers
/// have no gap and no number twice, each edit that was acknowledged stands there, and the chain holds up to its last head.
async fn two_nodes_that_write_all_at_once_make_one_chain(engine: Engine) -> Outcome {
    let mut both = Server::start_together(Settings::on(engine).unthrottled(), 2).await?;
    let (Some(mut other), Some(mut one)) = (both.pop(), both.pop()) else {
        return Err("two were started".into());
    };
    let mut editors = Vec::new();
    for _ in 0..EDITORS {
        editors.push(Resident::user(&one).await?);
    }
    let (clients, mut dice, mut all) = ([one.client()?, other.client()?], Dice::of(5), Acknowledged::new());
    for number in 0..WAVES {
        let heard = Arc::new(AtomicUsize::new(0));
        let sent = wave([&clients[0], &clients[1]], &editors, number, &heard);
        let is_killed = number % 2 == 0;
        if is_killed {
            let enough = 5 + dice.below(EDITORS * AT_ONCE / 2);
            wait::until("some answers", async || Ok((heard.load(Ordering::Relaxed) >= enough).then_some(())))
                .await?;
            other.kill()?;
        }
        acknowledged(sent, &mut all).await?;
        if is_killed {
            other.start_again().await?;
        }
    }
    trail::joined(one.database()).await?;
    // What happens last is joined at the end.
    let patch = json!({"bio": "The last one."});
    let answer = editors[0].client.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?;
    all.insert(answer.header("x-request-id").to_owned());
    for server in [&mut other, &mut one] {
        server.terminate()?;
        server.ended().await?;
    }
    let database = one.database();
    let written = database.number("SELECT COUNT(*) FROM events").await?;
    for question in ["SELECT COUNT(DISTINCT sequence) FROM events", "SELECT MAX(sequence) FROM events"] {
        assert_eq!(database.number(question).await?, written, "{question}");
    }
    let told = dump_requests(database).await?;
    assert!(all.len() > EDITORS * AT_ONCE, "only {} edits were acknowledged", all.len());
    let lost: Vec<&String> = all.iter().filter(|id| !told.contains(*id)).collect();
    assert!(lost.is_empty(), "acknowledged, and never told: {lost:?}");
    assert_each_edit_is_told(database).await?;
    let verdict: Value =
        serde_json::from_str(&one.program()?.run(&["audit", "verify", "--json"]).await?.expect(0)?)?;
    assert_eq!((&verdict["holds"], &verdict["last"]), (&json!(true), &json!(written)));
    assert!(verdict["heads"].as_i64() >= Some(2), "both have published where it ends: {verdict}");
    Ok(())
}

/// The requests of which an edit is told, as the API writes them.
async fn dump_requests(database: &Database) -> Outcome<BTreeSet<String>> {
    let id = match database {
        Database::Sqlite(_) => "lower(hex(request_id))",
        Database::Postgres(_) => "replace(request_id::text, '-', '')",
    };
    let ids = database.texts(&format!("SELECT {id} FROM events WHERE kind = 'profile_edited'")).await?;
    let written = |id: String| [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-");
    Ok(ids.into_iter().map(written).collect())
}

async fn assert_each_edit_is_told(database: &Database) -> Outcome {
    let edits = database.number("SELECT CAST(SUM(version - 1) AS BIGINT) FROM users").await?;
    let told = database.number("SELECT COUNT(*) FROM events WHERE kind = 'profile_edited'").await?;
    assert_eq!(edits, told);
    Ok(())
}

/// Lets nobody write an event any more.
async fn silence(database: &Database) -> Outcome {
    match database {
        Database::Sqlite(_) => {
            let trigger =
                "CREATE TRIGGER silence BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'silence'); END";
            database.execute(trigger).await
        }
        Database::Postgres(_) => {
            let function = "CREATE FUNCTION silence() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'silence'; END $$";
            database.execute(function).await?;
            let trigger =
                "CREATE TRIGGER silence BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION silence()";
            database.execute(trigger).await
        }
    }
}

async fn unsilence(database: &Database) -> Outcome {
    database
        .execute(match database {
            Database::Sqlite(_) => "DROP TRIGGER silence",
            Database::Postgres(_) => "DROP TRIGGER silence ON events",
        })
        .await
}

/// Somebody's way to change something.
type Change = (Method, String, Value);

/// L7 from the other side: where no event can be written, nothing is changed, in either database, and it is said that it
/// was not; with room for events again it works.
async fn what_can_not_be_told_does_not_happen(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let leaver = Resident::user(&server).await?;
    let mut eye = Eye::open(&server).await?;
    let is_whole = async |eye: &mut Eye| -> Outcome {
        let begun = std::time::Instant::now();
        while begun.elapsed() < wait::PATIENCE {
            if eye.look().await?.is_some_and(|sight| sight.is_whole()) {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        Err("the vault holds something that is of no use".into())
    };
    is_whole(&mut eye).await?;
    let before = dump(server.database(), &ACCOUNTS).await?;
    let people = dump(server.vault(), &["people"]).await?;
    let proof = json!({"password": leaver.person.password});
    let visitor = server.client()?;
    let changes: Vec<(&Client, Change)> = vec![
        (&someone.client, (Method::PATCH, "/api/v1/me".to_owned(), json!({"bio": "Untold."}))),
        (
            &someone.client,
            (Method::PATCH, "/api/v1/me".to_owned(), json!({"email": "untold@journeys.example"})),
        ),
        (&visitor, (Method::POST, "/api/v1/users".to_owned(), Person::new().sign_up())),
        (&visitor, (Method::POST, "/api/v1/sessions".to_owned(), someone.person.log_in())),
        (&leaver.client, (Method::POST, "/api/v1/me/deletion".to_owned(), proof)),
        (&administrator.client, (Method::PUT, someone.at("/role"), json!({"role": "moderator"}))),
        (&administrator.client, (Method::PUT, someone.at("/suspension"), json!({"reason": "Untold."}))),
        (&administrator.client, (Method::DELETE, someone.at(""), Value::Null)),
    ];
    silence(server.database()).await?;
    for (who, (method, path, body)) in &changes {
        let answer = who.send(method.clone(), path, body).await?;
        assert!(matches!(answer.status, 500 | 503), "{method} {path}: {} {}", answer.status, answer.text());
        assert!(
            answer.header("content-type").starts_with("application/problem+json"),
            "{:?}",
            answer.headers
        );
    }
    assert_eq!(dump(server.database(), &ACCOUNTS).await?, before);
    is_whole(&mut eye).await?;
    assert_eq!(dump(server.vault(), &["people"]).await?, people);
    unsilence(server.database()).await?;
    for (who, (method, path, body)) in &changes {
        let answer = who.send(method.clone(), path, body).await?;
        assert!(matches!(answer.status, 200..=204), "{method} {path}: {} {}", answer.status, answer.text());
    }
    Ok(())
}

/// How far the files of the databases may grow: a few hundred edits.
const ROOM: u64 = 640 * 1024;

/// N3 and L7: on a full disk edits are refused in both databases or done in both, whichever of the two has no room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_leaves_no_change_without_its_event_and_nothing_in_the_vault() -> Outcome {
    let mut server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let someone = Resident::user(&server).await?;
    let mut eye = Eye::open(&server).await?;
    server.limit_files(Some(ROOM))?;
    let edit = async |number: usize| -> Outcome<Answer> {
        let long = format!("{number} {}", "Room. ".repeat(80));
        someone.client.send(Method::PATCH, "/api/v1/me", &json!({"bio": long.trim_end()})).await
    };
    let mut kept = 0;
    loop {
        let answer = edit(kept + 1).await?;
        if answer.status != 200 {
            answer.problem(503, "unavailable")?;
            break;
        }
        kept += 1;
        assert!(kept < 5_000, "the disk never filled up");
    }
    for _ in 0..5 {
        edit(kept + 1).await?.problem(503, "unavailable")?;
    }
    server.kill()?;
    server.start_again().await?;
    assert!(eye.sight().await?.is_whole());
    let view = someone.client.get("/api/v1/me").await?.expect(200)?.json()?;
    let bio = view["bio"].as_str().unwrap_or_default();
    assert!(bio.starts_with(&format!("{kept} ")), "{kept} were kept: {bio}");
    assert_eq!(i64::try_from(kept)?, server.database().number("SELECT MAX(version) - 1 FROM users").await?);
    assert_each_edit_is_told(server.database()).await?;
    edit(kept + 1).await?.expect(200)?;
    server.program()?.run(&["audit", "verify"]).await?.expect(0).map(drop)
}
