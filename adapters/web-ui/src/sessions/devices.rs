use super::device_name::readable;
use crate::fields::Fields;
use crate::flash::Notice;
use crate::page::Answer;
use crate::trouble::Trouble;
use crate::visit::Visit;
use crate::words::{Moment, Words};
use application::Limit;
use application::fault::Describe;
use application::sessions::EndError;
use domain::ids::SessionId;
use domain::sessions::BegunSession;
use poem::Response;
use std::sync::Arc;
use uuid::Uuid;

/// How many devices are shown at once.
const MOST: u32 = 20;
const SECURITY: &str = "/profile/security";

/// Where somebody is logged in.
pub(crate) struct Devices {
    pub(crate) items: Vec<Device>,
    /// Whether there is this device and no other.
    pub(crate) alone: bool,
    /// Whether the list begins somewhere in the past.
    pub(crate) later: bool,
    /// The link to what is older, where there is more.
    pub(crate) older: Option<String>,
}

/// One session, as it is shown.
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The name as the browser gave it, where it was made readable.
    pub(crate) raw: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) how: String,
    pub(crate) begun: Moment,
    pub(crate) used: Moment,
    /// Whether it is the one in use.
    pub(crate) current: bool,
}

impl Devices {
    /// The sessions of whoever is logged in, the latest log-in first.
    pub(crate) async fn load(visit: &Visit) -> Result<Self, Trouble> {
        let actor = &visit.known()?.actor;
        let after = visit.query.get("cursor").map(session_id).transpose()?;
        let limit = Limit::new(MOST).unwrap_or_default();
        let page = visit.site.services.sessions.own(actor, after, limit).await?;
        let current = actor.member().ok().map(|member| member.session_id);
        let items: Vec<Device> =
            page.items.iter().map(|begun| Device::of(visit.words, begun, current)).collect();
        let only = items.iter().all(|device| device.current);
        Ok(Self {
            alone: only && after.is_none() && page.next.is_none(),
            later: after.is_some(),
            older: page.next.map(|next| format!("{SECURITY}?cursor={next}#devices")),
            items,
        })
    }
}

impl Device {
    /// How a session is shown to somebody who uses the session `current`.
    pub(crate) fn of(words: Words, begun: &BegunSession, current: Option<SessionId>) -> Self {
        let BegunSession { session, device } = begun;
        let given = device.name.as_ref().map(|name| name.as_str().to_owned());
        let readable = given.as_deref().and_then(|name| readable(words, name));
        let how = [
            words.say(&format!("channel-{}", session.channel.name())),
            words.say(&format!("method-{}", session.method.name())),
        ];
        Self {
            id: session.id.to_string(),
            raw: given.clone().filter(|_| readable.is_some()),
            name: readable.or(given).unwrap_or_else(|| words.say("device-unnamed")),
            address: device.address.map(|address| address.to_string()),
            how: how.join(", "),
            begun: words.moment(session.created_at),
            used: words.moment(session.last_used_at),
            current: current == Some(session.id),
        }
    }
}

/// The session that a form or a link names.
pub(crate) fn session_id(text: &str) -> Result<SessionId, Trouble> {
    Uuid::try_parse(text).map(SessionId::from_uuid).map_err(|_| Trouble::Malformed)
}

/// Ends one session. Ending the one in use is logging out.
pub(crate) async fn end(visit: Arc<Visit>, sent: Fields) -> Answer {
    let actor = &visit.known()?.actor;
    let id = session_id(sent.get("session").unwrap_or_default())?;
    match visit.site.services.sessions.end_own(actor, id).await {
        Ok(()) => {}
        Err(error @ (EndError::Missing | EndError::NotTheirs)) => {
            return Err(Trouble::SessionOver(error.fault()));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ended(&visit, id, SECURITY))
}

/// The way on after the end of a session: to that place, or out where it was the one in use.
pub(crate) fn ended(visit: &Visit, id: SessionId, place: &str) -> Response {
    if visit.actor().member().is_ok_and(|member| member.session_id == id) {
        return visit.logged_out();
    }
    visit.redirect_with(place, Notice::SessionEnded)
}

/// Ends every session but the one in use.
pub(crate) async fn end_others(visit: Arc<Visit>, _sent: Fields) -> Answer {
    visit.site.services.sessions.end_others(&visit.known()?.actor).await?;
    Ok(visit.redirect_with(SECURITY, Notice::OthersEnded))
}
