//! Events as administrators read them: what happened, who did it and to whom, by name where there still is one.

use crate::audit::facts::facts;
use crate::trouble::Trouble;
use crate::visit::Visit;
use crate::words::{Moment, Words};
use application::users::FindError;
use domain::audit::{ActorRef, Event};
use domain::ids::UserId;
use std::collections::{BTreeMap, BTreeSet};

/// One event.
pub(super) struct EventRow {
    pub(super) what: String,
    pub(super) at: Moment,
    /// Its place in the chain, as a sentence.
    pub(super) sequence: String,
    pub(super) by: Party,
    pub(super) on: Option<Party>,
    pub(super) address: Option<String>,
    /// What it says besides, as sentences.
    pub(super) facts: Vec<String>,
    /// All that is written down of it, under the names that the export uses.
    pub(super) written: Vec<(String, String)>,
}

/// Somebody who has to do with an event.
pub(super) struct Party {
    pub(super) name: String,
    /// Their page, where they still have one.
    pub(super) link: Option<String>,
}

/// The names of those who have to do with some events; `None` for an account that is gone.
pub(super) struct Names(BTreeMap<UserId, Option<String>>);

impl Names {
    /// Looks them up, each once.
    async fn of(visit: &Visit, events: &[Event]) -> Result<Self, Trouble> {
        let involved = events.iter().flat_map(|event| [event.actor.user_id(), event.subject]);
        let involved: BTreeSet<UserId> = involved.flatten().collect();
        let (actor, mut names) = (visit.actor(), BTreeMap::new());
        for id in involved {
            let name = match visit.site.services.users.view(&actor, id).await {
                Ok(record) => Some(record.user.username.to_string()),
                Err(FindError::Missing) => None,
                Err(error) => return Err(error.into()),
            };
            names.insert(id, name);
        }
        Ok(Self(names))
    }

    fn party(&self, words: Words, id: UserId) -> Party {
        match self.0.get(&id) {
            Some(Some(name)) => Party { name: name.clone(), link: Some(format!("/admin/users/{id}")) },
            _ => Party { name: words.tell("events-gone", &[("id", &id.to_string())]), link: None },
        }
    }
}

/// The events as they are shown.
pub(super) async fn rows(visit: &Visit, events: &[Event]) -> Result<Vec<EventRow>, Trouble> {
    let (names, words) = (Names::of(visit, events).await?, visit.words);
    let row = |event: &Event| EventRow {
        what: words.event(event.kind),
        at: words.moment(event.at),
        sequence: match event.sequence {
            Some(sequence) => words.tell("events-number", &[("number", &sequence.to_string())]),
            None => words.say("events-unjoined"),
        },
        by: match event.actor {
            ActorRef::User(id) => names.party(words, id),
            ActorRef::System => Party { name: words.say("by-service"), link: None },
            ActorRef::Visitor => Party { name: words.say("events-visitor"), link: None },
        },
        // Who did something to themselves is named once.
        on: event.subject.filter(|id| event.actor != ActorRef::User(*id)).map(|id| names.party(words, id)),
        address: event.address.map(|address| address.to_string()),
        facts: facts(words, event),
        written: written(event),
    };
    Ok(events.iter().map(row).collect())
}

fn written(event: &Event) -> Vec<(String, String)> {
    let ids = [
        ("id", Some(event.id.to_string())),
        ("sequence", event.sequence.map(|sequence| sequence.to_string())),
        ("kind", Some(event.kind.name().to_owned())),
        ("actor", event.actor.user_id().map(|id| id.to_string())),
        ("subject", event.subject.map(|id| id.to_string())),
        ("request_id", event.request_id.map(|id| id.to_string())),
    ];
    let ids = ids.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    ids.chain(application::audit::facts(event).map(|(name, value)| (format!("detail.{name}"), value)))
        .collect()
}
