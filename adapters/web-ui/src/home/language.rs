use crate::cookies::CookieRules;
use crate::fields::Fields;
use crate::page::{Answer, redirect};
use crate::places;
use crate::visit::{LANGUAGE, Visit};
use application::fault::Fault;
use domain::users::{Change, Locale, ProfileDraft, ProfilePatch};
use poem::Response;
use std::sync::Arc;
use std::time::Duration;

/// Half a year: whoever comes back later asks for their language again.
const AGE: Duration = Duration::from_hours(182 * 24);

/// Switches the language: of this browser, and of the profile of whoever is logged in.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let name = sent.get("locale").unwrap_or_default();
    let draft = ProfileDraft { locale: Change::Set(name), ..ProfileDraft::default() };
    let (Ok(locale), Ok(patch)) = (Locale::parse(name), ProfilePatch::parse(draft)) else {
        return Err(crate::trouble::Trouble::Fault(Fault::invalid(Vec::new())));
    };
    if let Some(known) = &visit.member {
        visit.site.services.users.edit_profile(&known.actor, patch).await?;
    }
    let place = sent.get("return_to").and_then(places::known);
    let mut response = redirect(place.as_deref().unwrap_or("/"));
    remember(visit.site.cookies, &mut response, locale);
    Ok(response)
}

/// Lets the browser keep the language, also for when nobody is logged in.
pub(crate) fn remember(rules: CookieRules, response: &mut Response, locale: Locale) {
    rules.set(response, LANGUAGE, locale.name(), Some(AGE));
}
