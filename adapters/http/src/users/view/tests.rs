use super::*;
use crate::testing::written_alike;
use application::testing::samples;
use domain::vault::Field;
use poem_openapi::types::ToJSON;
use serde_json::json;

#[test]
fn what_can_not_be_read_is_named_and_otherwise_nothing_is_said_of_it() {
    let view = |unreadable: &[Field]| {
        let mut profile = samples::profile(1, "annlee", domain::access::Role::User).unwrap();
        profile.personal.unreadable = unreadable.to_vec();
        let masked = UserRecord { user: profile.user.clone(), person: profile.personal.masked() };
        [UserView::from(profile), UserView::from(masked)].map(|view| view.to_json().unwrap())
    };
    for whole in view(&[]) {
        assert_eq!(whole.get("unreadable"), None);
    }
    for broken in view(&Field::ALL) {
        assert_eq!(broken["unreadable"], json!(["email", "full_name", "bio", "location", "website"]));
    }
}

#[test]
fn an_account_is_written_as_it_is_described_with_and_without_all_that_may_be_missing() {
    let bare = samples::profile(1, "annlee", domain::access::Role::User).unwrap();
    let later = samples::NOW.plus(std::time::Duration::from_micros(3_600_000_120));
    let mut full = bare.clone();
    full.user.role_end = Some(domain::users::RoleEnd { at: later, then: domain::access::Role::User });
    full.user.preferences.avatar_url = AvatarUrl::parse("https://example.com/a.png").ok();
    full.user.last_login_at = Some(later);
    let reason = domain::users::Justification::parse("Sells \"pills\"\u{e9}").unwrap();
    full.user.suspension = Some(Suspension { reason, since: samples::NOW, until: None });
    full.personal.bio = domain::users::Bio::parse("Two\nlines, a \\ and a \u{1f980}.").ok();
    full.personal.unreadable = vec![Field::Website];
    let mut passing = full.clone();
    passing.user.suspension.as_mut().unwrap().until = Some(later);
    for profile in [bare, full, passing] {
        let masked = UserRecord { user: profile.user.clone(), person: profile.personal.masked() };
        written_alike(&UserView::from(profile));
        written_alike(&UserView::from(masked));
    }
}
