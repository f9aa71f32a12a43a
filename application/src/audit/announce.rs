use crate::actor::Actor;
use crate::instruments;
use domain::audit::Event;
use domain::ids::UserId;

/// Tells the log and the metrics of an event that stands in the audit trail from now on: one line, with nothing in it
/// that says who somebody is. To be called by the store, once the event is committed.
pub fn announce(event: &Event) {
    instruments::recorded(event.kind);
    let detail: Vec<String> = event.detail.iter().map(|(name, value)| format!("{name}={value}")).collect();
    tracing::info!(
        target: "xtrem::security",
        kind = event.kind.name(),
        actor = event.actor.name(),
        actor_id = event.actor.user_id().map(tracing::field::display),
        subject = event.subject.map(tracing::field::display),
        request_id = event.request_id.map(tracing::field::display),
        detail = detail.join(" "),
        "recorded"
    );
}

/// Tells the log, in a line of the same form, of what concerns security but stands in no trail: writing it down there
/// would cost us more than it costs whoever causes it.
pub(crate) fn mention(actor: &Actor, kind: &'static str, subject: Option<UserId>, detail: &str) {
    let by = actor.reference();
    tracing::info!(
        target: "xtrem::security",
        kind,
        actor = by.name(),
        actor_id = by.user_id().map(tracing::field::display),
        subject = subject.map(tracing::field::display),
        request_id = actor.origin.request_id.map(tracing::field::display),
        detail,
        "not recorded"
    );
}
