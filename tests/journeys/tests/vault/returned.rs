use crate::copies::{copied, stop};
use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines, trail, vault};
use serde_json::{Value, json};

on_both_engines!(
    an_old_copy_of_the_vault_alone_stays_shut_for_whoever_was_erased,
    an_old_copy_of_the_first_database_erases_again_whom_the_vault_knows_as_erased,
    old_copies_of_both_erase_again_whom_the_list_outside_names,
);

/// Somebody who was erased after copies were made of both databases, and somebody who was not.
struct Past {
    server: Server,
    administrator: Resident,
    erased: Resident,
    left: Resident,
    main: journeys::database::Database,
    vault: journeys::database::Database,
}

async fn past(engine: Engine) -> Outcome<Past> {
    let mut server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let (erased, left) = (Resident::user(&server).await?, Resident::user(&server).await?);
    stop(&mut server).await?;
    let (main, vault) = (copied(server.database()).await?, copied(server.vault()).await?);
    server.start_again().await?;
    let password = json!({"password": erased.person.password});
    let erased = erased.again(&server).await?;
    erased.client.post("/api/v1/me/deletion", &password).await?.expect(204)?;
    journeys::wait::until("the erasure to be told everywhere", async || {
        let known = server.vault().number("SELECT COUNT(*) FROM erasures").await?;
        Ok((known == 1).then_some(()))
    })
    .await?;
    stop(&mut server).await?;
    Ok(Past { server, administrator, erased, left, main, vault })
}

impl Past {
    /// The house as whoever put something back starts it.
    fn settings(&self, engine: Engine) -> Settings {
        Settings::on(engine).unthrottled().living_in(self.server.home())
    }

    /// Nobody comes back, nobody else is harmed, and it is told.
    async fn assert_gone(&self, server: &Server, is_replayed: bool) -> Outcome {
        let login = self.erased.person.log_in();
        server.client()?.post("/api/v1/sessions", &login).await?.problem(401, "invalid-credentials")?;
        let left = self.left.again(server).await?;
        let view = left.client.get("/api/v1/me").await?.expect(200)?.json()?;
        assert_eq!(
            (&view["full_name"], view.get("unreadable")),
            (&json!(left.person.full_name), None),
            "{view}"
        );
        let administrator = self.administrator.again(server).await?;
        administrator.client.get(&self.erased.at("")).await?.problem(404, "not-found")?;
        let told = trail::events(&administrator.client, "?kind=user_deleted").await?;
        let [told] = &told[..] else { return Err(format!("one deletion: {told:?}").into()) };
        let actor = if is_replayed { "system" } else { "user" };
        assert_eq!((&told["subject"], &told["actor"]["type"]), (&json!(self.erased.id), &json!(actor)));
        assert_eq!(told["detail"].get("reason").is_some(), is_replayed, "{told}");
        let id = server.database().id(&self.erased.id);
        let question = format!("SELECT COUNT(*) FROM data_keys WHERE user_id = {id}");
        assert_eq!(server.database().number(&question).await?, 0);
        server.client()?.sign_up(&self.erased.person).await?;
        Ok(())
    }
}

async fn an_old_copy_of_the_vault_alone_stays_shut_for_whoever_was_erased(engine: Engine) -> Outcome {
    let past = past(engine).await?;
    let old = past.settings(engine).database(past.server.database().clone()).vault(past.vault.clone());
    let server = Server::start(old).await?;
    past.assert_gone(&server, false).await
}

/// What nobody could know any more who looks only at what was put back: who was erased since.
async fn an_old_copy_of_the_first_database_erases_again_whom_the_vault_knows_as_erased(
    engine: Engine,
) -> Outcome {
    let past = past(engine).await?;
    // The list outside is gone too: the other database still knows.
    std::fs::remove_file(past.server.data().join("erasures.ndjson"))?;
    let old = past.settings(engine).database(past.main.clone()).vault(past.server.vault().clone());
    let server = Server::start(old).await?;
    assert!(server.log().contains("erased again"), "{}", server.log());
    past.assert_gone(&server, true).await?;
    vault::await_in_step(&server).await
}

async fn old_copies_of_both_erase_again_whom_the_list_outside_names(engine: Engine) -> Outcome {
    let past = past(engine).await?;
    let list = past.server.data().join("erasures.ndjson");
    let told = std::fs::read_to_string(&list)?;
    // Whoever writes into the list without the key erases nobody.
    let forged: Vec<Value> = told.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut forged = forged.first().cloned().ok_or("the list is empty")?;
    forged["data"]["subject"] = json!(past.left.id);
    std::fs::write(&list, format!("{forged}\nno line of ours\n{told}"))?;
    let old = past.settings(engine).database(past.main.clone()).vault(past.vault.clone());
    let server = Server::start(old).await?;
    past.assert_gone(&server, true).await?;
    vault::await_in_step(&server).await
}
