use super::target::path;
use crate::admin::query::{address, given};
use crate::fields::Fields;
use crate::form::{FormView, Options, Returned, Sheet};
use crate::page::{Answer, Layout};
use crate::trouble::Trouble;
use crate::users::shown::Shown;
use crate::visit::Visit;
use crate::words::{Moment, Words};
use application::Limit;
use application::fault::Fault;
use application::users::UserRecord;
use askama::Template;
use domain::access::Role;
use domain::users::{Search, Status, UserCursor, UserQuery, UserSort};
use domain::vault::Field;
use domain::violation::{FieldViolation, Violation, Violations};
use poem::http::StatusCode;
use std::sync::Arc;

/// The fields of the filter, in the order in which links name them.
const FIELDS: &[&str] = &["search", "role", "status", "sort"];
const SHEET: Sheet = Sheet { kept: FIELDS, password: "" };
const HERE: &str = "/admin/users";
const UNKNOWN: Violation = Violation::UnknownValue { allowed: "" };

#[derive(Template)]
#[template(path = "admin/users/list.html")]
struct ListPage {
    page: Layout,
    form: FormView,
    roles: Options,
    states: Options,
    sorts: Options,
    users: Vec<UserRow>,
    next: Option<String>,
    /// Back to the first page, where this is another one.
    first: Option<String>,
    /// Whether somebody is looked for, and not everybody.
    narrowed: bool,
}

/// An account in the list.
struct UserRow {
    name: String,
    link: String,
    email: Option<Shown>,
    role: String,
    status: String,
    suspended: bool,
    created: Moment,
    last_login: Option<Moment>,
}

/// Shows the accounts that are asked for.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let query = match query(&visit)? {
        Ok(query) => query,
        Err(violations) => return refuse(&visit, violations),
    };
    let found = visit.site.services.users.page(&visit.actor(), &query, Limit::default()).await?;
    let order = query.order().name();
    let link = |cursor: &str| link(&visit.query, order, cursor);
    let page = ListPage {
        form: FormView::of(values(&visit.query, order)),
        users: found.items.iter().map(|record| UserRow::of(visit.words, record)).collect(),
        next: found.next.map(|next| link(&next.to_string())),
        first: query.after.is_some().then(|| link("")),
        narrowed: query.search.is_some() || query.role.is_some() || query.status.is_some(),
        ..ListPage::empty(&visit)
    };
    visit.page(StatusCode::OK, &page)
}

fn refuse(visit: &Visit, violations: Vec<FieldViolation>) -> Answer {
    let Returned { form, fault } = visit.refuse(&SHEET, &visit.query, Fault::invalid(violations))?;
    visit.send_back(&fault, &ListPage { form, ..ListPage::empty(visit) })
}

impl ListPage {
    fn empty(visit: &Visit) -> Self {
        let words = visit.words;
        let any = || ("", words.say("users-any"));
        let sort = |sort: UserSort| (sort.name(), order(words, sort));
        Self {
            page: visit.layout("users-title"),
            form: FormView::default(),
            roles: [any()].into_iter().chain(roles(words)).collect(),
            states: [any()]
                .into_iter()
                .chain(Status::ALL.map(|status| (status.name(), state(words, status))))
                .collect(),
            sorts: UserSort::ALL.map(sort).into(),
            users: Vec::new(),
            next: None,
            first: None,
            narrowed: true,
        }
    }
}

/// The roles there are, and what they are called.
pub(super) fn roles(words: Words) -> Options {
    Role::ALL.map(|role| (role.name(), words.say(&format!("role-{}", role.name())))).into()
}

fn state(words: Words, status: Status) -> String {
    words.say(&format!("status-{}", status.name()))
}

fn order(words: Words, sort: UserSort) -> String {
    match sort {
        UserSort::Newest => words.say("sort-newest"),
        UserSort::Oldest => words.say("sort-oldest"),
        UserSort::Username => words.say("sort-name"),
        UserSort::UsernameDescending => words.say("sort-name-descending"),
    }
}

/// What the query asks for, or everything that is wrong with the question.
fn query(visit: &Visit) -> Result<Result<UserQuery, Vec<FieldViolation>>, Trouble> {
    let asked = &visit.query;
    let mut wrong = Violations::new();
    let role = wrong.optional("role", given(asked, "role"), Role::parse).flatten();
    let status = |name: &str| Status::from_name(name).ok_or(UNKNOWN);
    let status = wrong.optional("status", given(asked, "status"), status).flatten();
    let sort = |name: &str| UserSort::from_name(name).ok_or(UNKNOWN);
    let sort = wrong.optional("sort", given(asked, "sort"), sort).flatten().unwrap_or_default();
    let search = given(asked, "search").and_then(Search::parse);
    let mut query = UserQuery { search, role, status, sort, after: None };
    let after = given(asked, "cursor");
    let after = after.map(|text| UserCursor::parse(text, query.order()).ok_or(Trouble::Malformed));
    query.after = after.transpose()?;
    Ok(wrong.finish(Some(query)))
}

/// The filter as it is shown again, with the order in which the accounts really come.
fn values(asked: &Fields, order: &'static str) -> Vec<(&'static str, String)> {
    let kept = |name| (name, given(asked, name).unwrap_or_default().to_owned());
    let mut values: Vec<_> = FIELDS.iter().copied().filter(|name| *name != "sort").map(kept).collect();
    values.push(("sort", order.to_owned()));
    values
}

/// The address of another page of the same list.
fn link(asked: &Fields, order: &'static str, cursor: &str) -> String {
    let values = values(asked, order);
    let mut question: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    question.push(("cursor", cursor));
    address(HERE, &question)
}

impl UserRow {
    fn of(words: Words, record: &UserRecord) -> Self {
        let user = &record.user;
        Self {
            name: user.username.to_string(),
            link: path(user.id),
            email: Shown::of(words, &record.person, Field::Email),
            role: words.say(&format!("role-{}", user.role.name())),
            status: state(words, user.status()),
            suspended: user.status() == Status::Suspended,
            created: words.moment(user.created_at),
            last_login: user.last_login_at.map(|at| words.moment(at)),
        }
    }
}
