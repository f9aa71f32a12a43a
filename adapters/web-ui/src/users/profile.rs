use super::profile_form::{self, SHEET, YES};
use super::shown::Shown;
use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Options, Returned};
use crate::home::language;
use crate::page::{Answer, Layout};
use crate::trouble::{Trouble, tell};
use crate::users::notices::Notices;
use crate::visit::{Known, Visit};
use application::fault::Fault;
use askama::Template;
use domain::users::{AvatarUrl, Change, Profile, ProfilePatch};
use domain::vault::Field;
use domain::violation::FieldViolation;
use poem::http::StatusCode;
use std::sync::Arc;

/// What an unticked box says, since browsers say nothing.
const UNTICKED: &str = "";
/// The field that names what could not be read when the form was shown.
const UNREADABLE: &str = "unreadable";

#[derive(Template)]
#[template(path = "users/profile.html")]
struct ProfilePage {
    page: Layout,
    form: FormView,
    card: Card,
    notices: Option<Notices>,
    locales: Options,
    themes: Options,
    /// The fields that are empty because what is known can't be read.
    unreadable: Vec<&'static str>,
}

/// The profile as others would see it.
struct Card {
    initial: String,
    name: String,
    username: String,
    email: Option<Shown>,
    /// That there is a full name which can't be read.
    hidden_name: Option<Shown>,
    bio: Option<Shown>,
    location: Option<Shown>,
    website: Option<Shown>,
    avatar_url: Option<String>,
    role: String,
    since: String,
}

impl ProfilePage {
    async fn new(visit: &Visit, form: FormView, sent: &Fields) -> Result<Self, Trouble> {
        let known = visit.known()?;
        Ok(Self {
            page: visit.layout("profile-title"),
            form,
            card: Card::of(visit, &known.profile),
            notices: Notices::unseen(visit).await?,
            locales: profile_form::locales(visit.words),
            themes: profile_form::themes(visit.words),
            unreadable: unreadable(known, sent).map(Field::name).collect(),
        })
    }

    fn is_readable(&self, field: &str) -> bool {
        !self.unreadable.contains(&field)
    }

    /// The hint at a field: that what is known can't be read, or what is said there otherwise.
    fn hint(&self, field: &str, otherwise: &str) -> String {
        if self.is_readable(field) { otherwise.to_owned() } else { self.page.say("hint-unreadable") }
    }
}

impl Card {
    fn of(visit: &Visit, profile: &Profile) -> Self {
        let Profile { user, personal } = profile;
        let person = personal.open();
        let shown = |field| Shown::of(visit.words, &person, field);
        let username = user.username.to_string();
        let name = person.full_name.clone().unwrap_or_else(|| username.clone());
        Self {
            initial: name.chars().next().map(|first| first.to_uppercase().collect()).unwrap_or_default(),
            name,
            username,
            email: shown(Field::Email),
            hidden_name: shown(Field::FullName).filter(|name| !name.readable),
            bio: shown(Field::Bio),
            location: shown(Field::Location),
            website: shown(Field::Website),
            avatar_url: user.preferences.avatar_url.as_ref().map(|url| url.as_str().to_owned()),
            role: visit.words.say(&format!("role-{}", user.role.name())),
            since: visit.words.day(user.created_at),
        }
    }
}

/// Shows the profile and the form to edit it.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let form = FormView::of(values(&visit.known()?.profile));
    visit.page(StatusCode::OK, &ProfilePage::new(&visit, form, &Fields::default()).await?)
}

/// Edits the profile.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let known = visit.known()?;
    let fault = match read(known, &sent) {
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
    visit.send_back(&fault, &ProfilePage::new(&visit, form, &sent).await?)
}

/// A field that is not on the form stays; one that is empty is cleared, unless it was so because it could not be read.
fn read(known: &Known, sent: &Fields) -> Result<ProfilePatch, Vec<FieldViolation>> {
    let field = |name| match sent.get(name) {
        None => Change::Keep,
        Some("") if unreadable(known, sent).any(|field| field.name() == name) => Change::Keep,
        Some("") => Change::Clear,
        Some(text) => Change::Set(text),
    };
    profile_form::read(sent, field, Change::Set(false))
}

/// What can't be read now, or could not when the form was shown: by now it may.
fn unreadable(known: &Known, sent: &Fields) -> impl Iterator<Item = Field> {
    let named = |field: Field| {
        sent.get(UNREADABLE).is_some_and(|names| names.split(' ').any(|name| name == field.name()))
    };
    Field::ALL
        .into_iter()
        .filter(move |field| known.profile.personal.unreadable.contains(field) || named(*field))
}

fn values(profile: &Profile) -> Vec<(&'static str, String)> {
    let Profile { user, personal } = profile;
    let person = personal.open();
    let email = if person.unreadable.contains(&Field::Email) { String::new() } else { person.email };
    let ticked = if user.preferences.email_notifications { YES } else { UNTICKED };
    vec![
        ("username", user.username.to_string()),
        ("email", email),
        ("full_name", person.full_name.unwrap_or_default()),
        ("bio", person.bio.unwrap_or_default()),
        ("location", person.location.unwrap_or_default()),
        ("website", person.website.unwrap_or_default()),
        (
            "avatar_url",
            user.preferences.avatar_url.as_ref().map(AvatarUrl::as_str).unwrap_or_default().to_owned(),
        ),
        ("locale", user.preferences.locale.name().to_owned()),
        ("theme", user.preferences.theme.name().to_owned()),
        ("email_notifications", ticked.to_owned()),
    ]
}
