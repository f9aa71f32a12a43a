use super::*;
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
