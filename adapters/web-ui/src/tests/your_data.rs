//! Everything that is held about somebody: fetched once, by whoever knows the password.

use super::browser::Browser;
use super::people::{self, TICKET, ann, with};
use application::store::StoreError;
use application::testing::samples::{PASSWORD, user_id};
use application::testing::{Committed, Stage, samples};
use domain::audit::EventKind;
use domain::users::Locale;

const PAGE: &str = "/profile/export";
const FILE: &str = "/profile/export/file";
const CLOSED: &str = "This download does not work, or no longer";

/// Ann's password is right, and this many units of work take whatever they are given.
fn ready(count: usize) -> (Stage, Vec<Committed>) {
    let mut stage = with(ann());
    people::password(&mut stage, true);
    let works: Vec<_> = (0..count).map(|_| people::work(&stage)).collect();
    let committed = works.iter().map(application::testing::StagedWork::committed).collect();
    stage.begins(works);
    (stage, committed)
}

/// Sends the form of the download with that ticket.
async fn fetch(browser: &mut Browser, ticket: &str) -> super::browser::Answer {
    let token = browser.get(PAGE).await.token();
    browser.post(FILE, &[("csrf", &token), ("ticket", ticket)], &[]).await
}

#[tokio::test]
async fn the_page_says_what_the_file_holds_who_looked_and_how_to_leave() {
    let mut browser = Browser::logged_in(with(ann()));
    let page = browser.get(PAGE).await;
    page.assert_shows(
        200,
        &[
            "<h1>Your data</h1>",
            "your profile, your role and how it changed",
            "where you are logged in",
            "what happened on your account",
            "who looked at your data, when and why",
            "what you did to other accounts",
            "href=\"/.well-known/document-keys.json\"",
            "name=\"password\" type=\"password\"",
            "href=\"/profile/activity#looks\"",
            "<a href=\"/profile/delete\">",
        ],
    );
    assert!(!page.body.contains(FILE));
    browser.get("/profile/activity").await.assert_shows(200, &["id=\"looks\""]);
    browser.get("/profile/delete").await.assert_shows(200, &["href=\"/profile/export\">Take a copy"]);
}

#[tokio::test]
async fn the_password_gives_a_download_whose_secret_stands_in_a_form_and_in_no_address() {
    let (stage, made) = ready(1);
    let mut browser = Browser::logged_in(stage);
    let answer = browser.submit(PAGE, &[("password", PASSWORD)]).await;
    answer.assert_shows(
        200,
        &[
            "<h1>Your file is ready</h1>",
            "<form method=\"post\" action=\"/profile/export/file\">",
            &format!("<input type=\"hidden\" name=\"ticket\" value=\"{TICKET}\">"),
            "datetime=\"2025-06-15T16:06:40Z\">15 June 2025 at 16:06 UTC<",
        ],
    );
    assert!(made[0].happened());
    assert_eq!(answer.body.matches(TICKET).count(), 1);
    assert_eq!((answer.header("cache-control"), answer.header("location")), ("no-store", ""));
    assert!(answer.set_cookies().iter().all(|cookie| !cookie.contains(TICKET)));
    assert!(!answer.body.contains("action=\"/language\""), "switching the language would lose the ticket");
    assert!(!browser.get(PAGE).await.body.contains(TICKET), "it is shown once");
}

#[tokio::test]
async fn the_file_is_what_is_held_signed_and_kept_by_no_cache() {
    let (mut stage, _) = ready(0);
    let mut work = stage.work();
    let events = work.keep_events();
    people::takes_all(&mut work);
    let taken = work.committed();
    stage.begins([work]);
    let answer = fetch(&mut Browser::logged_in(stage), TICKET).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"xtrem-export.json\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    for part in
        ["{\"data\":{\"actions\":[", "ann.lee@example.com", "\"signature\":\"xtrem-personal-data-export.."]
    {
        assert!(answer.body.contains(part), "{part} is missing in {}", answer.body);
    }
    assert!(taken.happened());
    assert_eq!(events.kinds(), [EventKind::PersonalDataExported]);
}

#[tokio::test]
async fn a_ticket_that_does_not_work_leads_to_another_one() {
    for (locale, text) in [(Locale::En, CLOSED), (Locale::Fr, "Ce téléchargement ne fonctionne pas")] {
        let mut profile = ann();
        profile.user.preferences.locale = locale;
        for ticket in ["", "guessed"] {
            let answer = fetch(&mut Browser::logged_in(with(profile.clone())), ticket).await;
            let form = "<form method=\"post\" action=\"/profile/export\"";
            answer.assert_shows(404, &[text, "role=\"alert\"", form]);
            assert!(!answer.headers.contains_key("content-disposition"));
        }
    }
}

#[tokio::test]
async fn a_ticket_that_was_used_or_is_too_old_does_not_work() {
    for age in [None, Some(0)] {
        let mut stage = with(ann());
        let mut work = stage.work();
        work.export_tickets.expect_take().times(1).returning(move |user_id, digest| {
            let expires_at = samples::NOW;
            let ticket = application::store::ExportTicket { user_id, digest: *digest, expires_at };
            Ok(age.map(|_| ticket))
        });
        people::takes_all(&mut work);
        let taken = work.committed();
        stage.begins([work]);
        fetch(&mut Browser::logged_in(stage), TICKET).await.assert_shows(404, &[CLOSED]);
        assert!(!taken.happened());
    }
}

#[tokio::test]
async fn a_ticket_opens_nothing_for_somebody_else() {
    let mut other = ann();
    other.user.id = user_id(2);
    let mut stage = people::empty();
    stage.sessions.expect_find().returning(|_| {
        let mut live = samples::live_session(1, domain::sessions::Channel::Web, domain::access::Role::User);
        live.session.user_id = user_id(2);
        Ok(Some(live))
    });
    stage.users.expect_own_profile().returning(move |_| Ok(Some(other.clone())));
    let answer = fetch(&mut Browser::logged_in(stage), TICKET).await;
    answer.assert_shows(404, &[CLOSED]);
}

#[tokio::test]
async fn a_file_that_can_not_be_gathered_is_not_half_given() {
    let mut stage = people::member(ann());
    stage.events.expect_page().returning(|_, _, _, _| Err(StoreError::Unavailable("db7".to_owned())));
    let answer = fetch(&mut Browser::logged_in(stage), TICKET).await;
    answer.assert_shows(503, &["Back in a moment"]);
    assert!(!answer.headers.contains_key("content-disposition") && !answer.body.contains("ann.lee@example"));
}

#[tokio::test]
async fn nothing_is_handed_out_by_looking() {
    let mut browser = Browser::logged_in(with(ann()));
    for method in [poem::http::Method::GET, poem::http::Method::HEAD] {
        let path = format!("{FILE}?ticket={TICKET}");
        let answer = browser.other(method, &path).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
    }
}
