use super::line::proven_line;
use super::{AuditError, AuditService};
use crate::Limit;
use crate::actor::Actor;
use crate::store::{Proven, StoreError};
use domain::access::Scope;
use domain::audit::{EventCursor, EventFilter, EventKind, Facts, Order, Sequence};

/// Leave to export the trail, what it was given for, and how far it has come.
#[derive(Clone, Copy, Debug)]
pub struct Export(Rest);

#[derive(Clone, Copy, Debug)]
enum Rest {
    /// The whole chain, from the event after this one to that one.
    Chain { after: Sequence, end: Sequence },
    /// What meets a filter, from the event after this one on.
    Selection { filter: EventFilter, after: Option<EventCursor> },
    /// Nothing is left.
    Nothing,
}

impl AuditService {
    /// Gives leave to export the events that meet the filter, and writes down that it was given.
    ///
    /// Without a filter it is the whole trail in the order of its chain, so that whoever has it can check that nothing is
    /// missing; with one, what meets it, the earliest first.
    pub async fn export(&self, actor: &Actor, filter: EventFilter) -> Result<Export, AuditError> {
        actor.require(Scope::LogsRead)?;
        let now = self.ids.now();
        let mut event = actor.event(&self.ids, now, EventKind::AuditExported, None);
        (event.detail, event.private) = asked_for(&filter);
        let mut work = self.store.begin().await?;
        work.audit().record(&event).await?;
        work.commit().await?;
        // Whatever has happened until now is in the chain then; what happens from now on is not part of it, so that it
        // comes to an end.
        self.seal().await?;
        if filter == EventFilter::default() {
            let end = self.chain.end().await?.map_or(Sequence::NONE, |(end, _)| end);
            return Ok(Export(Rest::Chain { after: Sequence::NONE, end }));
        }
        let until = Some(filter.until.map_or(now, |until| until.min(now)));
        Ok(Export(Rest::Selection { filter: EventFilter { until, ..filter }, after: None }))
    }

    /// The next lines of an export, and what is left after them; `None` at its end.
    pub async fn export_lines(&self, export: Export) -> Result<Option<(String, Export)>, StoreError> {
        let (found, rest) = match export.0 {
            Rest::Nothing => return Ok(None),
            Rest::Chain { after, end } => {
                let found = self.chain.entries(after, Limit::MAXIMUM).await?;
                let last = found.last().map_or(end, |last| last.entry.sequence);
                (found, if last < end { Rest::Chain { after: last, end } } else { Rest::Nothing })
            }
            Rest::Selection { filter, after } => {
                let limit = Limit::MAXIMUM;
                let found = self.events.proven_page(&filter, Order::OldestFirst, after, limit).await?;
                let last = found.last().map(|Proven { entry, .. }| &entry.record);
                let after = last.map(|record| EventCursor { at: record.at, id: record.id });
                let is_last = found.len() < limit as usize;
                (found, if is_last { Rest::Nothing } else { Rest::Selection { filter, after } })
            }
        };
        let end = if let Rest::Chain { end, .. } = export.0 { end } else { Sequence::new(i64::MAX) };
        let asked_for: Vec<&Proven> = found.iter().filter(|proven| proven.entry.sequence <= end).collect();
        tell_left_out(&asked_for);
        let lines = asked_for.into_iter().filter_map(proven_line).collect();
        Ok(Some((lines, Export(rest))))
    }
}

/// Of the whole chain, whoever verifies it finds the gap; of a selection nobody could.
fn tell_left_out(found: &[&Proven]) {
    for Proven { entry, .. } in found.iter().filter(|proven| proven.event.is_none()) {
        tracing::error!(
            sequence = entry.sequence.number(),
            "what stands in the audit trail there is no event, and was left out of an export; `xtrem audit verify` says more"
        );
    }
}

/// What an export was asked for; an address says something of a person.
fn asked_for(filter: &EventFilter) -> (Facts, Facts) {
    let named = [
        ("actor", filter.actor.map(|id| id.to_string())),
        ("subject", filter.subject.map(|id| id.to_string())),
        ("kind", filter.kind.map(|kind| kind.name().to_owned())),
        ("from", filter.from.map(|at| at.as_micros().to_string())),
        ("until", filter.until.map(|at| at.as_micros().to_string())),
    ];
    let detail = named.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect();
    let address = filter.address.map(|address| ("address".into(), address.to_string()));
    (detail, address.into_iter().collect())
}
