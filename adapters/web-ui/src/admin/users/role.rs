use super::list::roles;
use super::target::{Head, Target};
use crate::admin::moment;
use crate::admin::query::given;
use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned, Sheet};
use crate::page::{Answer, Layout};
use crate::trouble::tell;
use crate::visit::Visit;
use application::fault::Fault;
use application::users::RoleChange;
use askama::Template;
use domain::access::{Role, Scope};
use domain::users::{Justification, Password};
use domain::violation::{FieldViolation, Violations};
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &["role", "reason", "expires_at"], password: "password" };

#[derive(Template)]
#[template(path = "admin/users/role.html")]
struct RolePage {
    page: Layout,
    form: FormView,
    head: Head,
    roles: Vec<(&'static str, String)>,
}

impl RolePage {
    fn new(visit: &Visit, target: &Target, form: FormView) -> Self {
        let head = target.head(visit);
        Self { page: visit.layout("role-title"), form, head, roles: roles(visit.words) }
    }
}

/// Shows the form.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let target = Target::to(&visit, Scope::AdminWrite).await?;
    let form = FormView::of(vec![("role", target.record.user.role.name().to_owned())]);
    visit.page(StatusCode::OK, &RolePage::new(&visit, &target, form))
}

/// Gives the account another role, for good or for a time.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let target = Target::to(&visit, Scope::AdminWrite).await?;
    let fault = match read(&sent) {
        Ok(change) => match visit.site.services.users.set_role(&target.actor, target.id(), change).await {
            Ok(_) => return Ok(visit.redirect_with(&target.way_on(), Notice::RoleChanged)),
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &RolePage::new(&visit, &target, form))
}

fn read(sent: &Fields) -> Result<RoleChange, Vec<FieldViolation>> {
    let mut wrong = Violations::new();
    let role = wrong.required("role", sent.get("role"), Role::parse);
    let reason = wrong.required("reason", sent.get("reason"), Justification::parse);
    let until = wrong.optional("expires_at", given(sent, "expires_at"), moment::parse);
    let typed = sent.get("password").filter(|text| !text.is_empty());
    let password = wrong.optional("password", typed, Password::parse);
    let change = (|| Some(RoleChange { role: role?, until: until?, reason, password: password? }))();
    wrong.finish(change)
}
