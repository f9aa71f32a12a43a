//! Who was erased stays erased, whatever is put back.

use crate::elsewhere::{Elsewhere, backup, service};
use journeys::vault::await_in_step;
use journeys::{Engine, Outcome, Resident, Server, on_both_engines, wait};
use serde_json::json;

on_both_engines! {
    somebody_erased_after_a_backup_does_not_come_back_with_it,
}

/// Erases somebody, and waits until the list outside of the databases tells of it.
async fn erase(server: &Server, resident: &Resident) -> Outcome {
    let password = json!({"password": resident.person.password});
    resident.client.post("/api/v1/me/deletion", &password).await?.expect(204)?;
    let list = server.data().join("erasures.ndjson");
    wait::until("the erasure to be listed", async || {
        Ok(std::fs::read_to_string(&list).ok().filter(|list| list.contains(&resident.id)).map(drop))
    })
    .await
}

async fn is_gone(server: &Server, gone: &Resident, stays: &Resident) -> Outcome {
    let answer = server.client()?.post("/api/v1/sessions", &gone.person.log_in()).await?;
    assert_eq!(answer.status, 401);
    server.client()?.log_in(&stays.person).await?;
    await_in_step(server).await?;
    assert_eq!(server.vault().number("SELECT COUNT(*) FROM people").await?, 1);
    // The name is free again.
    server.client()?.sign_up(&gone.person).await?;
    server.command(&["audit", "verify"]).await.map(drop)
}

async fn somebody_erased_after_a_backup_does_not_come_back_with_it(engine: Engine) -> Outcome {
    let mut server = service(engine).await?;
    let (ann, bob) = (Resident::user(&server).await?, Resident::user(&server).await?);
    let place = backup(&server, "one", &[]).await?;
    erase(&server, &ann).await?;
    let list = server.data().join("erasures.ndjson").display().to_string();

    let there = Elsewhere::of(&server, engine).await?;
    let none = there.restore(&server, &place, &["--erasures", "no-such-file"]).await?;
    none.expect(2)?;
    let told = there.restore(&server, &place, &["--erasures", &list]).await?.expect(0)?;
    assert!(told.contains("1 people who were erased"), "{told}");
    is_gone(&there.start().await?, &ann, &bob).await?;

    // In the place of the databases themselves, the list beside them is enough.
    server.terminate()?;
    server.ended().await?;
    let told = place.display().to_string();
    let told = server.command(&["restore", &told, "--replace", "--json"]).await?;
    assert!(told.contains("\"erased_again\":1"), "{told}");
    server.start_again().await?;
    is_gone(&server, &ann, &bob).await
}
