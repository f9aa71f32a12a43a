//! What has to be true after every start.

use super::Site;
use super::lodger::{Lodger, Stage};
use journeys::{Engine, Failure, Outcome, trail, wait};
use std::collections::HashMap;
use std::path::Path;

/// An account: how often it was edited, and how many sessions it has.
struct Account {
    edits: i64,
    sessions: i64,
}

/// How many events of a kind tell of a person.
type Events = HashMap<(String, String), i64>;

impl Site {
    /// Looks at everything, and fails at the first thing that is not as it was promised.
    pub async fn assert_whole(&mut self, thoroughly: bool) -> Outcome {
        self.assert_healed().await?;
        self.crowd.make_sure(thoroughly).await?;
        self.assert_told().await?;
        self.assert_erased().await?;
        if thoroughly {
            trail::joined(self.server.database()).await?;
        }
        self.server.program()?.run(&["audit", "verify", "--json"]).await?.expect(0).map(drop)
    }

    /// Nothing unreferenced stays and nothing referenced is missing. A server may be a moment late in noticing that whoever
    /// had begun something is dead; a file never is.
    async fn assert_healed(&mut self) -> Outcome {
        let begun = std::time::Instant::now();
        loop {
            let sight = self.eye.look().await?;
            match sight {
                Some(sight) if sight.is_whole() => return Ok(()),
                Some(sight) if self.engine == Engine::Sqlite || begun.elapsed() > wait::PATIENCE => {
                    return Err(format!("not healed: {sight:#?}").into());
                }
                _ => tokio::time::sleep(std::time::Duration::from_millis(25)).await,
            }
        }
    }

    /// L7: each change has its event, and each event its change.
    async fn assert_told(&mut self) -> Outcome {
        let (accounts, events) = (self.accounts().await?, self.events().await?);
        let count =
            |id: &str, kind: &str| events.get(&(id.to_owned(), kind.to_owned())).copied().unwrap_or(0);
        for (id, account) in &accounts {
            let told =
                ["user_signed_up", "profile_edited", "logged_in", "user_deleted"].map(|kind| count(id, kind));
            assert_eq!(told, [1, account.edits, account.sessions, 0], "of {id}");
        }
        for (id, kind) in events.keys() {
            let is_there = accounts.contains_key(id);
            assert_eq!(count(id, "user_signed_up"), 1, "{kind} of {id}, who never came");
            assert_eq!(count(id, "user_deleted"), i64::from(!is_there), "the end of {id}");
        }
        let of = |lodger: &Lodger| lodger.id.as_deref().map(digits);
        for lodger in self.crowd.living() {
            let id = of(lodger).ok_or("whoever lives has an id")?;
            let account =
                accounts.get(&id).ok_or_else(|| Failure::from(format!("{lodger:?} has no account")))?;
            assert!(lodger.edits.allows(account.edits), "{} edits of {lodger:?}", account.edits);
            assert!(lodger.log_ins.allows(account.sessions), "{} sessions of {lodger:?}", account.sessions);
        }
        let living = self.crowd.living().filter(|lodger| lodger.stage == Stage::Living).count();
        assert_eq!(accounts.len(), living, "somebody has an account of whom nobody knows");
        for id in self.crowd.gone().iter().filter_map(of) {
            assert!(!accounts.contains_key(&id), "{id} is gone");
            let edits = self
                .crowd
                .gone()
                .iter()
                .find(|lodger| of(lodger).as_ref() == Some(&id))
                .map(|gone| gone.edits);
            assert!(
                edits.is_none_or(|edits| edits.allows(count(&id, "profile_edited"))),
                "the edits of {id}"
            );
        }
        Ok(())
    }

    /// Whoever is gone is gone from the vault too, and stands in the list of those who are; nobody else does.
    async fn assert_erased(&mut self) -> Outcome {
        let deleted = format!(
            "SELECT {} FROM events WHERE kind = 'user_deleted' ORDER BY subject",
            self.eye.digits("subject")
        );
        let mut deleted = self.eye.read(&deleted).await?;
        let erased = format!("SELECT {} FROM erasures ORDER BY user_id", self.eye.digits("user_id"));
        assert_eq!(self.eye.read(&erased).await?, deleted);
        let (database, list) = (self.server.database(), self.server.data().join("erasures.ndjson"));
        wait::until("every erasure to be finished", async || {
            let open =
                database.number("SELECT COUNT(*) FROM erasures WHERE NOT (finished AND listed)").await?;
            Ok((open == 0).then_some(()))
        })
        .await?;
        let mut listed = listed(&list)?;
        // What was written down and not noted in time is written down again.
        listed.sort_unstable();
        listed.dedup();
        deleted.sort_unstable();
        assert_eq!(listed, deleted);
        Ok(())
    }

    async fn accounts(&mut self) -> Outcome<HashMap<String, Account>> {
        let question = format!(
            "SELECT {} || ' ' || (version - 1) || ' ' || (SELECT COUNT(*) FROM sessions s WHERE s.user_id = users.id)
             FROM users",
            self.eye.digits("id")
        );
        let rows = self.eye.read(&question).await?;
        let account = |row: &String| {
            let mut parts = row.split(' ');
            let id = parts.next()?.to_owned();
            Some((id, Account { edits: parts.next()?.parse().ok()?, sessions: parts.next()?.parse().ok()? }))
        };
        rows.iter().map(account).collect::<Option<_>>().ok_or_else(|| "accounts can be counted".into())
    }

    async fn events(&mut self) -> Outcome<Events> {
        let question = format!(
            "SELECT {} || ' ' || kind || ' ' || COUNT(*) FROM events WHERE subject IS NOT NULL GROUP BY subject, kind",
            self.eye.digits("subject")
        );
        let rows = self.eye.read(&question).await?;
        let count = |row: &String| {
            let mut parts = row.split(' ').map(str::to_owned);
            Some(((parts.next()?, parts.next()?), parts.next()?.parse().ok()?))
        };
        rows.iter().map(count).collect::<Option<_>>().ok_or_else(|| "events can be counted".into())
    }
}

/// An identifier as the API writes it, as its digits.
fn digits(id: &str) -> String {
    id.replace('-', "")
}

fn listed(list: &Path) -> Outcome<Vec<String>> {
    let read = |line: &str| -> Outcome<String> {
        let line: serde_json::Value = serde_json::from_str(line)?;
        Ok(digits(line["data"]["subject"].as_str().unwrap_or_default()))
    };
    std::fs::read_to_string(list)?.lines().map(read).collect()
}
