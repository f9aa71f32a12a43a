use super::house::with_house;
use super::person;
use super::{moment, person::find};
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::progress::Progress;
use crate::wiring::House;
use application::Limit;
use application::actor::Actor;
use application::audit::line;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use domain::audit::{EventCursor, EventFilter, EventKind};
use domain::ids::UserId;
use domain::violation::{FieldViolation, Violation, Violations};
use std::io::{self, IsTerminal};
use std::net::IpAddr;

mod event;
mod verify;

pub(super) use event::row;

/// What can be done with the audit trail.
#[derive(Subcommand)]
pub(super) enum AuditCommand {
    /// List events, the latest first
    #[command(after_help = "\
Examples:
  xtrem audit list --subject ada --limit 20
  xtrem audit list --kind log_in_failed --from 2030-01-31T00:00:00Z
  xtrem audit list --address 192.0.2.7 --json")]
    List(List),
    /// Print the whole trail, or what meets the filters, the earliest first: one JSON object a line. That it was
    /// exported is written down
    #[command(after_help = "\
Examples:
  xtrem audit export > trail.ndjson
  xtrem audit verify --export trail.ndjson")]
    Export {
        #[command(flatten)]
        filter: Filter,
    },
    /// Check that nothing in the trail was changed, removed, added, moved or cut off. Exits with 1 where something was,
    /// and says at which number first
    #[command(after_help = "\
Examples:
  xtrem audit verify
  xtrem audit verify --heads /mnt/elsewhere/audit-heads.ndjson
  xtrem audit verify --backup /mnt/backups/xtrem-20300131T180000Z")]
    Verify(verify::Verify),
}

/// Which part of the list.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    filter: Filter,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Begin after this place, as the end of a list names it
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Which events. All that is given has to be met.
#[derive(Args)]
pub(super) struct Filter {
    /// Done by this person: user name, e-mail address or id
    #[arg(long, value_name = "LOGIN")]
    actor: Option<String>,
    /// Done to this person: user name, e-mail address or id, also of a deleted account
    #[arg(long, value_name = "LOGIN")]
    subject: Option<String>,
    /// Of this kind, such as `user_suspended`
    #[arg(long, value_parser = PossibleValuesParser::new(EventKind::ALL.iter().map(|kind| kind.name())),
          hide_possible_values = true)]
    kind: Option<String>,
    /// At this moment or later, such as 2030-01-31T18:00:00Z
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Before this moment
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// From this IP address
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
}

impl AuditCommand {
    /// Does it, on the database itself. What was given is judged before anything is opened.
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        match self {
            Self::List(List { filter, limit, after, json }) => {
                let (people, events, after) = filter.read(after.as_deref()).map_err(Failure::form)?;
                with_house(config, async |house| {
                    list(house, people.find(house, events).await?, after, limit, json).await
                })
                .await
            }
            Self::Export { filter } => {
                let (people, events, _) = filter.read(None).map_err(Failure::form)?;
                with_house(config, async |house| export(house, people.find(house, events).await?).await).await
            }
            Self::Verify(check) => check.execute(config).await,
        }
    }
}

type Read = (People, EventFilter, Option<EventCursor>);

impl Filter {
    /// Reads everything that can be read without asking who somebody is.
    fn read(self, after: Option<&str>) -> Result<Read, Vec<FieldViolation>> {
        let address = |text: &str| text.parse::<IpAddr>().map_err(|_| Violation::InvalidAddress);
        let place = |text: &str| EventCursor::parse(text).ok_or(Violation::InvalidCursor);
        let mut wrong = Violations::new();
        let from = wrong.optional("from", self.from.as_deref(), moment::parse);
        let until = wrong.optional("until", self.until.as_deref(), moment::parse);
        let address = wrong.optional("address", self.address.as_deref(), address);
        let after = wrong.optional("after", after, place);
        let kind = self.kind.as_deref().and_then(EventKind::from_name);
        let people = People { actor: self.actor, subject: self.subject };
        let read = (|| {
            let filter =
                EventFilter { from: from?, until: until?, address: address?, kind, ..EventFilter::default() };
            Some((people, filter, after?))
        })();
        wrong.finish(read)
    }
}

/// Who has to be found before events can be.
struct People {
    actor: Option<String>,
    subject: Option<String>,
}

impl People {
    async fn find(self, house: &House, filter: EventFilter) -> Result<EventFilter, Failure> {
        let (actor, subject) = (id(house, self.actor).await?, id(house, self.subject).await?);
        Ok(EventFilter { actor, subject, ..filter })
    }
}

/// Whom somebody means. Who is deleted has only an id, so an id is not looked for.
async fn id(house: &House, login: Option<String>) -> Result<Option<UserId>, Failure> {
    let Some(login) = login else { return Ok(None) };
    match person::id(&login) {
        Some(id) => Ok(Some(id)),
        None => Ok(Some(find(house, &login).await?.user.id)),
    }
}

async fn list(
    house: &House,
    filter: EventFilter,
    mut after: Option<EventCursor>,
    mut left: u32,
    json: bool,
) -> Result<(), Failure> {
    let mut is_begun = json;
    loop {
        let limit = Limit::new(left.min(Limit::MAXIMUM)).unwrap_or_default();
        let page = house.audit.page(&Actor::system(), &filter, after, limit).await;
        let page = page.map_err(|error| Failure::of_use_case(&error))?;
        if !std::mem::replace(&mut is_begun, true) && !page.items.is_empty() {
            output::line(event::HEAD)?;
        }
        for event in &page.items {
            if json { output::text(&line(event))? } else { output::line(row(event))? }
        }
        left = left.saturating_sub(limit.number());
        let Some(next) = page.next else { return Ok(()) };
        if left == 0 {
            output::aside(format!("There are more: the same once again with --after {next} shows them."));
            return Ok(());
        }
        after = Some(next);
    }
}

async fn export(house: &House, filter: EventFilter) -> Result<(), Failure> {
    // Only of the whole trail it is known how much there is, and lines that run by show by themselves how far it has come.
    let is_whole = filter == EventFilter::default();
    let mut progress = if is_whole && !io::stdout().is_terminal() {
        Some(Progress::new("exporting the audit trail", verify::length(house).await))
    } else {
        None
    };
    let mut done = 0;
    let export = house.audit.export(&Actor::system(), filter).await;
    let mut rest = export.map_err(|error| Failure::of_use_case(&error))?;
    while let Some((lines, next)) =
        house.audit.export_lines(rest).await.map_err(|error| Failure::of_use_case(&error))?
    {
        output::text(&lines)?;
        done += lines.lines().count() as u64;
        if let Some(progress) = &mut progress {
            progress.reach(done);
        }
        rest = next;
    }
    if let Some(progress) = progress {
        progress.end();
    }
    Ok(())
}
