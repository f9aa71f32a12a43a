use crate::fields::Fields;
use crate::page::{Answer, redirect};
use crate::places;
use crate::trouble::Trouble;
use crate::visit::Visit;
use crate::words::{Moment, Words};
use domain::Timestamp;
use domain::notices::{Notice, NoticeKind};
use std::sync::Arc;

/// What somebody has to be told about their account, until they say that they have seen it.
pub(crate) struct Notices {
    pub(crate) told: Vec<Told>,
    /// When the latest of them happened: what is seen is seen up to here.
    pub(crate) until: i64,
}

/// Everything of one kind that has to be told.
pub(crate) struct Told {
    pub(crate) title: String,
    pub(crate) what: String,
    pub(crate) times: Vec<Moment>,
    pub(crate) advice: String,
}

impl Notices {
    /// What whoever is logged in has not seen yet, if anything.
    pub(crate) async fn unseen(visit: &Visit) -> Result<Option<Self>, Trouble> {
        let Some(known) = &visit.member else { return Ok(None) };
        let unseen = visit.site.services.users.notices(&known.actor).await?;
        let Some(until) = unseen.iter().map(|notice| notice.at.as_micros()).max() else { return Ok(None) };
        let told = NoticeKind::ALL.into_iter().filter_map(|kind| Told::of(visit.words, kind, &unseen));
        Ok(Some(Self { told: told.collect(), until }))
    }
}

impl Told {
    fn of(words: Words, kind: NoticeKind, unseen: &[Notice]) -> Option<Self> {
        let same = unseen.iter().filter(|notice| notice.kind == kind);
        let times: Vec<Moment> = same.map(|notice| words.moment(notice.at)).collect();
        let say = |part: &str| words.say(&key(kind, part));
        let told = Self { title: say("title"), what: say("what"), times, advice: say("advice") };
        (!told.times.is_empty()).then_some(told)
    }
}

/// The key of one of the sentences by which a notice is told.
pub(crate) fn key(kind: NoticeKind, part: &str) -> String {
    format!("told-{}-{part}", kind.name().replace('_', "-"))
}

/// Notes that everything up to the latest that was shown has been seen.
pub(crate) async fn submit(visit: Arc<Visit>, sent: Fields) -> Answer {
    let known = visit.known()?;
    let until = sent.get("until").and_then(|text| text.parse().ok()).ok_or(Trouble::Malformed)?;
    visit.site.services.users.dismiss_notices(&known.actor, Timestamp::from_micros(until)).await?;
    let place = sent.get("return_to").and_then(places::known);
    Ok(redirect(place.as_deref().unwrap_or("/profile")))
}
