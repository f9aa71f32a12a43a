//! What is sent beyond all measure.

use crate::testing::{Answer, BEARER, agreeable_to, client, operations};
use application::hashing::MockPasswordHasher;
use domain::access::Role;
use domain::users::Password;
use poem::Body;

/// The good body of an operation with that password in place of its own.
fn with_password(good: &str, password: &str) -> Option<String> {
    ["vexing-zebra-lantern", "quiet-harbour-tramway"]
        .iter()
        .any(|own| good.contains(own))
        .then(|| good.replace("vexing-zebra-lantern", password).replace("quiet-harbour-tramway", password))
}

/// M5: nothing is expected of the hasher.
#[tokio::test]
async fn a_password_beyond_all_measure_is_refused_before_it_is_hashed() {
    let mut stage = agreeable_to(Role::Admin);
    stage.hasher = MockPasswordHasher::new();
    let client = client(&stage.open());
    let mut checked = Vec::new();
    for operation in operations() {
        let good = match operation.name() {
            "signUp" => r#"{"username":"a.b","email":"a@example.com","password":"vexing-zebra-lantern"}"#,
            "token" => "grant_type=password&username=annlee&password=vexing-zebra-lantern",
            _ => operation.good_body(),
        };
        for length in [Password::MAXIMUM + 1, 30_000, 1024 * 1024] {
            let Some(body) = with_password(good, &"x".repeat(length)) else { continue };
            let request = client.request(operation.method.clone(), operation.good_address());
            let request = request.header("authorization", BEARER).content_type(operation.media_type());
            let answer = Answer::of(request.body(Body::from(body)).send().await).await;
            let expected: &[u16] = if length > 64 * 1024 { &[413] } else { &[400, 401, 403] };
            assert!(expected.contains(&answer.status), "{} {length}: {}", operation.name(), answer.text);
            assert!(!answer.text.contains("xxx"));
            checked.push(operation.name().to_owned());
        }
    }
    checked.dedup();
    checked.sort();
    let expected =
        ["changePassword", "closeAccount", "logIn", "prepareExport", "setPassword", "signUp", "token"];
    assert_eq!(checked, expected);
}

/// M5.
#[tokio::test]
async fn a_scope_of_a_hundred_thousand_words_is_refused() {
    let client = client(&agreeable_to(Role::Admin).open());
    for (words, status) in [(6_000, 400), (100_000, 413)] {
        let form = format!(
            "grant_type=password&username=annlee&password=vexing-zebra-lantern&scope={}",
            "no:scope+".repeat(words)
        );
        let request = client.post("/oauth2/token").content_type("application/x-www-form-urlencoded");
        let answer = Answer::of(request.body(form).send().await).await;
        assert_eq!(answer.status, status, "{words}: {}", answer.text);
    }
}
