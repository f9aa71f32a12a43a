//! Bringing the databases to this version, before a service does it at its start.

use crate::config::Config;
use crate::failure::Failure;
use crate::ground::{self, News};
use crate::output;
use clap::Args;
use serde_json::json;

/// Bring the databases to this version
///
/// The service does the same at its start, so this is for those who want it done before: while the earlier version still
/// runs, say. Take a backup first; there is no way back but that.
#[derive(Args)]
pub(super) struct Migrate {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Migrate {
    /// Does it, and says what was done.
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        let ground = ground::open(config, None).await?;
        ground.close().await;
        Ok(output::line(if self.json { json(ground.news) } else { told(ground.news) })?)
    }
}

fn json(News { migrations, sealed, .. }: News) -> String {
    json!({"migrations": migrations, "sealed": sealed}).to_string()
}

fn told(News { migrations, sealed, .. }: News) -> String {
    let done = match migrations {
        0 => "The databases are up to date; there was nothing to do.".to_owned(),
        1 => "1 migration was done; the databases are up to date.".to_owned(),
        many => format!("{many} migrations were done; the databases are up to date."),
    };
    match sealed {
        0 => done,
        sealed => format!("{done}\n{sealed} people, sessions and events of an earlier version were sealed."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_said_to_people_and_to_programs() {
        let news = News { migrations: 2, sealed: 7, ..News::default() };
        assert!(told(news).starts_with("2 migrations were done") && told(news).contains("\n7 people"));
        assert!(told(News::default()).contains("nothing to do"));
        assert_eq!(json(news), r#"{"migrations":2,"sealed":7}"#);
    }
}
