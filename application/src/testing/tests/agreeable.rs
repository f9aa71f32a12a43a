//! A house in which every port says yes, any number of times: for what is asked of all use cases alike.

use crate::hashing::Verdict;
use crate::store::{Instance, Saved};
use crate::testing::cast::{KEY, ann, anns, failures, stage};
use crate::testing::{Committed, Events, House, Stage, StagedWork, samples};
use crate::tokens::{Issued, PresentedRefresh};
use domain::access::Role;
use domain::audit::EventKind;
use domain::ids::InstanceId;
use domain::keys::{Algorithm, KeyState, SealedKey, SigningKey};
use domain::sessions::{Channel, Family, Generation, Token};
use std::sync::{Arc, Mutex};

/// What was put into the trail, by every unit of work that was begun.
#[derive(Clone, Default)]
pub(super) struct Trail(Arc<Mutex<Vec<(Events, Committed)>>>);

impl Trail {
    /// The kinds of all events that stand.
    pub(super) fn kinds(&self) -> Vec<EventKind> {
        let works = self.0.lock().unwrap();
        works
            .iter()
            .filter(|(_, committed)| committed.happened())
            .flat_map(|(events, _)| events.kinds())
            .collect()
    }
}

/// The generation of Ann's refresh token that still works.
const NEWEST: u8 = 3;

/// The house, and what it puts into its trail. An entered password is judged by `verdict`.
pub(super) fn house(verdict: Verdict) -> (House, Trail) {
    let mut stage = stage();
    let (trail, journal) = (Trail::default(), stage.journal.clone());
    let begun = trail.clone();
    stage.store.expect_begin().returning(move || {
        let mut work = StagedWork::new(&journal);
        agree(&mut work);
        begun.0.lock().unwrap().push((work.keep_events(), work.committed()));
        Ok(Box::new(work))
    });
    stage.hasher.expect_hash().returning(|_| Ok(samples::hash()));
    stage.hasher.expect_verify().returning(move |_, _| Ok(verdict));
    answer(&mut stage);
    issue(&mut stage);
    (stage.open(), trail)
}

fn agree(work: &mut StagedWork) {
    work.users.expect_find().returning(|_| Ok(Some(anns(Role::User))));
    work.users.expect_insert().returning(|_, _, _| Ok(Saved::Yes));
    work.users.expect_update().returning(|_, _| Ok(Saved::Yes));
    work.users.expect_set_password().returning(|_, _, _| Ok(()));
    work.users.expect_record_log_in().returning(|_, _| Ok(()));
    work.users.expect_delete().returning(|_| Ok(true));
    work.personal_data.expect_find().returning(|_| Ok(Some(ann(Role::User).personal)));
    work.personal_data.expect_put().returning(|_, _| Ok(()));
    work.personal_data.expect_remove().returning(|_| Ok(()));
    work.sessions.expect_find().returning(|_| Ok(Some(samples::live_session(1, Channel::Api, Role::User))));
    work.sessions.expect_insert().returning(|_| Ok(()));
    work.sessions.expect_record_use().returning(|_, _| Ok(()));
    work.sessions.expect_replace_cookie().returning(|_, _| Ok(()));
    work.sessions.expect_end().returning(|_| Ok(true));
    work.sessions.expect_end_all_of().returning(|_, _| Ok(1));
    work.sessions.expect_sweep().returning(|_, _, _, _| Ok(1));
    work.refresh_tokens.expect_find().returning(|_| Ok(Some(family())));
    work.refresh_tokens.expect_insert().returning(|_| Ok(()));
    work.refresh_tokens.expect_rotate().returning(|_, _| Ok(()));
    work.attempts.expect_find().returning(|_| Ok(None));
    work.attempts.expect_put().returning(|_, _, _| Ok(()));
    work.attempts.expect_clear_of().returning(|_| Ok(true));
    work.attempts.expect_sweep().returning(|_, _| Ok(1));
    work.signing_keys.expect_all().returning(|| Ok(Vec::new()));
    work.signing_keys.expect_insert().returning(|_| Ok(true));
    work.instance.expect_establish().returning(|fresh| Ok(fresh.clone()));
    work.instance.expect_lock_administrators().returning(|| Ok(()));
    work.instance.expect_settle_administration().returning(|_| Ok(true));
}

fn answer(stage: &mut Stage) {
    stage.users.expect_account().returning(|_| Ok(Some(anns(Role::User))));
    stage.users.expect_account_of().returning(|_| Ok(Some(anns(Role::User))));
    stage.users.expect_profile().returning(|_| Ok(Some(ann(Role::User))));
    stage.attempts.expect_find().returning(|_| Ok(Some(failures(1))));
    stage.instance.expect_find().returning(|| {
        let id = InstanceId::new(samples::NOW, &[3; 10]);
        let key_check = samples::digest(1);
        Ok(Some(Instance { id, key_check, created_at: samples::NOW, administered_at: None }))
    });
}

fn issue(stage: &mut Stage) {
    let issued = |text: &str| Issued { token: Token::new(text.to_owned()), digest: samples::digest(4) };
    stage.access_tokens.expect_generate().returning(|_| Ok(signing_key()));
    stage.access_tokens.expect_install().returning(|_| Ok(()));
    stage.access_tokens.expect_sign().returning(|_| Ok(Token::new("access".to_owned())));
    stage.opaque_tokens.expect_attempt_key().return_const(KEY);
    stage.opaque_tokens.expect_cookie().returning(move |_| issued("cookie"));
    stage.opaque_tokens.expect_device_mark().returning(|_, _| Token::new("mark".to_owned()));
    stage.opaque_tokens.expect_setup_link().returning(|| Token::new("secret".to_owned()));
    stage.opaque_tokens.expect_is_setup_link().return_const(true);
    stage.opaque_tokens.expect_refresh().returning(move |_, _| issued("refresh"));
    stage.opaque_tokens.expect_read_refresh().returning(|text| {
        let number: u8 = text.parse().ok()?;
        let generation = Generation::from_number(number.into());
        let digest = samples::digest(number);
        Some(PresentedRefresh { session_id: samples::session_id(1), generation, digest })
    });
}

fn family() -> Family {
    Family {
        session_id: samples::session_id(1),
        generation: Generation::from_number(NEWEST.into()),
        digest: samples::digest(NEWEST),
        issued_at: samples::NOW,
    }
}

fn signing_key() -> SigningKey {
    SigningKey {
        kid: "fresh".to_owned(),
        algorithm: Algorithm::EdDsa,
        public_key: vec![1; 32],
        sealed_private_key: SealedKey(vec![2; 60]),
        state: KeyState::Current,
        created_at: samples::NOW,
    }
}
