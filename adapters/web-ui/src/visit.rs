use crate::cookies::{CookieRules, Cookies};
use crate::csrf::{Binding, NoEntropy};
use crate::fields::Fields;
use crate::flash::Notice;
use crate::session_cookie;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::words::{self, Words};
use application::access::Refused;
use application::actor::{Actor, Evidence, Origin, Refusal};
use application::sessions::AuthenticateError;
use application::users::FindError;
use domain::access::Scopes;
use domain::users::{Locale, Profile, Theme};
use poem::Request;
use poem::http::{Method, header};
use std::sync::Arc;

/// The cookie that holds the language a browser was switched to.
pub(crate) const LANGUAGE: &str = "lang";

/// Somebody who is logged in.
pub(crate) struct Known {
    pub(crate) actor: Actor,
    pub(crate) profile: Profile,
}

/// One request, and all that a page needs to know of it.
pub(crate) struct Visit {
    pub(crate) site: Arc<Site>,
    pub(crate) cookies: Cookies,
    pub(crate) member: Option<Known>,
    /// Why the session cookie that came along opens nothing, where one did.
    pub(crate) turned_away: Option<Refused>,
    pub(crate) words: Words,
    /// The path and the query: where the visitor is.
    pub(crate) place: String,
    pub(crate) query: Fields,
    /// Whether only the head of the answer is asked for (RFC 9110, section 9.3.2).
    pub(crate) is_head: bool,
    /// What the path leaves open, where it does: a secret, or the identifier of a user.
    pub(crate) parameter: Option<String>,
    pub(crate) binding: Binding,
    /// What forms on the answer carry.
    pub(crate) token: String,
    pub(crate) notice: Option<Notice>,
    origin: Origin,
}

impl Visit {
    /// Looks at a request. There is always a visit, if only to say in the right language why there is no more.
    pub(crate) async fn begin(
        site: &Arc<Site>,
        request: &Request,
    ) -> Result<(Self, Result<(), Trouble>), NoEntropy> {
        let origin = request.data::<Origin>().cloned().unwrap_or_default();
        let cookies = Cookies::read(request.headers());
        let session = session_cookie::read(site.cookies, &cookies);
        let (member, turned_away, trouble) = match recognise(site, &origin, session).await {
            Ok(Ok(member)) => (member, None, Ok(())),
            Ok(Err(refused)) => (None, Some(*refused), Ok(())),
            Err(trouble) => (None, None, Err(trouble)),
        };
        let query = Fields::parse(request.uri().query().unwrap_or_default().as_bytes());
        let trouble = trouble.and(query.as_ref().map(|_| ()).map_err(|malformed| Trouble::from(*malformed)));
        let binding = match session {
            Some(session) if member.is_some() => Binding::to_session(session),
            _ => Binding::to_browser(site.cookies, &cookies)?,
        };
        let visit = Self {
            site: Arc::clone(site),
            words: Words(language(site.cookies, member.as_ref(), &cookies, request)),
            member,
            turned_away,
            place: request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            query: query.unwrap_or_default(),
            is_head: request.method() == Method::HEAD,
            parameter: request.path_params::<String>().ok(),
            token: site.tokens.issue(&binding)?,
            binding,
            notice: Notice::read(site.cookies, &site.tokens, &cookies),
            cookies,
            origin,
        };
        Ok((visit, trouble))
    }

    /// As whom the visitor asks.
    pub(crate) fn actor(&self) -> Actor {
        self.member.as_ref().map_or_else(|| self.stranger(), |known| known.actor.clone())
    }

    /// What is known of the visitor, whether they were let in or not.
    pub(crate) fn evidence(&self) -> Evidence {
        self.turned_away.map_or_else(|| self.actor().evidence(), |refused| refused.evidence)
    }

    /// The same visitor, as far as nothing is known of them.
    pub(crate) fn stranger(&self) -> Actor {
        Actor::visitor(self.origin.clone())
    }

    /// Whoever is logged in; a page for members asks only when somebody is.
    pub(crate) fn known(&self) -> Result<&Known, Trouble> {
        self.member.as_ref().ok_or_else(|| Refusal::NotLoggedIn.into())
    }

    /// What the visitor may do at this moment.
    pub(crate) fn scopes(&self) -> Scopes {
        let member = self.member.as_ref().and_then(|known| known.actor.member().ok());
        member.map(|member| member.scopes).unwrap_or_default()
    }

    /// The theme the visitor has chosen.
    pub(crate) fn theme(&self) -> Theme {
        self.member.as_ref().map_or(Theme::System, |known| known.profile.user.preferences.theme)
    }
}

/// Whoever is logged in, if anybody, or why their cookie opens nothing.
type Recognised = Result<Option<Known>, Box<Refused>>;

/// Says whose session cookie that is. One that does not work, or no longer, is no fault: its bearer is a visitor.
async fn recognise(site: &Site, origin: &Origin, cookie: Option<&str>) -> Result<Recognised, Trouble> {
    let Some(cookie) = cookie else { return Ok(Ok(None)) };
    let actor = match site.services.sessions.authenticate_cookie(origin.clone(), cookie).await {
        Ok(actor) => actor,
        Err(AuthenticateError::Refused(refused)) => return Ok(Err(refused)),
        Err(error @ AuthenticateError::Store(_)) => return Err(error.into()),
    };
    match site.services.users.own_profile(&actor).await {
        Ok(profile) => Ok(Ok(Some(Known { actor, profile }))),
        Err(FindError::Refused(Refusal::NotLoggedIn)) => Ok(Ok(None)),
        Err(error) => Err(error.into()),
    }
}

/// What a person chose in their profile, else what this browser was switched to, else what it asks for.
fn language(rules: CookieRules, member: Option<&Known>, cookies: &Cookies, request: &Request) -> Locale {
    if let Some(known) = member {
        return known.profile.user.preferences.locale;
    }
    let switched = cookies.get(&rules.name(LANGUAGE)).and_then(|name| Locale::parse(name).ok());
    let asked = || request.headers().get(header::ACCEPT_LANGUAGE)?.to_str().ok().and_then(words::accepted);
    switched.or_else(asked).unwrap_or_default()
}
