use super::super::house::with_house;
use super::view;
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::wiring::House;
use application::Limit;
use application::actor::Actor;
use clap::Args;
use clap::builder::PossibleValuesParser;
use domain::access::Role;
use domain::ids::UserId;
use domain::users::{Search, Status, UserCursor, UserQuery, UserSort, Username};
use domain::violation::{FieldViolation, Violation};
use uuid::Uuid;

/// Which part of the list.
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem user list --role admin
  xtrem user list --search ada --sort username
  xtrem user list --status suspended --json")]
pub(in crate::cli) struct List {
    /// Only names that begin like this, by name; or the account with exactly this e-mail address
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only accounts with this role
    #[arg(long, value_parser = PossibleValuesParser::new(Role::ALL.map(Role::name)))]
    role: Option<String>,
    /// Only accounts of this status
    #[arg(long, value_parser = PossibleValuesParser::new(Status::ALL.map(Status::name)))]
    status: Option<String>,
    /// In this order; a minus stands for descending
    #[arg(long, allow_hyphen_values = true, default_value = UserSort::Oldest.name(),
          value_parser = PossibleValuesParser::new(UserSort::ALL.map(UserSort::name)))]
    sort: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Begin after the account with this id; in a list by name, after this user name
    #[arg(long, value_name = "ID-OR-NAME")]
    after: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        let query = self.query()?;
        with_house(config, async |house| list(house, query, self.limit, self.json).await).await
    }

    fn query(&self) -> Result<UserQuery, Failure> {
        let query = UserQuery {
            search: self.search.as_deref().and_then(Search::parse),
            role: self.role.as_deref().and_then(|name| Role::parse(name).ok()),
            status: self.status.as_deref().and_then(Status::from_name),
            sort: UserSort::from_name(&self.sort).unwrap_or_default(),
            after: None,
        };
        let Some(after) = &self.after else { return Ok(query) };
        let after = if query.order().is_by_name() {
            Username::parse(after).map(|name| UserCursor::Username(name.key().to_owned()))
        } else {
            let id = Uuid::try_parse(after).map_err(|_| Violation::InvalidId);
            id.map(|id| UserCursor::Created(UserId::from_uuid(id)))
        };
        let after =
            after.map_err(|violation| Failure::form([FieldViolation { field: "after", violation }]))?;
        Ok(UserQuery { after: Some(after), ..query })
    }
}

async fn list(house: &House, mut query: UserQuery, mut left: u32, json: bool) -> Result<(), Failure> {
    let mut table = view::Table::default();
    loop {
        let limit = Limit::new(left.min(Limit::MAXIMUM)).unwrap_or_default();
        let page = house.users.page(&Actor::system(), &query, limit).await;
        let page = page.map_err(|error| Failure::of_use_case(&error))?;
        for record in &page.items {
            output::line(if json { view::json(record) } else { table.row(record) })?;
        }
        left = left.saturating_sub(limit.number());
        let (Some(next), Some(last)) = (page.next, page.items.last()) else { return Ok(()) };
        if left == 0 {
            let user = &last.user;
            let last =
                if query.order().is_by_name() { user.username.to_string() } else { user.id.to_string() };
            output::aside(format!("There are more: the same once again with --after {last} shows them."));
            return Ok(());
        }
        query.after = Some(next);
    }
}
