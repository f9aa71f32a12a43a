//! Where somebody is logged in, and how they log out there.

use super::browser::Browser;
use super::people::{self, COOKIE, ann, device, member, with};
use application::testing::{Stage, samples};
use domain::access::{Reason, Role};
use domain::ids::UserId;
use domain::sessions::{BegunSession, Channel};
use domain::users::Locale;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const END: &str = "action=\"/profile/sessions/end\"";
const END_OTHERS: &str = "action=\"/profile/sessions/end-others\"";

/// Ann is logged in on this device and on some others.
fn besides(others: impl IntoIterator<Item = BegunSession>) -> Stage {
    let mut stage = member(ann());
    stage.users.expect_notices().returning(|_, _| Ok(Vec::new()));
    let devices: Vec<BegunSession> = others.into_iter().chain([device(1, None)]).collect();
    stage.sessions.expect_of().returning(move |_, _, _| Ok(devices.clone()));
    stage
}

fn id(number: u8) -> String {
    samples::session_id(number).to_string()
}

#[tokio::test]
async fn who_is_logged_in_on_one_device_is_told_so_and_has_nothing_to_end() {
    let page = Browser::logged_in(with(ann())).get("/profile/security").await;
    page.assert_shows(
        200,
        &["on this device and nowhere else", "this device</span>", "A device without a name"],
    );
    assert!(!page.body.contains(END) && !page.body.contains(END_OTHERS));
}

#[tokio::test]
async fn every_device_has_a_name_that_people_can_read_its_address_and_its_times() {
    let mut phone = device(3, Some("Ann's phone"));
    phone.session.channel = Channel::Api;
    let page = Browser::logged_in(besides([device(2, Some(FIREFOX)), phone])).get("/profile/security").await;
    page.assert_shows(
        200,
        &[
            &format!("title=\"{FIREFOX}\">Firefox on Linux</strong>"),
            "Ann&#39;s phone</strong>",
            "Browser, with the password",
            "Application, with the password",
            "203.0.113.7",
            "<time datetime=\"2025-06-15T15:06:40Z\">15 June 2025 at 15:06 UTC</time>",
            &format!("name=\"session\" value=\"{}\"", id(2)),
            END_OTHERS,
        ],
    );
    assert_eq!(page.body.matches(END).count(), 2, "the device in use is not ended here");
    assert_eq!(page.body.matches("this device</span>").count(), 1);
}

#[tokio::test]
async fn devices_and_times_are_named_in_the_language_of_the_page() {
    let mut profile = ann();
    profile.user.preferences.locale = Locale::Fr;
    let mut stage = member(profile);
    stage.users.expect_notices().returning(|_, _| Ok(Vec::new()));
    stage.sessions.expect_of().returning(|_, _, _| Ok(vec![device(2, Some(FIREFOX))]));
    let page = Browser::logged_in(stage).get("/profile/security").await;
    page.assert_shows(
        200,
        &["Firefox sur Linux", "15 juin 2025 à 15:06 UTC", "Navigateur, avec le mot de passe"],
    );
}

#[tokio::test]
async fn many_devices_come_in_pages() {
    let mut stage = member(ann());
    stage.users.expect_notices().returning(|_, _| Ok(Vec::new()));
    stage.sessions.expect_of().returning(|_, after, limit| {
        let first = if after.is_some() { 21 } else { 1 };
        let last = if after.is_some() { 22 } else { u8::try_from(limit).unwrap() };
        assert!(after.is_none_or(|after| after == samples::session_id(20)));
        Ok((first..=last).map(|number| device(number, None)).collect())
    });
    let mut browser = Browser::logged_in(stage);
    let older = format!("/profile/security?cursor={}", id(20));
    let first = browser.get("/profile/security").await;
    first.assert_shows(200, &[&format!("href=\"{older}#devices\"")]);
    assert!(!first.body.contains(&id(21)) && !first.body.contains("Back to the latest"));
    let second = browser.get(&older).await;
    second.assert_shows(200, &[&id(21), &id(22), "Back to the latest", END_OTHERS]);
    assert!(!second.body.contains("#devices\">Older<"));
    browser.get("/profile/security?cursor=x").await.assert_shows(400, &[]);
}

#[tokio::test]
async fn one_device_is_logged_out_from_another() {
    let mut stage = besides([device(2, Some(FIREFOX))]);
    let mut work = stage.work();
    work.keep_events();
    work.sessions.expect_find().returning(|_| {
        let live = samples::live_session(1, Channel::Web, Role::User);
        Ok(Some(application::store::LiveSession { session: device(2, None).session, ..live }))
    });
    work.sessions.expect_end().withf(|id| *id == samples::session_id(2)).times(1).returning(|_| Ok(true));
    let ended = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let answer = browser.submit("/profile/sessions/end", &[("session", &id(2))]).await;
    answer.assert_redirect("/profile/security");
    assert!(ended.happened());
    assert_eq!(browser.cookies["session"], COOKIE);
    browser.get("/profile/security").await.assert_shows(200, &["That session is ended."]);
}

#[tokio::test]
async fn ending_the_session_in_use_is_logging_out() {
    let mut stage = with(ann());
    let work = people::work(&stage);
    let ended = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    browser.submit("/profile/sessions/end", &[("session", &id(1))]).await.assert_redirect("/");
    assert!(ended.happened());
    assert!(!browser.cookies.contains_key("session"));
}

/// E1.
#[tokio::test]
async fn the_session_of_somebody_else_is_told_like_one_that_is_not_there() {
    let end = async |owner: Option<UserId>| {
        let mut stage = with(ann());
        let mut work = stage.work();
        work.sessions.expect_find().returning(move |_| {
            let mut live = samples::live_session(2, Channel::Web, Role::User);
            Ok(owner.map(|owner| {
                live.session.user_id = owner;
                live.clone()
            }))
        });
        let ended = work.committed();
        stage.begins([work]);
        let answer = Browser::logged_in(stage).submit("/profile/sessions/end", &[("session", &id(2))]).await;
        answer.assert_shows(404, &["There is no such session."]);
        assert!(!ended.happened());
        answer
    };
    let (theirs, nobodys) = (end(Some(samples::user_id(2))).await, end(None).await);
    let plain = |answer: &super::browser::Answer| answer.body.replace(&answer.token(), "");
    assert_eq!(plain(&theirs), plain(&nobodys));
    assert_eq!(theirs.refused.map(|refused| refused.reason), Some(Reason::NotTheOwner));
    assert_eq!(nobodys.refused, None);
    let garbage = Browser::logged_in(with(ann())).submit("/profile/sessions/end", &[("session", "x")]).await;
    garbage.assert_shows(400, &[]);
}

#[tokio::test]
async fn all_other_devices_are_logged_out_at_once() {
    let mut stage = besides([device(2, None)]);
    let mut work = stage.work();
    work.keep_events();
    work.sessions
        .expect_end_all_of()
        .withf(|user, except| (*user, *except) == (samples::user_id(1), Some(samples::session_id(1))))
        .times(1)
        .returning(|_, _| Ok(3));
    let ended = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    browser.submit("/profile/sessions/end-others", &[]).await.assert_redirect("/profile/security");
    assert!(ended.happened());
    assert_eq!(browser.cookies["session"], COOKIE);
    browser.get("/profile").await.assert_shows(200, &["You are logged out everywhere else."]);
}
