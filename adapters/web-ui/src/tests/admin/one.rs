//! One account: masked, and open once somebody has said why.

use super::super::browser::Browser;
use super::super::people::{HOSTILE, event};
use super::super::unreadable::hidden;
use super::cast::{
    bob, by_bob, chief, counted, full, holds, hostile_bob, page, quiet, stage, stage_with, sub,
};
use application::testing::samples;
use domain::access::Role;
use domain::audit::EventKind;
use domain::users::{Locale, RoleEnd};
use domain::vault::Field;
use std::time::Duration;

const ESCAPED: &str = "&#34;&#62;&#60;svg onload=alert(1)&#62;{{7*7}}";

#[tokio::test]
async fn the_person_behind_an_account_is_masked() {
    for role in [Role::Moderator, Role::Admin] {
        let mut stage = stage(role);
        quiet(&mut stage);
        let user = Browser::logged_in(stage).get(&page()).await;
        user.assert_shows(
            200,
            &[
                "<h1><bdi>bob.ray</bdi></h1>",
                "b\u{2022}\u{2022}\u{2022}@e\u{2022}\u{2022}\u{2022}",
                "is masked",
            ],
        );
        for never in ["bob.ray@example.com", "Robert", "bob.example"] {
            assert!(!user.body.contains(never), "{never}");
        }
    }
}

#[tokio::test]
async fn personal_data_is_opened_with_a_reason_that_is_written_down_first() {
    let mut stage = stage(Role::Admin);
    quiet(&mut stage);
    let mut work = holds(&stage, &bob());
    let events = work.keep_events();
    let written = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let open = browser.submit(&page(), &[("reason", "She asked me to")]).await;
    open.assert_shows(
        200,
        &["bob.ray@example.com", "Robert Ray", "<a href=\"https://bob.example/\" rel=", "the person sees it"],
    );
    assert!(written.happened());
    assert_eq!(events.kinds(), [EventKind::PersonalDataOpened]);
    let again = browser.get(&page()).await;
    assert!(!again.body.contains("Robert"), "opening is for once");
}

#[tokio::test]
async fn what_can_not_be_read_is_told_as_such_masked_or_not() {
    let hidden_bob = || hidden(bob(), &[Field::Email, Field::FullName, Field::Bio, Field::Website]);
    let mut stage = stage_with(chief(Role::Admin), hidden_bob());
    quiet(&mut stage);
    stage.users.expect_page().returning(move |_, _| Ok(vec![hidden_bob()]));
    counted(&mut stage);
    let mut work = holds(&stage, &hidden_bob());
    work.keep_events();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let masked = browser.get(&page()).await;
    let open = browser.submit(&page(), &[("reason", "She asked me to")]).await;
    let (list, overview) = (browser.get("/admin/users").await, browser.get("/admin").await);
    for (answer, times) in [(masked, 4), (open, 4), (list, 1), (overview, 1)] {
        let text = "<span class=\"muted\">can’t be read at the moment</span>";
        assert_eq!(answer.body.matches(text).count(), times, "{}", answer.body);
        assert!(!answer.body.contains("@v") && !answer.body.contains("<a href=\"can"), "{}", answer.body);
    }
}

#[tokio::test]
async fn without_a_reason_nothing_is_opened() {
    let mut stage = stage(Role::Admin);
    quiet(&mut stage);
    let mut browser = Browser::logged_in(stage);
    for reason in ["", "  "] {
        let answer = browser.submit(&page(), &[("reason", reason)]).await;
        answer.assert_shows(400, &["id=\"reason-error\"", "This is needed."]);
        assert!(!answer.body.contains("Robert"));
    }
}

#[tokio::test]
async fn ones_own_account_is_open_and_asks_for_no_reason() {
    let mut stage = stage(Role::Admin);
    quiet(&mut stage);
    let own = format!("/admin/users/{}", samples::user_id(1));
    let user = Browser::logged_in(stage).get(&own).await;
    user.assert_shows(200, &["root.chief@example.com", "your own account", "href=\"/profile/delete\""]);
    assert!(!user.body.contains("name=\"reason\"") && !user.body.contains("is masked"));
}

#[tokio::test]
async fn what_ends_by_itself_is_told_with_its_end() {
    let mut other = bob();
    other.user.role = Role::Moderator;
    let at = samples::NOW.plus(Duration::from_hours(24));
    other.user.role_end = Some(RoleEnd { at, then: Role::User });
    let mut stage = stage_with(chief(Role::Admin), other);
    quiet(&mut stage);
    let user = Browser::logged_in(stage).get(&page()).await;
    user.assert_shows(200, &["Until 16 June 2025 at 15:06 UTC, then User again."]);
}

#[tokio::test]
async fn a_suspension_is_told_with_its_reason_and_can_be_lifted() {
    let mut stage = stage_with(chief(Role::Admin), hostile_bob());
    quiet(&mut stage);
    let user = Browser::logged_in(stage).get(&page()).await;
    let reinstate = format!("action=\"{}\"", sub("reinstate"));
    user.assert_shows(200, &["This account is suspended", &format!("Reason: {ESCAPED}"), &reinstate]);
    let mut stage = super::cast::stage(Role::Admin);
    quiet(&mut stage);
    assert!(!Browser::logged_in(stage).get(&page()).await.body.contains(&reinstate));
}

#[tokio::test]
async fn roles_so_far_are_told_with_who_changed_them() {
    let mut stage = stage(Role::Moderator);
    let change = [("from", "user"), ("to", "admin"), ("reason", HOSTILE)];
    let mut changed = event(1, EventKind::RoleChanged, &change);
    changed.actor = domain::audit::ActorRef::User(samples::user_id(1));
    changed.subject = Some(samples::user_id(2));
    stage.events.expect_page().returning(move |filter, _, _, _| {
        assert_eq!(filter.subject, Some(samples::user_id(2)));
        Ok(match filter.kind {
            Some(_) => vec![changed.clone()],
            None => vec![by_bob(2, EventKind::LoggedIn)],
        })
    });
    let user = Browser::logged_in(stage).get(&page()).await;
    user.assert_shows(
        200,
        &["From User to Administrator", &format!("Reason: {ESCAPED}"), "<bdi>root.chief</bdi>", "Logged in"],
    );
}

#[tokio::test]
async fn the_activity_comes_in_pages_and_by_kind() {
    let mut stage = stage(Role::Moderator);
    stage.events.expect_page().returning(|filter, _, after, limit| {
        assert_eq!(filter.kind, Some(EventKind::LoggedIn));
        let rest = if after.is_some() { 1 } else { u8::try_from(limit).unwrap() };
        Ok((0..rest).map(|number| by_bob(number, EventKind::LoggedIn)).collect())
    });
    let mut browser = Browser::logged_in(stage);
    let first = browser.get(&sub("activity?kind=logged_in")).await;
    let (_, rest) = first.body.split_once("rel=\"next\" href=\"").unwrap();
    let next = rest.split('"').next().unwrap().replace("&#38;", "&");
    assert!(next.starts_with(&sub("activity?kind=logged%5Fin&cursor=")), "{next}");
    let second = browser.get(&next).await;
    second.assert_shows(200, &["Back to the latest", "<option value=\"logged_in\" selected>"]);
    assert!(!second.body.contains("rel=\"next\""));
    for broken in ["cursor=x", "kind=none"] {
        browser.get(&sub(&format!("activity?{broken}"))).await.assert_shows(400, &[]);
    }
}

#[tokio::test]
async fn whatever_others_wrote_is_text() {
    let mut browser = Browser::logged_in(full(Role::Admin, Locale::En));
    let user = browser.get(&page()).await;
    assert!(!user.body.contains("<svg"));
    assert!(user.body.matches(ESCAPED).count() > 20);
}

#[tokio::test]
async fn the_page_speaks_french() {
    let mut browser = Browser::logged_in(full(Role::Admin, Locale::Fr));
    browser
        .get(&page())
        .await
        .assert_shows(200, &["Tous les utilisateurs", "Terminer toutes les sessions", "est masqué"]);
}
