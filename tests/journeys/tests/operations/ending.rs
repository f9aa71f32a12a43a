use crate::lines;
use journeys::{Client, Engine, Outcome, Server, Settings, on_both_engines};
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

on_both_engines!(a_service_that_is_told_to_stop_lets_everybody_find_another_one_first);

/// N9: readiness says no while everybody is still served, and then nobody's request is cut off.
async fn a_service_that_is_told_to_stop_lets_everybody_find_another_one_first(engine: Engine) -> Outcome {
    let mut server = Server::start(Settings::on(engine).with("SERVER__DRAIN_SECONDS", "15")).await?;
    let (_, me, _) = server.client()?.newcomer().await?;
    let gone_elsewhere = Arc::new(AtomicBool::new(false));
    // What a proxy does: it sends requests until readiness says no, and none after that.
    let askers = (0..8).map(|_| {
        let (me, gone) = (me.clone(), Arc::clone(&gone_elsewhere));
        tokio::spawn(async move {
            let mut heard = 0;
            while !gone.load(Ordering::SeqCst) {
                me.get("/api/v1/me").await?.expect(200)?;
                heard += 1;
            }
            Outcome::Ok(heard)
        })
    });
    let askers: Vec<_> = askers.collect();
    server.terminate()?;
    server.client()?.unready().await?;
    me.get("/api/v1/me").await?.expect(200)?;
    server.client()?.newcomer().await?;
    server.client()?.get("/health/live").await?.expect(200)?;
    let address = server.metrics().ok_or("it tells no metrics")?;
    let detail = Client::of(address)?.get("/health").await?.expect(503)?.json()?;
    assert_eq!(detail["status"], "leaving");
    gone_elsewhere.store(true, Ordering::SeqCst);
    for asker in askers {
        assert!(asker.await?? > 0);
    }
    assert!(server.ended().await?.success());
    assert_eq!(lines::saying(&server, "stopped").len(), 1);
    assert!(me.get("/health").await.is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_told_a_second_time_does_not_wait() -> Outcome {
    let mut server = Server::start(Settings::on(Engine::Sqlite).with("SERVER__DRAIN_SECONDS", "300")).await?;
    let client = server.client()?;
    server.terminate()?;
    client.unready().await?;
    server.terminate()?;
    assert!(server.ended().await?.success());
    Ok(())
}

/// What systemd is told (`sd_notify(3)`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_manager_hears_when_it_is_ready_alive_and_leaving() -> Outcome {
    let home = tempfile::tempdir()?;
    let place = home.path().join("notify");
    let socket = UnixDatagram::bind(&place)?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let program = server.program()?.with("DATA__DIR", "other").with("DATABASE__URL", "sqlite:other/a.db");
    let program = program.with("VAULT__URL", "sqlite:other/b.db").with("SERVER__LISTEN", "127.0.0.1:0");
    let program = program.with_variable("NOTIFY_SOCKET", &place.display().to_string());
    let mut child = program.with_variable("WATCHDOG_USEC", "200000").begin(&["serve"])?;
    let heard = tokio::task::spawn_blocking(move || {
        let mut heard = String::new();
        let mut told = [0; 512];
        let pid = child.id().to_string();
        for expected in ["READY=1", "WATCHDOG=1", "STOPPING=1"] {
            if expected == "STOPPING=1" {
                std::process::Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid]).status()?;
            }
            while !heard.contains(expected) {
                let length = socket.recv(&mut told)?;
                heard.push_str(&String::from_utf8_lossy(&told[..length]));
                heard.push('\n');
            }
        }
        let ended = child.wait()?;
        Outcome::Ok((heard, ended.success()))
    });
    let (heard, ended_well) = heard.await??;
    assert!(ended_well, "{heard}");
    assert!(heard.find("READY=1") < heard.find("STOPPING=1"), "{heard}");
    Ok(())
}
