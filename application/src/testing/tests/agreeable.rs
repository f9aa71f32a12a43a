//! A house in which every port says yes, any number of times: for what is asked of all use cases alike.

mod backups;

pub(super) use backups::{Backups, backups};

use crate::hashing::Verdict;
use crate::store::{
    Account, Erasure, ExportTicket, Instance, LiveSession, MockStore, PasswordLink, Proven, Saved,
    StoreError, UnitOfWork, Unsealed, Wrapped,
};
use crate::testing::cast::{KEY, ann, client, failures, stage};
use crate::testing::{Committed, Events, House, Journal, Stage, StagedWork, exchange_in, samples};
use crate::tokens::{Issued, PresentedExportTicket, PresentedPasswordLink, PresentedRefresh, TokenFlaw};
use domain::access::Role;
use domain::audit::{ActorRef, Entry, EventKind, Link, Record, Sequence};
use domain::ids::{EventId, InstanceId, UserId};
use domain::keys::SigningKey;
use domain::sessions::{BegunSession, Channel, Device, Family, Generation, Token};
use std::sync::{Arc, Mutex};
use std::time::Duration;

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

/// The house, and what it puts into its trail. Everybody's account is this one, an entered password is judged by
/// `verdict`, and the next signing key is due or waits already.
pub(super) fn house(account: &Account, verdict: Verdict, waits: bool) -> (House, Trail) {
    let (stage, trail) = agreeing(account, verdict, waits);
    (stage.open(), trail)
}

/// The same before it is opened.
fn agreeing(account: &Account, verdict: Verdict, waits: bool) -> (Stage, Trail) {
    let (mut stage, trail) = (stage(), Trail::default());
    stage.keeps_well();
    stage.store = store(account, waits, &trail);
    stage.hasher.expect_hash().returning(|_| Ok(samples::hash()));
    stage.hasher.expect_verify().returning(move |_, _| Ok(verdict));
    answer(&mut stage, account, waits);
    count(&mut stage);
    prove(&mut stage);
    issue(&mut stage);
    (stage, trail)
}

fn store(account: &Account, waits: bool, trail: &Trail) -> MockStore {
    let mut store = MockStore::new();
    let (begun, found, journal) = (trail.clone(), account.clone(), Journal::default());
    // The first who asks hears of Ann; after that everything is written down.
    let outdated = Arc::new(Mutex::new(vec![samples::user_id(1)]));
    let next = move || -> Result<Box<dyn UnitOfWork>, StoreError> {
        let mut work = StagedWork::new(&journal);
        agree(&mut work, &found, outdated.clone(), waits);
        begun.0.lock().unwrap().push((work.keep_events(), work.committed()));
        Ok(Box::new(work))
    };
    store.expect_begin().returning(next.clone());
    store.expect_begin_shared().returning(next.clone());
    store.expect_exchange().returning(move |exchange| exchange_in(next()?, &exchange));
    store
}

fn agree(work: &mut StagedWork, account: &Account, outdated: Arc<Mutex<Vec<UserId>>>, waits: bool) {
    let found = account.clone();
    work.users.expect_find().returning(move |_| Ok(Some(found.clone())));
    work.users.expect_insert().returning(|_, _, _| Ok(Saved::Yes));
    work.users.expect_update().returning(|_, _| Ok(Saved::Yes));
    work.users.expect_set_password().returning(|_, _, _| Ok(()));
    work.users.expect_record_log_in().returning(|_, _| Ok(()));
    work.users.expect_delete().returning(|_| Ok(true));
    work.users.expect_has_administrator_besides().returning(|_| Ok(true));
    work.users.expect_outdated().returning(move |_, _| Ok(std::mem::take(&mut *outdated.lock().unwrap())));
    work.personal_data.expect_find().returning(|_| Ok(Some(ann(Role::User).personal)));
    work.personal_data.expect_put().returning(|_, _| Ok(()));
    work.personal_data.expect_remove().returning(|_| Ok(()));
    work.password_links.expect_put().returning(|_| Ok(()));
    work.password_links.expect_take().returning(|_, _| Ok(true));
    work.password_links.expect_remove().returning(|_| Ok(true));
    work.password_links.expect_sweep().returning(|_, _| Ok(1));
    work.notices.expect_insert().returning(|_| Ok(()));
    work.notices.expect_dismiss().returning(|_, _| Ok(1));
    let live = live(account);
    work.sessions.expect_find().returning(move |id| {
        let anns = id == live.session.id;
        Ok(Some(if anns { live.clone() } else { samples::live_session(2, Channel::Api, Role::Admin) }))
    });
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
    work.signing_keys.expect_lock().returning(|| Ok(()));
    work.signing_keys.expect_all().returning(move || Ok(keys(waits)));
    work.signing_keys.expect_insert().returning(|_| Ok(()));
    work.signing_keys.expect_reschedule().returning(|_, _| Ok(()));
    work.signing_keys.expect_remove().returning(|_| Ok(true));
    work.instance.expect_replace_key_check().returning(|_| Ok(()));
    work.instance.expect_establish().returning(|fresh| Ok(fresh.clone()));
    work.instance.expect_lock_administrators().returning(|| Ok(()));
    work.instance.expect_settle_administration().returning(|_| Ok(true));
    work.statistics.expect_put().returning(|_| Ok(()));
    work.statistics.expect_sweep().returning(|_| Ok(0));
    keep(work);
}

fn keep(work: &mut StagedWork) {
    work.keyring.expect_lock().returning(|| Ok(()));
    work.keyring.expect_all().returning(|| Ok(samples::keyring()));
    work.keyring.expect_insert().returning(|_| Ok(()));
    work.keyring.expect_reseal().returning(|_| Ok(()));
    work.keyring.expect_remove_wrapping().returning(|_| Ok(()));
    work.keyring
        .expect_wrapped_otherwise()
        .returning(|_, _| Ok(vec![(samples::user_id(1), samples::wrapped(1))]));
    work.keyring.expect_rewrap().returning(|_, _| Ok(()));
    work.export_tickets.expect_put().returning(|_| Ok(()));
    work.export_tickets.expect_take().returning(|user_id, digest| {
        let expires_at = samples::NOW.plus(domain::sessions::Session::STRIDE);
        Ok(Some(ExportTicket { user_id, digest: *digest, expires_at }))
    });
    work.export_tickets.expect_sweep().returning(|_, _| Ok(1));
    work.erasures.expect_record().returning(|_| Ok(()));
    work.chain.expect_lock().returning(|| Ok(None));
    work.chain.expect_waiting().returning(|_| Ok(Vec::new()));
    work.chain.expect_join().returning(|_| Ok(()));
    work.chain.expect_prune().returning(|_, _| Ok(1));
}

fn answer(stage: &mut Stage, account: &Account, waits: bool) {
    let found = account.clone();
    stage.users.expect_account().returning(move |_| Ok(Some(found.clone())));
    let found = account.clone();
    stage.users.expect_account_of().returning(move |_| Ok(Some(found.clone())));
    stage.users.expect_profile().returning(|_| Ok(Some(ann(Role::User))));
    stage.users.expect_own_profile().returning(|_| Ok(Some(ann(Role::User))));
    stage.users.expect_page().returning(|_, _| Ok(vec![ann(Role::User)]));
    stage.users.expect_notices().returning(|_, _| Ok(Vec::new()));
    stage.users.expect_export_ticket().returning(|user_id| {
        let expires_at = samples::NOW.plus(domain::sessions::Session::STRIDE);
        Ok(Some(ExportTicket { user_id, digest: samples::digest(4), expires_at }))
    });
    stage.users.expect_password_link().returning(|user_id| {
        let expires_at = samples::NOW.plus(domain::sessions::Session::STRIDE);
        Ok(Some(PasswordLink { user_id, digest: samples::digest(6), expires_at }))
    });
    let live = live(account);
    let begun = BegunSession { session: live.session.clone(), device: Device::default() };
    stage.sessions.expect_of().returning(move |_, _, _| Ok(vec![begun.clone()]));
    let found = (live.clone(), family());
    stage.sessions.expect_find_with_family().returning(move |_| Ok(Some(found.clone())));
    stage.sessions.expect_find().returning(move |_| Ok(Some(live.clone())));
    stage.sessions.expect_family().returning(|_| Ok(Some(family())));
    stage.attempts.expect_find().returning(|_| Ok(Some(failures(1))));
    stage.instance.expect_find().returning(|| {
        let id = InstanceId::new(samples::NOW, &[3; 10]);
        let key_check = samples::digest(1);
        Ok(Some(Instance { id, key_check, created_at: samples::NOW, administered_at: None }))
    });
    stage.signing_keys.expect_all().returning(move || Ok(keys(waits)));
}

fn count(stage: &mut Stage) {
    stage.events.expect_page().returning(|_, _, _, _| Ok(Vec::new()));
    stage.events.expect_proven_page().returning(|_, _, _, _| Ok(Vec::new()));
    stage.statistics.expect_users().returning(|| Ok(Vec::new()));
    stage
        .statistics
        .expect_latest_hour()
        .returning(|| Ok(Some(samples::NOW.minus(samples::SCHEDULE.publication))));
    stage.statistics.expect_hours().returning(|_| Ok(Vec::new()));
    stage.statistics.expect_count().returning(|_, _, _| Ok(1));
}

/// The chain has one event, which is old enough to go; one person was erased and is there again.
fn prove(stage: &mut Stage) {
    stage.retention = Some(Duration::from_hours(24));
    stage.signs();
    stage.digests();
    let first = first();
    let end = (first.sequence, first.link);
    stage.chain.expect_end().returning(move || Ok(Some(end)));
    stage.chain.expect_anchor().returning(|| Ok(None));
    stage.chain.expect_entries().returning(move |after, _| {
        let entry = (after < first.sequence).then(|| first.clone());
        let proven = |entry| Proven { event: None, entry, address_salt: None, private_salt: None };
        Ok(entry.into_iter().map(proven).collect())
    });
    stage.chain.expect_is_waiting().returning(|| Ok(false));
    stage.keyring.expect_keyring().returning(|| Ok(samples::keyring()));
    stage.keyring.expect_wrapped().returning(|_| Ok(Wrapped { all: 1, otherwise: 0 }));
    stage.keeper.expect_establish().returning(|_| Ok(()));
    stage.keeper.expect_unsealed().returning(|| Ok(Unsealed::default()));
    stage.keeper.expect_seal_some().returning(|_| Ok(0));
    stage.keeper.expect_tidy().returning(|| Ok(0));
    stage.keeper.expect_unlisted().returning(|_| Ok(Vec::new()));
    stage.keeper.expect_listed().returning(|_| Ok(()));
    stage
        .keeper
        .expect_erased()
        .returning(|_, _| Ok(vec![Erasure { user_id: samples::user_id(1), at: samples::NOW }]));
    stage.keeper.expect_present().returning(|people| Ok(people.to_vec()));
    stage.sealing.expect_key_check().return_const(samples::digest(1));
    stage.sealing.expect_install().returning(|_| Ok(()));
    stage.sealing.expect_first_keyring().returning(|_, _| samples::keyring());
    stage.sealing.expect_entry().returning(|name, id, _| samples::keyring_entry(name, id));
    stage.sealing.expect_rewrap().returning(|_, _| Ok(samples::wrapped(2)));
    stage.ledger.expect_append().returning(|_, _| Ok(()));
    stage.ledger.expect_lines().returning(|_| Ok(Vec::new()));
}

/// The event of two days ago that begins the chain.
fn first() -> Entry {
    let record = Record {
        id: EventId::new(samples::NOW, &[1; 10]),
        kind: EventKind::SigningKeyCreated.name().to_owned(),
        actor: ActorRef::System.name().to_owned(),
        actor_id: None,
        subject: None,
        at: samples::NOW.minus(Duration::from_hours(48)),
        request_id: None,
        detail: "{}".to_owned(),
        address: None,
        private: None,
    };
    let sequence = Sequence::new(1);
    let link = samples::link(&record.canonical(sequence, &Link::NONE));
    Entry { sequence, previous: None, link, record, is_contradicted: false }
}

fn issue(stage: &mut Stage) {
    let issued = |text: &str| Issued { token: Token::new(text.to_owned()), digest: samples::digest(4) };
    stage.access_tokens.expect_generate().returning(|_, _, from| Ok(samples::signing_key(9, from)));
    stage.access_tokens.expect_install().returning(|_| Ok(()));
    stage.access_tokens.expect_sign().returning(|_| Ok(Token::new("access".to_owned())));
    stage.access_tokens.expect_verify().returning(|_, _| Err(TokenFlaw::Unreadable));
    stage.opaque_tokens.expect_attempt_key().return_const(KEY);
    stage.opaque_tokens.expect_cookie().returning(move |_| issued("cookie"));
    stage.opaque_tokens.expect_device_mark().returning(|_, _| Token::new("mark".to_owned()));
    stage.opaque_tokens.expect_setup_link().returning(|| Token::new("secret".to_owned()));
    stage.opaque_tokens.expect_is_setup_link().return_const(true);
    stage.opaque_tokens.expect_password_link().returning(move |_| issued("link"));
    stage.opaque_tokens.expect_read_password_link().returning(|_| {
        Some(PresentedPasswordLink { user_id: samples::user_id(1), digest: samples::digest(6) })
    });
    stage.opaque_tokens.expect_export_ticket().returning(move |_| issued("ticket"));
    stage.opaque_tokens.expect_read_export_ticket().returning(|_| {
        Some(PresentedExportTicket { user_id: samples::user_id(1), digest: samples::digest(4) })
    });
    stage.opaque_tokens.expect_refresh().returning(move |_, _, _| issued("refresh"));
    stage.opaque_tokens.expect_read_refresh().returning(|text| {
        let number: u8 = text.parse().ok()?;
        let generation = Generation::from_number(number.into());
        let digest = samples::digest(number);
        Some(PresentedRefresh { session_id: samples::session_id(1), generation, digest })
    });
}

fn live(account: &Account) -> LiveSession {
    let live = samples::live_session(1, Channel::Api, Role::User);
    LiveSession { standing: account.user.standing(), ..live }
}

fn family() -> Family {
    Family {
        session_id: samples::session_id(1),
        generation: Generation::from_number(NEWEST.into()),
        digest: samples::digest(NEWEST),
        predecessor: Some(samples::digest(NEWEST - 1)),
        client: client(),
        scopes: Role::User.scopes(),
        issued_at: samples::NOW,
    }
}

/// One that is long over, and one after which the next is due, or waits.
fn keys(waits: bool) -> Vec<SigningKey> {
    let rotation = samples::SCHEDULE.rotation;
    let mut keys = vec![
        samples::signing_key(1, samples::NOW.minus(rotation * 2)),
        samples::signing_key(2, samples::NOW.minus(rotation)),
    ];
    keys.extend(waits.then(|| samples::signing_key(3, samples::NOW.plus(rotation))));
    keys
}
