//! Events as the command line shows them to people.

use super::super::moment::second;
use application::audit::facts;
use domain::audit::Event;

/// What the columns of a [row](row) are called.
pub(super) const HEAD: &str = "AT                    KIND                         BY                                    TO                                    FROM             DETAIL";

/// One line, for people. Whatever an event holds, a terminal only shows it.
pub(in crate::cli) fn row(event: &Event) -> String {
    let by = event.actor.user_id().map_or_else(|| event.actor.name().to_owned(), |id| id.to_string());
    let to = event.subject.map(|id| id.to_string()).unwrap_or_default();
    let address = event.address.map(|address| address.to_string()).unwrap_or_default();
    let mut row =
        format!("{:<20}  {:<27}  {by:<36}  {to:<36}  {address:<15}", second(event.at), event.kind.name());
    for (name, value) in facts(event) {
        let is_plain = !value.is_empty() && value.chars().all(|c| c.is_ascii_graphic() && c != '"');
        let value = if is_plain { value } else { format!("{value:?}") };
        row.push_str("  ");
        row.push_str(name);
        row.push('=');
        row.push_str(&value);
    }
    row.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::audit::{ActorRef, EventKind};
    use domain::ids::{EventId, UserId};

    fn event(kind: EventKind, detail: &[(&'static str, &str)]) -> Event {
        let at = Timestamp::from_micros(1_795_000_000_120_000);
        Event {
            id: EventId::new(at, &[1; 10]),
            kind,
            actor: ActorRef::User(UserId::new(at, &[2; 10])),
            subject: None,
            at,
            address: Some([127, 0, 0, 1].into()),
            request_id: None,
            sequence: None,
            private: Vec::new(),
            detail: detail.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn a_row_shows_whatever_it_holds_and_does_nothing_else() {
        let row = row(&event(EventKind::UserSuspended, &[("reason", "a\n\u{1b}[31m\u{9b}b"), ("n", "1")]));
        assert!(row.ends_with(r#"  reason="a\n\u{1b}[31m\u{9b}b"  n=1"#), "{row}");
        assert!(!row.chars().any(char::is_control));
    }
}
