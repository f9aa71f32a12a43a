use super::*;
use domain::ids::{EventId, UserId};
use domain::users::Locale;

const NOW: Timestamp = Timestamp::from_micros(1_750_000_000_000_000);

fn told(kind: EventKind, actor: ActorRef, detail: &[(&'static str, &str)]) -> Vec<String> {
    let event = Event {
        id: EventId::new(NOW, &[1; 10]),
        sequence: None,
        kind,
        actor,
        subject: None,
        at: NOW,
        address: None,
        request_id: None,
        detail: detail.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect(),
        private: Vec::new(),
    };
    facts(Words(Locale::En), &event)
}

fn somebody() -> ActorRef {
    ActorRef::User(UserId::new(NOW, &[1; 10]))
}

#[test]
fn a_change_of_role_is_told_in_the_words_for_roles() {
    let detail =
        [("from", "user"), ("to", "admin"), ("until", "1750000000000000"), ("reason", "Holidays of Ben.")];
    assert_eq!(
        told(EventKind::RoleChanged, somebody(), &detail),
        ["From User to Administrator", "Until 15 June 2025 at 15:06 UTC", "Reason: Holidays of Ben."]
    );
}

#[test]
fn what_is_kept_apart_because_it_tells_of_a_person_is_told_with_the_rest() {
    let event = Event {
        id: EventId::new(NOW, &[1; 10]),
        sequence: None,
        kind: EventKind::PersonalDataOpened,
        actor: somebody(),
        subject: None,
        at: NOW,
        address: None,
        request_id: None,
        detail: vec![("role".into(), "admin".to_owned())],
        private: vec![("reason".into(), "A parcel came back.".to_owned())],
    };
    assert_eq!(facts(Words(Locale::En), &event), ["As Administrator", "Reason: A parcel came back."]);
    assert_eq!(find(&event, "reason"), Some("A parcel came back."));
}

#[test]
fn what_was_removed_from_the_trail_is_counted_and_not_how_often() {
    let pruned =
        |count| told(EventKind::AuditPruned, ActorRef::System, &[("count", count), ("through", "512")]);
    assert_eq!(pruned("1"), ["One event removed.", "Up to number 512"]);
    assert_eq!(pruned("500"), ["500 events removed.", "Up to number 512"]);
}

#[test]
fn a_backup_says_whether_it_is_encrypted_and_a_restoration_which_copy_and_whom_it_erased() {
    let taken = |encrypted| {
        told(EventKind::BackupTaken, ActorRef::System, &[("encrypted", encrypted), ("through", "7")])
    };
    assert_eq!(taken("true"), ["Encrypted", "Up to number 7"]);
    assert_eq!(taken("false"), ["Not encrypted", "Up to number 7"]);
    let restored = |count| {
        let detail = [("from", "1750000000000000"), ("count", count)];
        told(EventKind::BackupRestored, ActorRef::System, &detail)
    };
    let copy = "From the copy of 15 June 2025 at 15:06 UTC";
    assert_eq!(restored("0"), [copy]);
    assert_eq!(restored("2"), [copy, "2 accounts erased again."]);
}

#[test]
fn an_erasure_that_was_done_again_says_why() {
    let detail = [("reason", "replayed")];
    let text = "It had been erased before; a database was put back from an older copy.";
    assert_eq!(told(EventKind::UserDeleted, ActorRef::System, &detail), [text]);
    assert_eq!(told(EventKind::UserDeleted, somebody(), &detail), ["Reason: replayed"]);
}

#[test]
fn what_ends_by_itself_says_so_and_a_person_who_writes_the_same_word_is_quoted() {
    let detail = [("reason", "expired")];
    assert_eq!(told(EventKind::UserReinstated, ActorRef::System, &detail), ["Its time was over."]);
    assert_eq!(told(EventKind::UserSuspended, somebody(), &detail), ["Reason: expired"]);
}

#[test]
fn a_refusal_says_why_what_and_how_often() {
    let detail = [
        ("reason", "scope-not-in-role"),
        ("operation", "GET /admin/users/{id}"),
        ("scope", "user:read"),
        ("session", "01976000-0000-7000-8000-000000000000"),
        ("count", "3"),
    ];
    assert_eq!(
        told(EventKind::AccessRefused, somebody(), &detail),
        ["The role does not allow it.", "Asked for: GET /admin/users/{id}", "Needed: user:read", "3 times"]
    );
    assert_eq!(
        told(EventKind::LogInFailed, ActorRef::Visitor, &[("reason", "account-suspended")]),
        ["The account was suspended."]
    );
    assert_eq!(
        told(EventKind::LogInFailed, ActorRef::Visitor, &[("reason", "invalid-scope")]),
        ["More was asked for than the account is allowed."]
    );
}

#[test]
fn how_many_sessions_ended_is_counted_and_none_is_not_mentioned() {
    let ended = |count| told(EventKind::PasswordChanged, somebody(), &[("sessions_ended", count)]);
    assert_eq!(ended("1"), ["One session ended."]);
    assert_eq!(ended("4"), ["4 sessions ended."]);
    assert!(ended("0").is_empty() && ended("many").is_empty());
}

#[test]
fn what_is_not_known_here_is_left_to_the_export() {
    let detail = [("kid", "key-1"), ("from_a_later_version", "x"), ("until", "soon")];
    assert!(told(EventKind::SigningKeyCreated, ActorRef::System, &detail).is_empty());
    let role = [("role", "owner")];
    assert_eq!(told(EventKind::UserCreated, somebody(), &role), ["As owner"]);
}

#[test]
fn edited_fields_and_the_way_of_a_log_in_are_named_as_the_pages_name_them() {
    let fields = [("fields", "email full_name email_notifications")];
    assert_eq!(
        told(EventKind::ProfileEdited, somebody(), &fields),
        ["Changed: E-mail address, Full name, Send me news by e-mail"]
    );
    assert_eq!(told(EventKind::LoggedIn, somebody(), &[("channel", "web")]), ["Browser"]);
}
