//! The installation at a glance.

use super::super::browser::Browser;
use super::super::people::event;
use super::cast::{by_bob, counted, full, page, stage};
use application::testing::Stage;
use domain::access::Role;
use domain::audit::EventKind;
use domain::users::Locale;

fn overview(role: Role) -> Stage {
    let mut stage = stage(role);
    counted(&mut stage);
    stage.users.expect_page().returning(|_, _| Ok(vec![super::cast::bob()]));
    stage.events.expect_page().returning(|filter, _, _, _| {
        Ok(match filter.kind {
            Some(EventKind::PasswordCheckFailed) => vec![by_bob(3, EventKind::PasswordCheckFailed)],
            Some(EventKind::UserSuspended) => vec![event(4, EventKind::UserSuspended, &[("reason", "Spam")])],
            _ => Vec::new(),
        })
    });
    stage
}

#[tokio::test]
async fn accounts_are_counted_by_role_and_status_and_each_figure_leads_to_them() {
    let page = Browser::logged_in(overview(Role::Admin)).get("/admin").await;
    page.assert_shows(
        200,
        &[
            "<a href=\"/admin/users?role=user&#38;status=active\">5</a>",
            "<a href=\"/admin/users?role=user&#38;status=suspended\">2</a>",
            "<a href=\"/admin/users?role=user\">7</a>",
            "<a href=\"/admin/users?role=moderator&#38;status=active\">0</a>",
            "<a href=\"/admin/users?status=active\">6</a>",
            "<a href=\"/admin/users\">8</a>",
        ],
    );
}

#[tokio::test]
async fn thirty_days_are_drawn_and_told_in_words_and_in_a_table() {
    let page = Browser::logged_in(overview(Role::Admin)).get("/admin").await;
    assert_eq!(page.body.matches("<svg viewBox").count(), 3);
    assert_eq!(page.body.matches("role=\"img\" aria-labelledby=\"chart-").count(), 3);
    assert_eq!(page.body.matches("<rect class=\"bar\"").count(), 90);
    page.assert_shows(
        200,
        &[
            // Four of four reach the top, and so do ten of ten; three of four do not.
            "x=\"270\" y=\"20\" width=\"8\" height=\"96\" rx=\"1\"><title>13 June 2025: 4</title>",
            "x=\"270\" y=\"20\" width=\"8\" height=\"96\" rx=\"1\"><title>13 June 2025: 10</title>",
            "x=\"290\" y=\"44\" width=\"8\" height=\"72\" rx=\"1\"><title>15 June 2025: 3</title>",
            "<desc id=\"chart-failures-summary\">10 in all. Most on one day: 10 (13 June 2025).</desc>",
            "<figcaption>New accounts <strong>4</strong></figcaption>",
            "<th scope=\"row\">13 June 2025</th><td class=\"count\">4</td><td class=\"count\">0</td><td class=\"count\">10</td>",
            "<text class=\"figure\" x=\"0\" y=\"131\">17 May 2025</text>",
        ],
    );
}

#[tokio::test]
async fn the_latest_accounts_and_security_events_are_named_and_linked() {
    let overview = Browser::logged_in(overview(Role::Moderator)).get("/admin").await;
    let bob = page();
    overview.assert_shows(
        200,
        &[
            &format!("<a href=\"{bob}\"><bdi>bob.ray</bdi></a>"),
            "b\u{2022}\u{2022}\u{2022}@e\u{2022}\u{2022}\u{2022}",
            "Wrong password entered",
            &format!("by <a href=\"{bob}\"><bdi>bob.ray</bdi></a>"),
            "Account suspended",
            "Reason: Spam",
            "an account that is gone",
        ],
    );
    assert!(!overview.body.contains("bob.ray@example.com"));
    let (suspended, failed) = overview.body.split_once("Wrong password entered").unwrap();
    assert!(
        suspended.contains("Account suspended") && !failed.contains("Account suspended"),
        "the latest first"
    );
}

#[tokio::test]
async fn the_service_says_whether_its_data_can_be_reached() {
    let page = Browser::logged_in(overview(Role::Admin)).get("/admin").await;
    page.assert_shows(200, &[">Ready</span>", concat!("Xtrem ", env!("CARGO_PKG_VERSION"))]);
    let mut broken = overview(Role::Admin);
    broken.falls_ill();
    let page = Browser::logged_in(broken).get("/admin").await;
    page.assert_shows(200, &["Its data can’t be reached"]);
    assert!(!page.body.contains("gone</"));
}

#[tokio::test]
async fn nothing_to_see_is_said_in_words() {
    let mut stage = stage(Role::Admin);
    stage.users.expect_page().returning(|_, _| Ok(Vec::new()));
    stage.events.expect_page().returning(|_, _, _, _| Ok(Vec::new()));
    stage.statistics.expect_users().returning(|| Ok(Vec::new()));
    stage.statistics.expect_latest_hour().returning(|| Ok(None));
    stage.statistics.expect_hours().returning(|_| Ok(Vec::new()));
    stage.statistics.expect_count().returning(|_, _, _| Ok(0));
    stage.keeps_well();
    let page = Browser::logged_in(stage).get("/admin").await;
    page.assert_shows(200, &["There is no account yet.", "Nothing to show.", "Nothing on these days."]);
}

#[tokio::test]
async fn the_overview_speaks_french() {
    let page = Browser::logged_in(full(Role::Admin, Locale::Fr)).get("/admin").await;
    page.assert_shows(
        200,
        &["Vue d’ensemble", "Nouveaux comptes", "13 juin 2025\u{a0}: 4", "Les 30 derniers jours"],
    );
    assert!(!page.body.contains("Sign-ups") && !page.body.contains("Latest"));
}
