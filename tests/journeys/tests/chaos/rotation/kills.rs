use super::ROTATE;
use crate::eye::{Eye, Hold};
use journeys::dice::Dice;
use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines, wait};
use std::process::Child;
use std::time::Duration;

on_both_engines!(killed_at_any_moment_of_it_nothing_is_unreadable_and_it_goes_on);

/// How often it is killed at each of the five moments, on each of the two engines: fifty times in all.
const ROUNDS: usize = 5;

/// How many people have keys.
const PEOPLE: usize = 6;

/// When the command that replaces the root key is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// While it opens the databases, or has just made the new root key.
    Starting,
    /// There are two wrapping keys.
    Begun,
    /// The keys of people are just being sealed anew (on a server their table is held here, so that it stands there).
    Rewrapping,
    /// All of them are, and the keyring is about to be put under the new root key (on a server the row that the change ends
    /// with is held here; on SQLite it is a moment around it).
    Finishing,
    /// The databases are under the new root key, and its file has not taken the name of the old one (that file is held here).
    Committed,
}

const MOMENTS: [Moment; 5] =
    [Moment::Starting, Moment::Begun, Moment::Rewrapping, Moment::Finishing, Moment::Committed];

/// A service that runs through all of it and is never told, and the people whom it has to know.
struct House {
    engine: Engine,
    server: Server,
    people: Vec<Resident>,
    eye: Eye,
    dice: Dice,
}

/// 25 kills on each engine. After each one the service that runs knows everybody, and so does a process that starts with the
/// root key as it finds it; in the end a rotation that nobody disturbs goes through, and the one before it opens nothing.
async fn killed_at_any_moment_of_it_nothing_is_unreadable_and_it_goes_on(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(Resident::user(&server).await?);
    }
    let eye = Eye::open(&server).await?;
    let mut house = House { engine, server, people, eye, dice: Dice::of(11) };
    for _ in 0..ROUNDS {
        for moment in MOMENTS {
            house.kill_at(moment).await.map_err(|error| format!("{moment:?}: {error}"))?;
            house.assert_readable().await.map_err(|error| format!("after {moment:?}: {error}"))?;
        }
    }
    house.assert_replaceable().await
}

impl House {
    async fn kill_at(&mut self, moment: Moment) -> Outcome {
        let (before, keys) = (self.key_check().await?, self.wrapping_keys().await?);
        let program = self.server.program()?;
        let (main, is_server) = (self.server.database(), self.engine == Engine::Postgres);
        let mut hold = match moment {
            Moment::Rewrapping if is_server => Some(Hold::table(main, "data_keys").await?),
            Moment::Finishing if is_server => Some(Hold::table(main, "instance").await?),
            _ => None,
        };
        let child = Doomed(program.begin(&ROTATE)?);
        match moment {
            Moment::Starting => self.pass(150).await,
            Moment::Begun => self.await_wrapping_keys().await?,
            Moment::Rewrapping | Moment::Finishing if is_server => self.await_standstill().await?,
            Moment::Rewrapping => {
                self.await_wrapping_keys().await?;
                self.pass(20).await;
            }
            Moment::Finishing => {
                self.await_wrapping_keys().await?;
                tokio::time::sleep(Duration::from_millis(2_950)).await;
                self.pass(100).await;
            }
            Moment::Committed => {
                let file = self.server.data().join("root.key.new");
                hold = Some(wait::until("the new root key", async || Ok(Hold::file(&file).ok())).await?);
                wait::until("the new root key to be in force", async || {
                    Ok((self.key_check().await? != before).then_some(()))
                })
                .await?;
            }
        }
        drop(child);
        drop(hold);
        if is_server && matches!(moment, Moment::Rewrapping | Moment::Finishing) {
            assert_eq!(self.key_check().await?, before, "who was killed before the end has come to it");
            assert!(keys > 1 || self.wrapping_keys().await? > 1, "it had not begun");
        }
        Ok(())
    }

    async fn key_check(&self) -> Outcome<Vec<String>> {
        crate::tables::dump(self.server.database(), &["instance"]).await
    }

    async fn wrapping_keys(&self) -> Outcome<i64> {
        self.server.database().number("SELECT COUNT(*) FROM keyring WHERE name = 'wrapping'").await
    }

    async fn await_wrapping_keys(&self) -> Outcome {
        let two = async || Ok((self.wrapping_keys().await? > 1).then_some(()));
        wait::until("a second wrapping key", two).await
    }

    /// Waits until somebody waits for what is held here.
    async fn await_standstill(&mut self) -> Outcome {
        let begun = std::time::Instant::now();
        while begun.elapsed() < wait::PATIENCE {
            if self.eye.look().await?.is_some_and(|sight| sight.main.is_awaited) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err("nobody waits".into())
    }

    async fn pass(&mut self, most: usize) {
        let millis = u64::try_from(self.dice.below(most)).unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// Everybody can be read by the service that runs, and by whoever starts now. That one puts the files of the keys into
    /// order where they are not.
    async fn assert_readable(&self) -> Outcome {
        for resident in &self.people {
            let view = resident.client.get("/api/v1/me").await?.expect(200)?.json()?;
            assert_eq!(view["email"], resident.person.email.as_str(), "{view}");
            assert!(view.get("unreadable").is_none(), "{view}");
        }
        let listed = self.server.program()?.run(&["user", "list", "--json"]).await?.expect(0)?;
        assert!(!listed.contains("\"unreadable\""), "{listed}");
        for resident in &self.people {
            assert!(
                listed.contains(&resident.person.email),
                "{} is missing: {listed}",
                resident.person.email
            );
        }
        Ok(())
    }

    /// A rotation that is let be comes to its end; the key before it opens nothing any more, nobody is under another wrapping
    /// key, and a start finds everybody. Each rotation that came to its end is told once.
    async fn assert_replaceable(mut self) -> Outcome {
        let old = std::fs::read_to_string(self.server.data().join("root.key"))?;
        let program = self.server.program()?;
        program.run(&ROTATE).await?.expect(0)?;
        self.assert_readable().await?;
        let refused = program.clone().with("KEYS__ROOT_KEY", old.trim()).run(&["user", "list"]).await?;
        assert!(refused.code == Some(1) && refused.aside.contains("root key"), "{refused:?}");
        assert_eq!(self.wrapping_keys().await?, 1);
        self.server.terminate()?;
        self.server.ended().await?;
        self.server.start_again().await?;
        self.assert_readable().await?;
        let keys = std::fs::read_dir(self.server.data())?.map_while(Result::ok);
        let old =
            keys.filter(|entry| entry.file_name().to_string_lossy().starts_with("root.key.old-")).count();
        let told = self.server.database();
        let told = told.number("SELECT COUNT(*) FROM events WHERE kind = 'root_key_rotated'").await?;
        assert_eq!(
            i64::try_from(old)?,
            told,
            "each key that was replaced is kept, and each replacement told"
        );
        program.run(&["audit", "verify"]).await?.expect(0).map(drop)
    }
}

/// A process that is killed when it is dropped, whatever it does.
struct Doomed(Child);

impl Drop for Doomed {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
