use super::target::{Head, Target};
use crate::admin::query::given;
use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned, Sheet};
use crate::page::{Answer, Layout};
use crate::trouble::tell;
use crate::visit::Visit;
use application::fault::Fault;
use askama::Template;
use domain::access::Scope;
use domain::users::{Change, Locale, ProfileDraft, ProfilePatch, Theme};
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet {
    kept: &[
        "username",
        "email",
        "full_name",
        "bio",
        "location",
        "website",
        "avatar_url",
        "locale",
        "theme",
        "email_notifications",
        "clear_full_name",
        "clear_bio",
        "clear_location",
        "clear_website",
        "clear_avatar_url",
    ],
    password: "",
};
const YES: &str = "yes";
const NO: &str = "no";

type Options = Vec<(&'static str, String)>;

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
        let named = |kind: &str, name: &'static str| (name, words.say(&format!("{kind}-{name}")));
        let locales = Locale::ALL.map(|locale| named("language", locale.name()));
        let themes = Theme::ALL.map(|theme| named("theme", theme.name()));
        Self {
            page: visit.layout("edit-title"),
            form,
            head: target.head(visit),
            locales: [unchanged()].into_iter().chain(locales).collect(),
            themes: [unchanged()].into_iter().chain(themes).collect(),
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
    let fault = match ProfilePatch::parse(draft(&sent)) {
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
fn draft(sent: &Fields) -> ProfileDraft<'_> {
    let change = |name| given(sent, name).map_or(Change::Keep, Change::Set);
    let clearable = |name, tick| match change(name) {
        Change::Keep if sent.get(tick).is_some() => Change::Clear,
        other => other,
    };
    ProfileDraft {
        username: change("username"),
        email: change("email"),
        full_name: clearable("full_name", "clear_full_name"),
        bio: clearable("bio", "clear_bio"),
        location: clearable("location", "clear_location"),
        website: clearable("website", "clear_website"),
        avatar_url: clearable("avatar_url", "clear_avatar_url"),
        locale: change("locale"),
        theme: change("theme"),
        email_notifications: given(sent, "email_notifications")
            .map_or(Change::Keep, |wanted| Change::Set(wanted == YES)),
    }
}
