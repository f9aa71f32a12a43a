//! Who may do what: every operation of the document, asked by every kind of caller (H1).
//!
//! An operation without a row fails, and so does a row without an operation: to open a route is a decision, and
//! `rows` is where it is written down.

mod callers;
mod rows;
mod stage;

use callers::{Caller, scopes};
use journeys::{Answer, Engine, Failure, Outcome, Server, Settings, on_both_engines};
use rows::{Access, ROWS, Row};
use serde_json::Value;
use stage::Stage;
use std::collections::BTreeSet;
use std::time::Duration;

on_both_engines!(every_operation_answers_every_caller_as_its_row_says);

/// The operations of the committed document, and the scope that each of them says it needs.
fn documented() -> Outcome<BTreeSet<(String, Option<String>)>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../adapters/http/openapi.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let paths = document["paths"].as_object().ok_or_else(|| Failure::from("the document has no paths"))?;
    let mut found = BTreeSet::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let schemes = operation["security"].as_array();
            let needed = schemes.and_then(|schemes| schemes[0].as_object()?.values().next()?.as_array());
            let scope =
                needed.map(|scopes| scopes.first().and_then(Value::as_str).unwrap_or_default().to_owned());
            found.insert((format!("{} {path}", method.to_uppercase()), scope));
        }
    }
    Ok(found)
}

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() -> Outcome {
    let rows = ROWS.iter().map(|row| (row.operation.to_owned(), row.scope().map(str::to_owned))).collect();
    assert_eq!(documented()?, rows);
    Ok(())
}

async fn every_operation_answers_every_caller_as_its_row_says(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let stage = Stage::set(&server).await?;
    for row in ROWS {
        for caller in Caller::ALL {
            let expected = row.status(caller);
            let answer = stage.ask(row.operation, caller, expected < 400).await?;
            let what = format!("{} by {caller:?}", row.operation);
            assert_eq!(answer.status, expected, "{what}: {}", answer.text());
            told_why(row, caller, &answer).map_err(|error| format!("{what}: {error}"))?;
        }
    }
    Ok(())
}

/// A refusal says what would have been needed (RFC 6750, section 3.1).
fn told_why(row: &Row, caller: Caller, answer: &Answer) -> Outcome {
    let challenge = answer.header("www-authenticate");
    match (answer.status, &row.access) {
        (401, Access::Bare(_)) => assert!(challenge.starts_with("Basic"), "{challenge}"),
        (401, _) => {
            assert!(challenge.starts_with("Bearer"), "{challenge}");
            let with_error = challenge.contains("error=\"invalid_token\"");
            assert_eq!(with_error, caller != Caller::Visitor, "{challenge}");
        }
        (403, _) => {
            let named = format!("scope=\"{}\"", row.scope().unwrap_or_default());
            assert!(
                challenge.contains("error=\"insufficient_scope\"") && challenge.contains(&named),
                "{challenge}"
            );
            if !row.operation.contains("/oauth2/") {
                answer.problem(403, "insufficient-scope")?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// E8: what was a key to everything opens nothing any more once it is past its end.
#[tokio::test]
async fn an_access_token_ends_by_itself_and_then_opens_nothing() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).unthrottled().with_movable_clock()).await?;
    let stage = Stage::set(&server).await?;
    let caller = Caller::Administrator;
    stage.ask("GET /api/v1/users", caller, false).await?.expect(200)?;
    // Clocks may differ by half a minute.
    server.wait_for(Duration::from_secs(10 * 60 + 31))?;
    for row in ROWS.iter().filter(|row| row.scope().is_some()) {
        let answer = stage.ask(row.operation, caller, false).await?.expect(401);
        let answer = answer.map_err(|error| format!("{}: {error}", row.operation))?;
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{}", row.operation);
    }
    Ok(())
}

/// The list of scopes per role is closed; what an application is given at a log-in is exactly that.
#[tokio::test]
async fn a_log_in_grants_what_the_role_gives_and_nothing_else() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).unthrottled()).await?;
    let stage = Stage::set(&server).await?;
    for caller in [Caller::User, Caller::Moderator, Caller::Administrator] {
        let person = &stage.resident(caller).ok_or("somebody with an account")?.person;
        let fields =
            [("grant_type", "password"), ("username", &person.username), ("password", &person.password)];
        let answer = server.client()?.form("/oauth2/token", &fields).await?.expect(200)?.json()?;
        assert_eq!(answer["scope"], scopes(caller).join(" "), "{caller:?}");
    }
    Ok(())
}
