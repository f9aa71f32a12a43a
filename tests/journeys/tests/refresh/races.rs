use journeys::client::Tokens;
use journeys::{Answer, Client, Engine, Outcome, Resident, Server, Settings, on_both_engines, wait};
use std::collections::BTreeSet;

on_both_engines!(
    fifty_presentations_at_once_get_one_answer_and_leave_one_living_successor,
    fifty_uses_of_a_used_token_end_its_family_once,
    without_grace_one_of_fifty_gets_an_answer_and_the_family_ends,
    what_is_refreshed_while_its_session_is_ended_ends_with_it,
);

/// How often one token is presented at once: this many times, to two processes in turn.
const HANDS: usize = 50;
const ROUNDS: usize = 40;

async fn present(clients: &[Client], token: &str) -> Outcome<Vec<Answer>> {
    let requests = (0..HANDS).map(|number| {
        let (client, token) = (clients[number % clients.len()].clone(), token.to_owned());
        async move { client.refresh(&token).await }
    });
    Client::all_at_once(requests).await
}

/// An access token is worth nothing any more: at once where that was decided, within a moment elsewhere.
async fn is_over(client: &Client, access: &str) -> Outcome {
    let client = client.bearing(access);
    wait::until("the end of an access token", async || {
        let heard = client.get("/api/v1/me").await?;
        Ok(heard.problem(401, "invalid-token").ok())
    })
    .await
    .map(drop)
}

async fn two_processes(settings: Settings) -> Outcome<(Vec<Server>, Vec<Client>)> {
    let servers = Server::start_together(settings.unthrottled(), 2).await?;
    let clients = servers.iter().map(Server::client).collect::<Outcome<_>>()?;
    Ok((servers, clients))
}

/// F1.
async fn fifty_presentations_at_once_get_one_answer_and_leave_one_living_successor(
    engine: Engine,
) -> Outcome {
    let (servers, clients) = two_processes(Settings::on(engine)).await?;
    let someone = Resident::user(&servers[0]).await?;
    let (first, mut tokens) = (someone.tokens.clone(), someone.tokens.clone());
    for round in 0..ROUNDS {
        let heard = present(&clients, &tokens.refresh).await?;
        assert!(heard.iter().all(|answer| answer.status == 200), "round {round}: {heard:?}");
        let bodies: BTreeSet<String> = heard.iter().map(Answer::text).collect();
        assert_eq!(bodies.len(), 1, "round {round}: {bodies:?}");
        assert!(heard.iter().all(|answer| answer.header("cache-control").contains("no-store")));
        let successor = Tokens::of(&heard[0].json()?)?;
        assert_ne!(successor.refresh, tokens.refresh, "round {round}");
        tokens = successor;
        clients[round % 2].bearing(&tokens.access).get("/api/v1/me").await?.expect(200)?;
    }
    let database = servers[0].database();
    let refreshed = "SELECT COUNT(*) FROM events WHERE kind = 'session_refreshed'";
    assert_eq!(database.number(refreshed).await?, i64::try_from(ROUNDS)?, "one rotation a round");
    assert_eq!(database.number("SELECT COUNT(*) FROM refresh_tokens").await?, 1);
    clients[0].refresh(&first.refresh).await?.oauth_error(400, "invalid_grant")?;
    clients[1].refresh(&tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    is_over(&clients[0], &tokens.access).await?;
    is_over(&clients[1], &tokens.access).await
}

/// F3: the person is told once, and the trail too.
async fn fifty_uses_of_a_used_token_end_its_family_once(engine: Engine) -> Outcome {
    let (servers, clients) = two_processes(Settings::on(engine)).await?;
    let someone = Resident::user(&servers[0]).await?;
    let mut ended = 0;
    for _ in 0..5 {
        let session = someone.again(&servers[0]).await?;
        let heir = session.refreshed().await?.refreshed().await?;
        for answer in present(&clients, &session.tokens.refresh).await? {
            answer.oauth_error(400, "invalid_grant")?;
        }
        clients[0].refresh(&heir.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
        is_over(&clients[1], &heir.tokens.access).await?;
        ended += 1;
        let database = servers[0].database();
        for told in [
            "SELECT COUNT(*) FROM events WHERE kind = 'refresh_token_reused'",
            "SELECT COUNT(*) FROM notices",
        ] {
            assert_eq!(database.number(told).await?, ended, "{told}");
        }
    }
    assert_eq!(someone.knocks().await?, 200, "another session is another family");
    Ok(())
}

/// F1, where nothing is forgiven.
async fn without_grace_one_of_fifty_gets_an_answer_and_the_family_ends(engine: Engine) -> Outcome {
    let settings = Settings::on(engine).with("SESSIONS__REFRESH_GRACE_SECONDS", "0");
    let (servers, clients) = two_processes(settings).await?;
    for round in 0..5 {
        let someone = Resident::user(&servers[0]).await?;
        let heard = present(&clients, &someone.tokens.refresh).await?;
        let (given, refused): (Vec<_>, Vec<_>) = heard.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(given.len(), 1, "round {round}");
        refused.iter().try_for_each(|answer| answer.oauth_error(400, "invalid_grant"))?;
        let successor = Tokens::of(&given[0].json()?)?;
        clients[0].refresh(&successor.refresh).await?.oauth_error(400, "invalid_grant")?;
        is_over(&clients[1], &successor.access).await?;
    }
    Ok(())
}

/// F8 and the fourth figure: no token survives the end of its session, whichever of the two came first.
async fn what_is_refreshed_while_its_session_is_ended_ends_with_it(engine: Engine) -> Outcome {
    let (servers, clients) = two_processes(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&servers[0]).await?;
    let mut someone = Resident::user(&servers[0]).await?;
    for round in 0..12 {
        let refreshing = present(&clients, &someone.tokens.refresh);
        let ending = async {
            match round % 4 {
                0 => someone.client.delete("/api/v1/sessions/current").await?.expect(204),
                1 => clients[1].form("/oauth2/revoke", &[("token", &someone.tokens.refresh)]).await,
                2 => administrator.client.delete(&someone.at("/sessions")).await?.expect(204),
                _ => administrator.suspend(&someone).await?.expect(200),
            }
        };
        let (heard, ended) = tokio::join!(refreshing, ending);
        ended?;
        for answer in heard? {
            if answer.status != 200 {
                answer.oauth_error(400, "invalid_grant")?;
                continue;
            }
            let survivor = Tokens::of(&answer.json()?)?;
            for client in &clients {
                is_over(client, &survivor.access).await.map_err(|error| format!("round {round}: {error}"))?;
                client.refresh(&survivor.refresh).await?.oauth_error(400, "invalid_grant")?;
            }
        }
        administrator.reinstate(&someone).await?.expect(204)?;
        someone = someone.again(&servers[0]).await?;
    }
    Ok(())
}
