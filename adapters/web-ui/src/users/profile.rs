use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned, Sheet};
use crate::home::language;
use crate::page::{Answer, Layout};
use crate::trouble::{Trouble, tell};
use crate::users::notices::Notices;
use crate::visit::Visit;
use application::fault::Fault;
use askama::Template;
use domain::users::{
    AvatarUrl, Bio, Change, FullName, Locale, Location, Profile, ProfileDraft, ProfilePatch, Theme, Website,
};
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
    ],
    password: "password",
};

/// What an unticked box says, since browsers say nothing.
const UNTICKED: &str = "";
const TICKED: &str = "yes";

#[derive(Template)]
#[template(path = "users/profile.html")]
struct ProfilePage {
    page: Layout,
    form: FormView,
    card: Card,
    notices: Option<Notices>,
    locales: Vec<(&'static str, String)>,
    themes: Vec<(&'static str, String)>,
}

/// The profile as others would see it.
struct Card {
    initial: String,
    name: String,
    username: String,
    email: String,
    bio: Option<String>,
    location: Option<String>,
    website: Option<String>,
    avatar_url: Option<String>,
    role: String,
    since: String,
}

impl ProfilePage {
    async fn new(visit: &Visit, form: FormView) -> Result<Self, Trouble> {
        let words = visit.words;
        let option = |kind: &str, name: &'static str| (name, words.say(&format!("{kind}-{name}")));
        Ok(Self {
            page: visit.layout("profile-title"),
            form,
            card: Card::of(visit, &visit.known()?.profile),
            notices: Notices::unseen(visit).await?,
            locales: Locale::ALL.into_iter().map(|locale| option("language", locale.name())).collect(),
            themes: Theme::ALL.into_iter().map(|theme| option("theme", theme.name())).collect(),
        })
    }
}

impl Card {
    fn of(visit: &Visit, profile: &Profile) -> Self {
        let Profile { user, personal } = profile;
        let username = user.username.to_string();
        let name =
            personal.full_name.as_ref().map_or_else(|| username.clone(), |name| name.as_str().to_owned());
        Self {
            initial: name.chars().next().map(|first| first.to_uppercase().collect()).unwrap_or_default(),
            name,
            username,
            email: personal.email.as_str().to_owned(),
            bio: personal.bio.as_ref().map(|bio| bio.as_str().to_owned()),
            location: personal.location.as_ref().map(|location| location.as_str().to_owned()),
            website: personal.website.as_ref().map(|website| website.as_str().to_owned()),
            avatar_url: user.preferences.avatar_url.as_ref().map(|url| url.as_str().to_owned()),
            role: visit.words.say(&format!("role-{}", user.role.name())),
            since: visit.words.day(user.created_at),
        }
    }
}

/// Shows the profile and the form to edit it.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let form = FormView::of(values(&visit.known()?.profile));
    visit.page(StatusCode::OK, &ProfilePage::new(&visit, form).await?)
}

/// Edits the profile.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let known = visit.known()?;
    let fault = match ProfilePatch::parse(draft(&sent)) {
        Ok(patch) => match visit.site.services.users.edit_profile(&known.actor, patch).await {
            Ok(profile) => {
                let mut response = visit.redirect_with("/profile", Notice::ProfileSaved);
                language::remember(visit.site.cookies, &mut response, profile.user.preferences.locale);
                return Ok(response);
            }
            Err(error) => tell(&error),
        },
        Err(violations) => Fault::invalid(violations),
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &ProfilePage::new(&visit, form).await?)
}

/// A field that is not on the form stays; one that is empty is cleared.
fn draft(sent: &Fields) -> ProfileDraft<'_> {
    let change = |name: &str| match sent.get(name) {
        None => Change::Keep,
        Some("") => Change::Clear,
        Some(text) => Change::Set(text),
    };
    ProfileDraft {
        username: change("username"),
        email: change("email"),
        full_name: change("full_name"),
        bio: change("bio"),
        location: change("location"),
        website: change("website"),
        avatar_url: change("avatar_url"),
        locale: change("locale"),
        theme: change("theme"),
        email_notifications: Change::Set(sent.get("email_notifications").is_some()),
    }
}

fn values(profile: &Profile) -> Vec<(&'static str, String)> {
    let Profile { user, personal } = profile;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let ticked = if user.preferences.email_notifications { TICKED } else { UNTICKED };
    vec![
        ("username", user.username.to_string()),
        ("email", personal.email.as_str().to_owned()),
        ("full_name", text(personal.full_name.as_ref().map(FullName::as_str))),
        ("bio", text(personal.bio.as_ref().map(Bio::as_str))),
        ("location", text(personal.location.as_ref().map(Location::as_str))),
        ("website", text(personal.website.as_ref().map(Website::as_str))),
        ("avatar_url", text(user.preferences.avatar_url.as_ref().map(AvatarUrl::as_str))),
        ("locale", user.preferences.locale.name().to_owned()),
        ("theme", user.preferences.theme.name().to_owned()),
        ("email_notifications", ticked.to_owned()),
    ]
}
