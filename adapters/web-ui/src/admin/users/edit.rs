use super::target::{Head, Target};
use crate::admin::query::given;
use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Options, Returned};
use crate::page::{Answer, Layout};
use crate::trouble::tell;
use crate::users::profile_form::{self, NO, SHEET, YES};
use crate::visit::Visit;
use application::fault::Fault;
use askama::Template;
use domain::access::Scope;
use domain::users::{Change, ProfilePatch};
use domain::violation::FieldViolation;
use poem::http::StatusCode;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "admin/users/edit.html")]
struct EditPage {
    page: Layout,
    form: FormView,
    head: Head,
    locales: Options,
    themes: Options,
    mail: Options,
    /// What can be removed: the name of its box, and its label.
    clearable: Options,
}

impl EditPage {
    fn new(visit: &Visit, target: &Target, form: FormView) -> Self {
        let words = visit.words;
        let unchanged = || ("", words.say("edit-unchanged"));
        Self {
            page: visit.layout("edit-title"),
            form,
            head: target.head(visit),
            locales: [unchanged()].into_iter().chain(profile_form::locales(words)).collect(),
            themes: [unchanged()].into_iter().chain(profile_form::themes(words)).collect(),
            mail: vec![unchanged(), (YES, words.say("edit-yes")), (NO, words.say("edit-no"))],
            clearable: vec![
                ("clear_full_name", words.say("label-full-name")),
                ("clear_bio", words.say("label-bio")),
                ("clear_location", words.say("label-location")),
                ("clear_website", words.say("label-website")),
                ("clear_avatar_url", words.say("label-avatar-url")),
            ],
        }
    }
}

/// Shows the form, empty: what is masked must not come back as if it had been typed.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let target = Target::to(&visit, Scope::UserWrite).await?;
    visit.page(StatusCode::OK, &EditPage::new(&visit, &target, FormView::default()))
}

/// Changes what was filled in.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let target = Target::to(&visit, Scope::UserWrite).await?;
    let fault = match read(&sent) {
        Ok(patch) => match visit.site.services.users.edit(&target.actor, target.id(), patch).await {
            Ok(_) => return Ok(visit.redirect_with(&target.path(), Notice::UserEdited)),
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &EditPage::new(&visit, &target, form))
}

/// A field that is empty stays; one whose box is ticked is cleared, unless something was typed into it.
fn read(sent: &Fields) -> Result<ProfilePatch, Vec<FieldViolation>> {
    let field = |name| match given(sent, name) {
        Some(text) => Change::Set(text),
        None if sent.get(&format!("clear_{name}")).is_some() => Change::Clear,
        None => Change::Keep,
    };
    profile_form::read(sent, field, Change::Keep)
}
