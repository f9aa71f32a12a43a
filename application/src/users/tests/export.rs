//! Who gets everything that is held about a person, and when.

use crate::actor::{Actor, Refusal};
use crate::document::Document;
use crate::fault::FaultKind;
use crate::sealing::DocumentKind;
use crate::store::{Account, ExportTicket};
use crate::testing::cast::{
    DIFFERS, MATCHES, acts, acts_as, admin_without, ann, ann_with, anns, assert_event, checks, failure_work,
    gone, password, stage, told,
};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::tokens::{Issued, PresentedExportTicket};
use crate::users::{ExportError, UserService};
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::sessions::Token;
use domain::users::Profile;
use mockall::predicate::eq;
use std::time::Duration;

fn actor() -> Actor {
    ann_with(Role::User, [Scope::ProfileRead])
}

/// Ann's password is asked for, and this is what comes of it.
fn asks(stage: &mut Stage, account: Option<Account>) {
    stage.users.expect_account_of().with(eq(samples::user_id(1))).times(1).return_once(move |_| Ok(account));
}

fn counted_under() -> String {
    format!("member:{}", samples::user_id(1))
}

/// Ann has given the right password, and gets the ticket with [`samples::digest`] 4.
fn proved() -> Stage {
    let mut stage = stage();
    asks(&mut stage, Some(anns(Role::User)));
    checks(&mut stage, &counted_under(), Some(samples::hash()), None, MATCHES);
    stage
        .opaque_tokens
        .expect_export_ticket()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Issued { token: Token::new("ticket".to_owned()), digest: samples::digest(4) });
    stage
}

fn in_an_hour() -> Timestamp {
    samples::NOW.plus(Duration::from_hours(1))
}

#[tokio::test]
async fn for_the_password_there_is_a_ticket_for_an_hour() {
    let mut stage = proved();
    let mut work = stage.work();
    acts(&mut work, &actor());
    work.export_tickets.expect_put().with(eq(ticket(in_an_hour()))).times(1).return_once(|_| Ok(()));
    let committed = work.committed();
    stage.begins([work]);
    let house = stage.open();
    let issued = house.users.prepare_export(&actor(), &password(samples::PASSWORD)).await.unwrap();
    assert_eq!((issued.secret.expose(), issued.expires_at), ("ticket", in_an_hour()));
    assert_eq!(UserService::EXPORT_TICKET_LIFETIME, Duration::from_hours(1));
    assert!(committed.happened());
    let steps = ["enter", "verify", "begin", "sessions", "export_tickets", "commit", "leave"];
    assert_eq!(house.journal.steps(), steps);
    assert!(!format!("{issued:?}").contains("ticket\""), "nobody reads it in a log");
}

#[tokio::test]
async fn a_wrong_password_is_counted_under_the_member_and_gets_no_ticket() {
    let mut stage = stage();
    asks(&mut stage, Some(anns(Role::User)));
    checks(&mut stage, &counted_under(), Some(samples::hash()), None, DIFFERS);
    let (work, events) = failure_work(&stage, Some(samples::user_id(1)), None);
    stage.begins([work]);
    let answer = stage.open().users.prepare_export(&actor(), &password(samples::PASSWORD)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "wrong-password"));
    let [event] = &events.all()[..] else { panic!("one event") };
    let id = samples::user_id(1);
    assert_event(event, EventKind::PasswordCheckFailed, ActorRef::User(id), Some(id), &[]);
}

#[tokio::test]
async fn a_full_hashing_queue_is_said_before_anything_is_read() {
    let mut stage = stage();
    stage.hasher_is_full = true;
    let house = stage.open();
    let error = house.users.prepare_export(&actor(), &password(samples::PASSWORD)).await.unwrap_err();
    assert_eq!(told(&error).1, "busy");
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn whose_session_has_ended_while_the_password_was_checked_gets_no_ticket() {
    let mut stage = proved();
    let mut work = stage.work();
    acts_as(&mut work, None, samples::session_id(1));
    let committed = work.committed();
    stage.begins([work]);
    let answer = stage.open().users.prepare_export(&actor(), &password(samples::PASSWORD)).await;
    assert!(matches!(answer, Err(ExportError::Refused(Refusal::NotLoggedIn))));
    assert!(!committed.happened());

    let mut before = crate::testing::cast::stage();
    asks(&mut before, None);
    let answer = before.open().users.prepare_export(&actor(), &password(samples::PASSWORD)).await;
    assert!(matches!(answer, Err(ExportError::Refused(Refusal::NotLoggedIn))));
}

/// A ticket comes back that was made for that person.
fn presented(stage: &mut Stage, number: u8) {
    stage.opaque_tokens.expect_read_export_ticket().withf(|text| text == "ticket").times(1).return_once(
        move |_| {
            Some(PresentedExportTicket { user_id: samples::user_id(number), digest: samples::digest(4) })
        },
    );
}

/// Ann's ticket, as it is looked at before anything is gathered, ends like this.
fn stored(stage: &mut Stage, found: Option<Timestamp>) {
    let ticket = found.map(ticket);
    stage
        .users
        .expect_export_ticket()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(move |_| Ok(ticket));
}

/// Ann's ticket, which works until then.
fn ticket(expires_at: Timestamp) -> ExportTicket {
    ExportTicket { user_id: samples::user_id(1), digest: samples::digest(4), expires_at }
}

/// Ann presents a ticket that works.
fn works(stage: &mut Stage) {
    presented(stage, 1);
    stored(stage, Some(in_an_hour()));
}

/// All that is held about Ann is found, and it is little.
fn gathers(stage: &mut Stage, profile: Option<Profile>) {
    let journal = stage.journal.clone();
    stage.signs();
    stage.users.expect_profile().with(eq(samples::user_id(1))).times(1).return_once(move |_| {
        journal.note("gather");
        Ok(profile)
    });
    stage.users.expect_notices().returning(|_, _| Ok(Vec::new()));
    stage.events.expect_page().returning(|_, _, _, _| Ok(Vec::new()));
    stage.sessions.expect_of().returning(|_, _, _| Ok(Vec::new()));
}

/// A unit of work in which Ann still acts, and her ticket is this one.
fn takes(stage: &Stage, found: Option<Timestamp>) -> StagedWork {
    let mut work = stage.work();
    acts(&mut work, &actor());
    let ticket = found.map(ticket);
    work.export_tickets
        .expect_take()
        .with(eq(samples::user_id(1)), eq(samples::digest(4)))
        .times(1)
        .return_once(move |_, _| Ok(ticket));
    work
}

/// Ann's ticket is used; and the house in which it was.
async fn fetch(stage: Stage) -> (Result<Document, ExportError>, House) {
    let house = stage.open();
    (house.users.export_own(&actor(), "ticket").await, house)
}

fn is_closed(answer: Result<Document, ExportError>) {
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
}

#[tokio::test]
async fn a_ticket_fetches_what_was_gathered_before_it_was_taken_and_that_is_told() {
    let mut stage = stage();
    let just = samples::NOW.plus(Duration::from_micros(1));
    presented(&mut stage, 1);
    stored(&mut stage, Some(just));
    gathers(&mut stage, Some(ann(Role::User)));
    let mut work = takes(&stage, Some(just));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = fetch(stage).await;
    let document = answer.unwrap();
    let kind = DocumentKind::PersonalDataExport;
    let data = Document::read(house.documents.as_ref(), kind, document.as_str()).unwrap();
    assert_eq!(data["profile"]["email"], "annlee@example.com");
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["gather", "begin", "sessions", "export_tickets", "audit", "commit"]);
    let [event] = &events.all()[..] else { panic!("one event") };
    let id = samples::user_id(1);
    assert_event(event, EventKind::PersonalDataExported, ActorRef::User(id), Some(id), &[]);
}

#[tokio::test]
async fn for_a_ticket_that_was_used_replaced_or_is_too_old_nothing_is_gathered() {
    let another = ExportTicket { digest: samples::digest(5), ..ticket(in_an_hour()) };
    let past = samples::NOW.minus(Duration::from_secs(1));
    for found in [None, Some(another), Some(ticket(samples::NOW)), Some(ticket(past))] {
        let mut stage = stage();
        presented(&mut stage, 1);
        stage.users.expect_export_ticket().times(1).return_once(|_| Ok(found));
        let (answer, house) = fetch(stage).await;
        is_closed(answer);
        assert!(house.journal.steps().is_empty());
    }
}

#[tokio::test]
async fn a_ticket_that_can_not_be_looked_at_gathers_nothing() {
    let mut stage = stage();
    presented(&mut stage, 1);
    stage.users.expect_export_ticket().times(1).return_once(|_| Err(gone()));
    assert_eq!(told(&fetch(stage).await.0.unwrap_err()).1, "unavailable");
}

#[tokio::test]
async fn a_ticket_that_was_used_replaced_or_became_too_old_while_it_was_gathered_does_not_work() {
    for found in [None, Some(samples::NOW), Some(samples::NOW.minus(Duration::from_secs(1)))] {
        let mut stage = stage();
        works(&mut stage);
        gathers(&mut stage, Some(ann(Role::User)));
        let work = takes(&stage, found);
        let committed = work.committed();
        stage.begins([work]);
        is_closed(fetch(stage).await.0);
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn a_ticket_of_somebody_else_or_of_nobody_reads_nothing() {
    let mut others = stage();
    presented(&mut others, 2);
    let mut nobodys = stage();
    nobodys.opaque_tokens.expect_read_export_ticket().times(1).return_once(|_| None);
    for stage in [others, nobodys] {
        let (answer, house) = fetch(stage).await;
        is_closed(answer);
        assert!(house.journal.steps().is_empty());
    }
}

#[tokio::test]
async fn where_gathering_fails_the_ticket_goes_on_working() {
    let mut stage = stage();
    works(&mut stage);
    stage.users.expect_profile().times(1).return_once(|_| Ok(Some(ann(Role::User))));
    stage.events.expect_page().times(1).return_once(|_, _, _, _| Err(gone()));
    let (answer, house) = fetch(stage).await;
    assert_eq!(told(&answer.unwrap_err()).1, "unavailable");
    assert!(house.journal.steps().is_empty(), "no unit of work was begun");
}

#[tokio::test]
async fn what_could_not_be_written_down_is_not_handed_out() {
    let mut stage = stage();
    works(&mut stage);
    gathers(&mut stage, Some(ann(Role::User)));
    let mut work = takes(&stage, Some(in_an_hour()));
    work.keep_events();
    work.refuse_commit(gone());
    stage.begins([work]);
    assert_eq!(told(&fetch(stage).await.0.unwrap_err()).1, "unavailable");
}

#[tokio::test]
async fn whose_session_has_ended_while_it_was_gathered_gets_nothing_and_keeps_the_ticket() {
    let mut stage = stage();
    works(&mut stage);
    gathers(&mut stage, Some(ann(Role::User)));
    let mut work = stage.work();
    acts_as(&mut work, None, samples::session_id(1));
    stage.begins([work]);
    let answer = fetch(stage).await.0;
    assert!(matches!(answer, Err(ExportError::Refused(Refusal::NotLoggedIn))));
}

#[tokio::test]
async fn the_command_line_exports_anybody_and_says_so() {
    let mut stage = stage();
    gathers(&mut stage, Some(ann(Role::User)));
    let mut work = stage.work();
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let house = stage.open();
    let document = house.users.export_of(&Actor::system(), samples::user_id(1)).await.unwrap();
    assert!(document.as_str().contains("annlee@example.com"));
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["gather", "begin", "audit", "commit"]);
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_eq!((event.kind, event.actor), (EventKind::PersonalDataExported, ActorRef::System));
    assert_eq!(event.subject, Some(samples::user_id(1)));
}

#[tokio::test]
async fn whoever_is_not_there_is_missing_and_nothing_is_told() {
    let mut stage = stage();
    gathers(&mut stage, None);
    let house = stage.open();
    is_closed(house.users.export_of(&Actor::system(), samples::user_id(1)).await);
    assert_eq!(house.journal.steps(), ["gather"]);
}

#[tokio::test]
async fn no_administrator_exports_anybody_and_nobody_anything_without_the_scope() {
    let house = stage().open();
    let id = samples::user_id(1);
    for actor in [samples::member(2, Role::Admin), samples::member(1, Role::Admin)] {
        let error = house.users.export_of(&actor, id).await.unwrap_err();
        assert_eq!(told(&error), (FaultKind::Forbidden, "password-needed"));
    }
    let error = house.users.export_of(&admin_without(Scope::AdminRead), id).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Forbidden, "insufficient-scope"));
    let (narrow, password) = (admin_without(Scope::ProfileRead), password(samples::PASSWORD));
    let errors = [
        house.users.prepare_export(&narrow, &password).await.unwrap_err(),
        house.users.export_own(&narrow, "ticket").await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(told(&error), (FaultKind::Forbidden, "insufficient-scope"));
    }
    for actor in [samples::visitor(), Actor::system()] {
        let errors = [
            house.users.prepare_export(&actor, &password).await.unwrap_err(),
            house.users.export_own(&actor, "ticket").await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
        }
    }
    assert!(house.journal.steps().is_empty());
}
