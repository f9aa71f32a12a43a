//! What is sent about the accounts of others.

use crate::form::{Fields, Form, Kind, Member};
use crate::paging::{self, CURSOR, LIMIT};
use crate::users::model::{
    ABOUT_FULL_NAME, ABOUT_NEW_PASSWORD, ABOUT_USERNAME, EMAIL, FULL_NAME, LOCALE, NEW_PASSWORD, PASSWORD,
    USERNAME, newcomer,
};
use crate::wire::read_moment;
use application::Limit;
use application::users::{RoleChange, SuspensionOrder};
use domain::Timestamp;
use domain::access::Role;
use domain::users::{
    Enrolment, Justification, Password, PasswordPolicy, Search, Status, UserCursor, UserQuery, UserSort,
};
use domain::violation::{FieldViolation, Violation, Violations};

const ROLE: Kind = Kind::Choice(|| Role::ALL.map(Role::name).to_vec());
const STATUS: Kind = Kind::Choice(|| Status::ALL.map(Status::name).to_vec());
const SORT: Kind = Kind::Choice(|| UserSort::ALL.map(UserSort::name).to_vec());
const REASON: Kind = Kind::Text { minimum: 1, maximum: Justification::MAXIMUM };
const OWN_PASSWORD: Member =
    Member::optional("password", PASSWORD, "One's own, where it is one's own account that is hurt.")
        .or_null();

/// An account for somebody else.
pub struct NewUserRequest;

impl Form for NewUserRequest {
    const NAME: &'static str = "NewUserRequest";
    const ABOUT: &'static str = "An account for somebody else.";
    const MEMBERS: &'static [Member] = &[
        Member::required("username", USERNAME, ABOUT_USERNAME).like("grace"),
        Member::required("email", EMAIL, "Where mail goes.").like("grace@example.com"),
        Member::optional("password", NEW_PASSWORD, ABOUT_NEW_PASSWORD).or_null().like("vexing-zebra-lantern"),
        Member::optional("full_name", FULL_NAME, ABOUT_FULL_NAME).or_null().like("Grace Hopper"),
        Member::optional("locale", LOCALE, "The language of the pages.").or_null().like("en"),
        Member::optional("role", ROLE, "What they are to this installation; `user` without it.")
            .or_null()
            .like("user"),
    ];
}

impl NewUserRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>, policy: PasswordPolicy) -> Result<Enrolment, Vec<FieldViolation>> {
        Enrolment::parse(newcomer(fields), fields.text("role"), policy)
    }
}

/// Which accounts somebody looks for.
pub struct UserSearch;

impl Form for UserSearch {
    const NAME: &'static str = "UserSearch";
    const ABOUT: &'static str = "Which accounts are asked for.";
    const MEMBERS: &'static [Member] = &[
        Member::optional(
            "search",
            Kind::Text { minimum: 0, maximum: Search::MAXIMUM },
            "The beginning of a user name, or with an `@` a whole e-mail address.",
        )
        .like("ada"),
        Member::optional("role", ROLE, "Only accounts with that role."),
        Member::optional("status", STATUS, "Only accounts of that status."),
        Member::optional("sort", SORT, "The order; a minus stands for descending. `-created_at` without it."),
        LIMIT,
        CURSOR,
    ];
}

impl UserSearch {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<(UserQuery, Limit), Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let search = wrong.optional("search", fields.text("search"), |text| {
            let fits = text.chars().count() <= Search::MAXIMUM;
            if fits { Ok(Search::parse(text)) } else { Err(Violation::TooLong { maximum: Search::MAXIMUM }) }
        });
        let role = wrong.optional("role", fields.text("role"), Role::parse);
        let status = wrong.optional("status", fields.text("status"), |name| {
            Status::from_name(name).ok_or(Violation::UnknownValue { allowed: "active, suspended" })
        });
        let sort = wrong.optional("sort", fields.text("sort"), |name| {
            let allowed = "created_at, -created_at, username, -username";
            UserSort::from_name(name).ok_or(Violation::UnknownValue { allowed })
        });
        let limit = paging::limit(&mut wrong, fields);
        let query = (|| {
            let (search, sort) = (search?.flatten(), sort?.unwrap_or_default());
            Some(UserQuery { search, role: role?, status: status?, sort, after: None })
        })();
        // A place belongs to an order, so it can only be read where the order is known.
        let query = query.and_then(|query| {
            let after = paging::cursor(&mut wrong, fields, |text| UserCursor::parse(text, query.order()))?;
            Some(UserQuery { after, ..query })
        });
        wrong.finish(query.zip(limit))
    }
}

/// Why the personal data of somebody is opened.
pub struct OpeningRequest;

impl Form for OpeningRequest {
    const NAME: &'static str = "OpeningRequest";
    const ABOUT: &'static str = "Why the personal data of somebody is opened.";
    const MEMBERS: &'static [Member] =
        &[Member::required("reason", REASON, "Why; the person sees it.")
            .like("Asked for help by telephone.")];
}

impl OpeningRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<Justification, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let reason = wrong.required("reason", fields.text("reason"), Justification::parse);
        wrong.finish(reason)
    }
}

/// Another role for somebody.
pub struct RoleChangeRequest;

impl Form for RoleChangeRequest {
    const NAME: &'static str = "RoleChange";
    const ABOUT: &'static str = "Another role for somebody.";
    const MEMBERS: &'static [Member] = &[
        Member::required("role", ROLE, "The role.").like("moderator"),
        Member::optional("reason", REASON, "Why.").or_null().like("Stands in for Ada until the end of May."),
        Member::optional(
            "expires_at",
            Kind::Moment,
            "When the role ends by itself; only for one above the lasting role.",
        )
        .or_null()
        .like("2030-05-31T18:00:00Z"),
        OWN_PASSWORD,
    ];
}

impl RoleChangeRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<RoleChange, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let role = wrong.required("role", fields.text("role"), Role::parse);
        let reason = wrong.optional("reason", fields.text("reason"), Justification::parse);
        let until = until(&mut wrong, fields, "expires_at");
        let password = own_password(&mut wrong, fields);
        let change =
            (|| Some(RoleChange { role: role?, until: until?, reason: reason?, password: password? }))();
        wrong.finish(change)
    }
}

/// An account is to be closed for the time being.
pub struct SuspensionRequest;

impl Form for SuspensionRequest {
    const NAME: &'static str = "Suspension";
    const ABOUT: &'static str = "An account is to be closed for the time being.";
    const MEMBERS: &'static [Member] = &[
        Member::required("reason", REASON, "Why.").like("The password was found in a leak."),
        Member::optional("until", Kind::Moment, "Until when; until somebody reinstates it without.")
            .or_null()
            .like("2030-01-31T18:00:00Z"),
        OWN_PASSWORD,
    ];
}

impl SuspensionRequest {
    /// Reads the form.
    pub fn parse(fields: &Fields<'_>) -> Result<SuspensionOrder, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let reason = wrong.required("reason", fields.text("reason"), Justification::parse);
        let until = until(&mut wrong, fields, "until");
        let password = own_password(&mut wrong, fields);
        let order = (|| Some(SuspensionOrder { reason: reason?, until: until?, password: password? }))();
        wrong.finish(order)
    }
}

#[allow(clippy::option_option, reason = "absent and refused are two answers")]
fn until(wrong: &mut Violations, fields: &Fields<'_>, name: &'static str) -> Option<Option<Timestamp>> {
    wrong.optional(name, fields.text(name), read_moment)
}

#[allow(clippy::option_option, reason = "absent and refused are two answers")]
fn own_password(wrong: &mut Violations, fields: &Fields<'_>) -> Option<Option<Password>> {
    wrong.optional("password", fields.text("password"), Password::parse)
}
