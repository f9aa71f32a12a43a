//! Signing keys: seen, brought forward, revoked.

use super::super::browser::Browser;
use super::cast::{acts, chief, full, stage_with};
use application::testing::{Stage, StagedWork, samples};
use domain::access::Role;
use domain::audit::EventKind;
use domain::users::Locale;
use std::time::Duration;

/// A stage on which a key signs and another one is made.
fn keys(locale: Locale) -> Stage {
    let mut own = chief(Role::Admin);
    own.user.preferences.locale = locale;
    let mut stage = stage_with(own, super::cast::bob());
    stage.signing_keys.expect_all().returning(|| Ok(vec![samples::signing_key(1, samples::NOW)]));
    stage.access_tokens.expect_generate().returning(|_, _, from| Ok(samples::signing_key(2, from)));
    stage.access_tokens.expect_install().returning(|_| Ok(()));
    stage
}

fn work(stage: &Stage) -> StagedWork {
    let mut work = stage.work();
    acts(&mut work);
    work.signing_keys.expect_lock().returning(|| Ok(()));
    work.signing_keys.expect_all().returning(|| Ok(vec![samples::signing_key(1, samples::NOW)]));
    work.signing_keys.expect_insert().withf(|key| key.kid == "key-2").times(1).returning(|_| Ok(()));
    work
}

#[tokio::test]
async fn every_key_is_told_with_its_state_and_its_times_and_never_with_its_secret() {
    let mut stage = super::cast::stage(Role::Admin);
    let (before, after) =
        (samples::NOW.minus(Duration::from_hours(1)), samples::NOW.plus(Duration::from_hours(1)));
    stage.signing_keys.expect_all().returning(move || {
        Ok(vec![
            samples::signing_key(1, before),
            samples::signing_key(2, samples::NOW),
            samples::signing_key(3, after),
        ])
    });
    let page = Browser::logged_in(stage).get("/admin/keys").await;
    page.assert_shows(
        200,
        &[
            "key-1</strong> <span class=\"badge faint\">retired</span>",
            "key-2</strong> <span class=\"badge\">current</span>",
            "key-3</strong> <span class=\"badge faint\">next</span>",
            "EdDSA",
            "Signs from <time datetime=\"2025-06-15T16:06:40Z\">",
        ],
    );
}

#[tokio::test]
async fn the_next_key_is_brought_forward() {
    let mut stage = keys(Locale::En);
    let mut work = work(&stage);
    let events = work.keep_events();
    let done = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    browser.submit("/admin/keys/rotate", &[]).await.assert_redirect("/admin/keys");
    assert!(done.happened());
    assert_eq!(events.kinds(), [EventKind::SigningKeyCreated]);
    browser.get("/admin/keys").await.assert_shows(200, &["The next key is on its way."]);
}

#[tokio::test]
async fn keys_are_revoked_once_the_word_is_typed_in_the_readers_language() {
    for (locale, word, other) in [(Locale::En, " Revoke ", "révoquer"), (Locale::Fr, "RÉVOQUER", "revoke")]
    {
        let mut stage = keys(locale);
        let mut work = work(&stage);
        let events = work.keep_events();
        work.signing_keys.expect_remove().withf(|kid| kid == "key-1").times(1).returning(|_| Ok(true));
        let done = work.committed();
        stage.begins([work]);
        let mut browser = Browser::logged_in(stage);
        for typed in ["", "key-1", other] {
            let answer = browser.submit("/admin/keys/revoke", &[("confirmation", typed)]).await;
            answer.assert_shows(400, &["id=\"confirmation-error\""]);
        }
        assert!(!done.happened());
        browser.submit("/admin/keys/revoke", &[("confirmation", word)]).await.assert_redirect("/admin/keys");
        assert!(done.happened());
        assert_eq!(events.kinds(), [EventKind::SigningKeyRevoked, EventKind::SigningKeyCreated]);
    }
}

#[tokio::test]
async fn the_keys_speak_french() {
    let mut browser = Browser::logged_in(full(Role::Admin, Locale::Fr));
    browser.get("/admin/keys").await.assert_shows(200, &["Clés de signature", "actuelle", "suivante"]);
    browser.get("/admin/keys/revoke").await.assert_shows(200, &["Tapez « révoquer »."]);
}
