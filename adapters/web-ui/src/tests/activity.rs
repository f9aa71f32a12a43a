//! What happened on an account, and who looked at the data in it.

use super::browser::Browser;
use super::people::{ann, event, member, with};
use application::testing::{Stage, samples};
use domain::audit::{ActorRef, Event, EventCursor, EventKind, Order};
use domain::users::Locale;

const NOTHING: &str = "Nothing to show.";
const NOBODY: &str = "Nobody but you has looked at it.";

/// These events happened; of them, those of the kind that is asked for are found.
fn happened(locale: Locale, events: Vec<Event>) -> Stage {
    let mut profile = ann();
    profile.user.preferences.locale = locale;
    let mut stage = member(profile);
    stage.events.expect_page().returning(move |filter, order, _, _| {
        assert_eq!((filter.subject, order), (Some(samples::user_id(1)), Order::NewestFirst));
        let found = events.iter().filter(|event| filter.kind.is_none_or(|kind| kind == event.kind));
        Ok(found.cloned().collect())
    });
    stage
}

#[tokio::test]
async fn an_account_on_which_nothing_happened_says_so() {
    let page = Browser::logged_in(with(ann())).get("/profile/activity").await;
    page.assert_shows(200, &[NOTHING, NOBODY]);
    assert!(!page.body.contains("cursor=") && !page.body.contains("looks="));
}

#[tokio::test]
async fn every_event_says_what_when_from_where_and_by_whom() {
    let by = |number, kind, actor| Event { actor, ..event(number, kind, &[]) };
    let events = vec![
        by(1, EventKind::LoggedIn, ActorRef::User(samples::user_id(1))),
        by(2, EventKind::UserReinstated, ActorRef::System),
        by(3, EventKind::LogInFailed, ActorRef::Visitor),
        event(4, EventKind::RoleChanged, &[("from", "user"), ("to", "moderator"), ("reason", "On <duty>")]),
    ];
    let page = Browser::logged_in(happened(Locale::En, events)).get("/profile/activity").await;
    let texts = ["Logged in", "Account reinstated", "A log-in failed", "Role changed"];
    let shown = texts.map(|text| format!("<strong>{text}</strong>"));
    page.assert_shows(200, &shown.each_ref().map(String::as_str));
    page.assert_shows(200, &["<span>you</span>", "<span>the service</span>", "<span>not logged in</span>"]);
    page.assert_shows(
        200,
        &[
            "datetime=\"2025-06-15T15:07:40Z\">15 June 2025 at 15:07 UTC<",
            "<span>203.0.113.7</span>",
            "From User to Moderator",
            "Reason: On &#60;duty&#62;",
            "<span>an administrator</span>",
            NOBODY,
        ],
    );
    let administrators = page.body.split("Role changed</strong>").nth(1).unwrap();
    assert!(!administrators.split("</li>").next().unwrap().contains("203.0.113.7"));
}

#[tokio::test]
async fn who_looked_at_the_data_is_said_with_their_role_and_their_reason() {
    let detail = [("reason", "A parcel came back."), ("role", "admin")];
    let events = vec![event(1, EventKind::PersonalDataOpened, &detail)];
    let page = Browser::logged_in(happened(Locale::En, events.clone())).get("/profile/activity").await;
    page.assert_shows(
        200,
        &["<strong>Administrator</strong>", "15 June 2025 at 15:07 UTC", "Reason: A parcel came back."],
    );
    assert!(!page.body.contains(NOBODY));
    let page = Browser::logged_in(happened(Locale::Fr, events)).get("/profile/activity").await;
    page.assert_shows(200, &["Administrateur", "15 juin 2025 à 15:07 UTC", "Raison : A parcel came back."]);
}

#[tokio::test]
async fn a_reason_that_can_not_be_read_is_not_told_as_if_there_were_none() {
    let opened = event(1, EventKind::PersonalDataOpened, &[("role", "admin")]);
    let page = Browser::logged_in(happened(Locale::En, vec![opened])).get("/profile/activity").await;
    page.assert_shows(200, &["<strong>Administrator</strong>", "The reason can’t be read at the moment."]);
}

#[tokio::test]
async fn one_kind_can_be_shown_alone_and_one_that_can_not_be_chosen_is_refused() {
    let events = vec![
        event(1, EventKind::LoggedIn, &[]),
        event(2, EventKind::ProfileEdited, &[("fields", "bio full_name")]),
    ];
    let mut browser = Browser::logged_in(happened(Locale::En, events));
    let page = browser.get("/profile/activity?kind=profile_edited").await;
    page.assert_shows(200, &["value=\"profile_edited\" selected", "Changed: In a few words, Full name"]);
    assert!(!page.body.contains("<strong>Logged in</strong>"));
    let page = browser.get("/profile/activity?kind=").await;
    page.assert_shows(200, &["<strong>Logged in</strong>", "<strong>Profile edited</strong>"]);
    for others in [
        "signing_key_created",
        "signing_key_advanced",
        "root_key_rotated",
        "audit_pruned",
        "backup_taken",
        "backup_restored",
    ] {
        let option = format!("value=\"{others}\"");
        assert!(!page.body.contains(&option), "{others} concerns nobody's account");
        browser.get(&format!("/profile/activity?kind={others}")).await.assert_shows(400, &[]);
    }
    browser.get("/profile/activity?kind=none").await.assert_shows(400, &["That could not be read"]);
}

#[tokio::test]
async fn what_is_older_is_one_link_away() {
    let mut stage = member(ann());
    stage.events.expect_page().returning(|filter, _, after, limit| {
        if after.is_some_and(|after| after.id == event(50, EventKind::LoggedIn, &[]).id) {
            return Ok(vec![event(51, EventKind::LoggedOut, &[])]);
        }
        let kind = filter.kind.unwrap_or(EventKind::LoggedIn);
        Ok((1..=u8::try_from(limit).unwrap()).map(|number| event(number, kind, &[])).collect())
    });
    let mut browser = Browser::logged_in(stage);
    let first = browser.get("/profile/activity?kind=logged_in").await;
    let cursor = |event: Event| EventCursor { at: event.at, id: event.id };
    let older = cursor(event(50, EventKind::LoggedIn, &[]));
    let looks = cursor(event(10, EventKind::PersonalDataOpened, &[]));
    let link = format!("/profile/activity?kind=logged_in&cursor={older}");
    first.assert_shows(
        200,
        &[&format!("href=\"{}#events\"", link.replace('&', "&#38;")), &format!("?looks={looks}#looks\"")],
    );
    assert_eq!(first.body.matches("<strong>Logged in</strong>").count(), 50);
    assert!(!first.body.contains("Back to the latest"));
    let second = browser.get(&link).await;
    second.assert_shows(200, &["<strong>Logged out</strong>", "Back to the latest"]);
    assert!(!second.body.contains("#events\">Older<"));
    for broken in ["cursor=x", "looks=1.x", "cursor="] {
        browser.get(&format!("/profile/activity?{broken}")).await.assert_shows(400, &[]);
    }
}
