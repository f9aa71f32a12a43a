use crate::load::only_unavailable;
use journeys::{Engine, Outcome, Person, Server, Settings, wait};

/// How far the files of the database may grow: a few dozen accounts.
const ROOM: u64 = 512 * 1024;

/// N3: without room on the disk changes are refused and nothing is half done; reading goes on; with room again it
/// heals by itself, and everything that was acknowledged is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_heals_by_itself() -> Outcome {
    let mut server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let (_, me, _) = server.client()?.newcomer().await?;
    server.limit_files(Some(ROOM))?;
    let mut acknowledged = 1;
    let refused = loop {
        let answer = me.visitor().post("/api/v1/users", &Person::new().sign_up()).await?;
        if answer.status != 201 {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 2_000, "the disk never filled up");
    };
    only_unavailable(&refused)?;
    only_unavailable(&me.visitor().post("/api/v1/users", &Person::new().sign_up()).await?)?;
    me.get("/api/v1/me").await?.expect(200)?;
    me.get("/.well-known/jwks.json").await?.expect(200)?;

    server.limit_files(None)?;
    wait::until("room", async || {
        let answer = me.visitor().post("/api/v1/users", &Person::new().sign_up()).await?;
        Ok((answer.status == 201).then_some(()))
    })
    .await?;
    acknowledged += 1;
    server.kill()?;
    server.start_again().await?;
    assert_eq!(server.database().number("SELECT COUNT(*) FROM users").await?, acknowledged);
    Ok(())
}
