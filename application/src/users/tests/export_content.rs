//! What stands in everything that is held about a person, and what does not.

use crate::actor::Actor;
use crate::document::Document;
use crate::sealing::DocumentKind;
use crate::store::MockAuditDirectory;
use crate::testing::cast::{ann, facts, reason, stage};
use crate::testing::{Stage, samples};
use domain::access::Role;
use domain::audit::{ActorRef, Event, EventCursor, EventFilter, EventKind, Order};
use domain::ids::{EventId, NoticeId, RequestId};
use domain::notices::{Notice, NoticeKind};
use domain::sessions::{BegunSession, Channel, Device, DeviceName};
use domain::users::{Bio, FullName, Profile, RoleEnd, Suspension, User};
use domain::vault::{Field, PersonalData};
use mockall::predicate::eq;
use serde_json::{Value, json};
use std::time::Duration;

const AT: &str = "2025-06-15T15:06:40Z";

/// What this person did to that one, with a reason, from [`samples::ADDRESS`].
fn event(number: u8, kind: EventKind, actor: ActorRef, subject: Option<u8>, why: &'static str) -> Event {
    Event {
        id: EventId::new(samples::NOW, &[number; 10]),
        sequence: None,
        kind,
        actor,
        subject: subject.map(samples::user_id),
        at: samples::NOW,
        address: Some(samples::ADDRESS),
        request_id: Some(RequestId::new(samples::NOW, &[number; 10])),
        detail: facts(&[("clear", "yes")]),
        private: facts(&[("reason", why)]),
    }
}

fn by(number: u8) -> ActorRef {
    ActorRef::User(samples::user_id(number))
}

/// The trail is asked for what meets that filter, once, and has these.
fn has(events: &mut MockAuditDirectory, filter: EventFilter, after: Option<EventCursor>, found: Vec<Event>) {
    events
        .expect_page()
        .with(eq(filter), eq(Order::OldestFirst), eq(after), eq(200))
        .times(1)
        .return_once(move |_, _, _, _| Ok(found));
}

fn done_to_ann() -> EventFilter {
    EventFilter { subject: Some(samples::user_id(1)), ..EventFilter::default() }
}

fn done_by_ann() -> EventFilter {
    EventFilter { actor: Some(samples::user_id(1)), ..EventFilter::default() }
}

/// Ann with everything that a profile can have.
fn full() -> Profile {
    let Profile { user, personal } = ann(Role::Moderator);
    let suspension =
        Suspension { reason: reason("Sends spam."), since: samples::NOW, until: Some(samples::NOW) };
    let role_end = Some(RoleEnd { at: samples::NOW, then: Role::User });
    let user = User { suspension: Some(suspension), role_end, last_login_at: Some(samples::NOW), ..user };
    let personal = PersonalData {
        full_name: FullName::parse("Ann Lee").ok(),
        bio: Bio::parse("Sails.").ok(),
        unreadable: vec![Field::Location],
        ..personal
    };
    Profile { user, personal }
}

fn begun(number: u8) -> BegunSession {
    let BegunSession { session, device } = samples::begun_session(number, Channel::Web, Role::User);
    BegunSession { session, device: Device { name: DeviceName::parse("Ann's laptop").ok(), ..device } }
}

/// Ann has told this trail and nothing else.
fn quiet(done_to: Vec<Event>, done_by: Vec<Event>) -> Stage {
    let mut stage = stage();
    stage.users.expect_profile().times(1).return_once(|_| Ok(Some(full())));
    has(&mut stage.events, done_to_ann(), None, done_to);
    has(&mut stage.events, done_by_ann(), None, done_by);
    stage.sessions.expect_of().times(1).return_once(|_, _, _| Ok(Vec::new()));
    stage.users.expect_notices().times(1).return_once(|_, _| Ok(Vec::new()));
    stage
}

async fn exported(mut stage: Stage) -> Value {
    stage.signs();
    let mut work = stage.work();
    work.keep_events();
    stage.begins([work]);
    let house = stage.open();
    let document = house.users.export_of(&Actor::system(), samples::user_id(1)).await.unwrap();
    let kind = DocumentKind::PersonalDataExport;
    let data = Document::read(house.documents.as_ref(), kind, document.as_str());
    data.expect("signed as what it is")
}

#[tokio::test]
async fn it_has_the_whole_profile_the_sessions_and_the_notices() {
    let mut stage = stage();
    stage.users.expect_profile().times(1).return_once(|_| Ok(Some(full())));
    stage.events.expect_page().times(2).returning(|_, _, _, _| Ok(Vec::new()));
    stage.sessions.expect_of().times(1).return_once(|_, _, _| Ok(vec![begun(1)]));
    let id = NoticeId::new(samples::NOW, &[1; 10]);
    let (kind, at) = (NoticeKind::RefreshTokenReused, samples::NOW);
    let notice = Notice { id, user_id: samples::user_id(1), kind, at };
    stage.users.expect_notices().times(1).return_once(move |_, _| Ok(vec![notice]));
    let data = exported(stage).await;
    assert_eq!((&data["format"], &data["exported_at"]), (&json!("xtrem/personal-data/1"), &json!(AT)));
    let profile = json!({
        "avatar_url": null,
        "bio": "Sails.",
        "created_at": AT,
        "email": "annlee@example.com",
        "email_notifications": full().user.preferences.email_notifications,
        "full_name": "Ann Lee",
        "id": samples::user_id(1).to_string(),
        "last_login_at": AT,
        "locale": full().user.preferences.locale.name(),
        "location": null,
        "role": "moderator",
        "role_ends_at": AT,
        "status": "suspended",
        "suspension": {"reason": "Sends spam.", "since": AT, "until": AT},
        "theme": full().user.preferences.theme.name(),
        "unreadable": ["location"],
        "updated_at": AT,
        "username": "annlee",
        "website": null,
    });
    assert_eq!(data["profile"], profile);
    let session = json!({
        "address": "203.0.113.7",
        "channel": "web",
        "created_at": AT,
        "device_name": "Ann's laptop",
        "id": samples::session_id(1).to_string(),
        "last_used_at": AT,
        "method": "password",
        "scopes": Role::User.scopes().to_string(),
    });
    assert_eq!(data["sessions"], json!([session]));
    assert_eq!(data["notices"], json!([{"at": AT, "kind": NoticeKind::RefreshTokenReused.name()}]));
    let members: Vec<&String> = data.as_object().unwrap().keys().collect();
    let expected = [
        "actions",
        "activity",
        "exported_at",
        "format",
        "notices",
        "profile",
        "role_history",
        "sessions",
        "who_looked",
    ];
    assert_eq!(members, expected);
}

#[tokio::test]
async fn what_others_did_to_the_person_is_told_with_its_reason_but_not_from_where() {
    let opened = event(1, EventKind::PersonalDataOpened, by(2), Some(1), "They asked for help.");
    let raised = event(2, EventKind::RoleChanged, by(3), Some(1), "Helps out.");
    let own = event(3, EventKind::ProfileEdited, by(1), Some(1), "own");
    let guessed = event(4, EventKind::LogInFailed, ActorRef::Visitor, Some(1), "guessed");
    let data = exported(quiet(vec![opened, raised, own.clone(), guessed], vec![own])).await;
    let activity = data["activity"].as_array().unwrap();
    let seen: Vec<_> = activity
        .iter()
        .map(|event| (event["detail"]["reason"].as_str().unwrap(), event["address"].as_str()))
        .collect();
    let address = Some("203.0.113.7");
    let expected =
        [("They asked for help.", None), ("Helps out.", None), ("own", address), ("guessed", address)];
    assert_eq!(seen, expected);
    for (event, is_own) in activity.iter().zip([false, false, true, true]) {
        assert_eq!(event["request_id"].is_string(), is_own);
        assert_eq!(event["detail"]["clear"], "yes");
    }
    assert_eq!(data["who_looked"], json!([activity[0]]));
    assert_eq!(data["role_history"], json!([activity[1]]));
    assert_eq!(data["actions"], json!([]), "what somebody did to themselves stands in the activity");
}

#[tokio::test]
async fn what_the_person_did_to_others_is_told_without_what_was_written_about_those() {
    let suspended = event(1, EventKind::UserSuspended, by(1), Some(2), "Bob sends spam.");
    let searched = event(2, EventKind::AuditExported, by(1), None, "asked for");
    let data = exported(quiet(Vec::new(), vec![suspended, searched])).await;
    let actions = data["actions"].as_array().unwrap();
    assert_eq!(actions.len(), 2);
    assert_eq!(actions[0]["detail"], json!({"clear": "yes"}));
    assert_eq!(actions[0]["subject"], samples::user_id(2).to_string());
    assert_eq!(actions[0]["address"], "203.0.113.7", "that is their own");
    assert_eq!(actions[1]["detail"], json!({"clear": "yes", "reason": "asked for"}));
    assert!(!data.to_string().contains("Bob"), "{data}");
}

#[tokio::test]
async fn however_much_it_is_all_of_it_is_there() {
    let mut stage = stage();
    stage.users.expect_profile().times(1).return_once(|_| Ok(Some(full())));
    let full_page: Vec<Event> =
        (0..200).map(|number| event(number, EventKind::ProfileEdited, by(1), Some(1), "own")).collect();
    let last = full_page[199].clone();
    let after = Some(EventCursor { at: last.at, id: last.id });
    has(&mut stage.events, done_to_ann(), None, full_page);
    has(&mut stage.events, done_to_ann(), after, vec![last]);
    has(&mut stage.events, done_by_ann(), None, Vec::new());
    let sessions: Vec<BegunSession> = (0..200).map(begun).collect();
    let last = sessions[199].session.id;
    let id = samples::user_id(1);
    stage.sessions.expect_of().with(eq(id), eq(None), eq(200)).times(1).return_once(|_, _, _| Ok(sessions));
    stage
        .sessions
        .expect_of()
        .with(eq(id), eq(Some(last)), eq(200))
        .times(1)
        .return_once(|_, _, _| Ok(vec![begun(201)]));
    stage.users.expect_notices().with(eq(id), eq(200)).times(1).return_once(|_, _| Ok(Vec::new()));
    stage.clock.advance(Duration::from_hours(1));
    let data = exported(stage).await;
    assert_eq!(data["activity"].as_array().unwrap().len(), 201);
    assert_eq!(data["sessions"].as_array().unwrap().len(), 201);
    assert_eq!(data["exported_at"], "2025-06-15T16:06:40Z");
}
