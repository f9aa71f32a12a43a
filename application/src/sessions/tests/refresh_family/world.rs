//! What outlives a process: stored sessions and families, signed tokens, and the clock.

use crate::sessions::SessionService;
use crate::store::{LiveSession, StoreError};
use crate::testing::cast::{anns, client_key, stage};
use crate::testing::{FixedClock, StagedWork, exchange_in, samples};
use crate::tokens::{AccessClaims, Issued, PresentedRefresh, TokenFlaw};
use domain::Timestamp;
use domain::access::Role;
use domain::ids::SessionId;
use domain::sessions::{Channel, Family, Generation, Session, Token};
use domain::users::{Standing, Status};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is stored about Ann.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) live: BTreeMap<SessionId, (Session, Family)>,
    pub(super) standing: Standing,
}

/// Somebody who comes between a unit of work and its commit.
type Meanwhile = Box<dyn FnOnce() + Send>;

/// Clones are the same world.
#[derive(Clone)]
pub(super) struct World {
    pub(super) stored: Arc<Mutex<Stored>>,
    pub(super) signed: Arc<Mutex<HashMap<String, AccessClaims>>>,
    pub(super) clock: FixedClock,
    pub(super) meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

/// What a unit of work wants to change.
#[derive(Default)]
struct Draft {
    rotated: Vec<(Family, Family)>,
    used: Vec<(SessionId, Timestamp)>,
    ended: Vec<SessionId>,
}

impl World {
    pub(super) fn new() -> Self {
        let stored = Stored { live: BTreeMap::new(), standing: samples::standing(Role::User) };
        Self {
            stored: Arc::new(Mutex::new(stored)),
            signed: Arc::default(),
            clock: FixedClock::at(samples::NOW),
            meanwhile: Arc::default(),
        }
    }

    /// Another world that has been the same until now.
    pub(super) fn fork(&self) -> Self {
        let stored = self.stored.lock().unwrap().clone();
        Self { stored: Arc::new(Mutex::new(stored)), meanwhile: Arc::default(), ..self.clone() }
    }

    pub(super) fn suspend(&self, span: Duration) {
        use crate::clock::Clock;
        let mut stored = self.stored.lock().unwrap();
        stored.standing.status = Status::Suspended;
        stored.standing.suspended_until = Some(self.clock.now().plus(span));
    }

    /// Ann logs in with that program, and this is her first refresh token.
    pub(super) fn log_in(&self, number: u8, program: &str, now: Timestamp) -> (SessionId, String) {
        let session = Session {
            created_at: now,
            last_used_at: now,
            ..samples::session(number, Channel::Api, Role::User)
        };
        let session = Session { user_id: samples::user_id(1), ..session };
        let first = issued(session.id, Generation::FIRST, "log-in");
        let client = client_key(&format!("{}\n{program}", samples::ADDRESS));
        let family = Family::begun(session.id, first.digest, client, session.scopes, now);
        let id = session.id;
        self.stored.lock().unwrap().live.insert(id, (session, family));
        (id, first.token.expose().to_owned())
    }

    /// A process over this world: a replica, or the same one after a restart.
    pub(super) fn service(&self) -> Arc<SessionService> {
        let mut stage = stage();
        stage.clock = self.clock.clone();
        let world = self.clone();
        stage.store.expect_begin().returning(move || Ok(Box::new(world.begin())));
        let world = self.clone();
        stage.store.expect_begin_shared().returning(move || Ok(Box::new(world.begin())));
        let world = self.clone();
        stage
            .store
            .expect_exchange()
            .returning(move |exchange| exchange_in(Box::new(world.begin()), &exchange));
        let world = self.clone();
        stage.sessions.expect_find().returning(move |id| Ok(found(&world.stored.lock().unwrap(), id)));
        let world = self.clone();
        stage.sessions.expect_find_with_family().returning(move |id| {
            let stored = world.stored.lock().unwrap();
            Ok(found(&stored, id).zip(stored.live.get(&id).map(|(_, family)| family.clone())))
        });
        stage.users.expect_account_of().returning(|_| Ok(Some(anns(Role::User))));
        stage.opaque_tokens.expect_read_refresh().returning(read);
        stage.opaque_tokens.expect_refresh().returning(|session, generation, before| {
            issued(
                session,
                generation,
                &before.map_or_else(String::new, |digest| format!("{:?}", digest.as_bytes())),
            )
        });
        let signed = self.signed.clone();
        stage.access_tokens.expect_sign().returning(move |claims| {
            let text = format!("{claims:?}");
            signed.lock().unwrap().insert(text.clone(), *claims);
            Ok(Token::new(text))
        });
        let signed = self.signed.clone();
        stage.access_tokens.expect_verify().returning(move |text, now| {
            let claims = *signed.lock().unwrap().get(text).ok_or(TokenFlaw::Unreadable)?;
            if now < claims.expires_at { Ok(claims) } else { Err(TokenFlaw::Expired(claims)) }
        });
        stage.open().sessions
    }

    /// A unit of work sees what is stored at its beginning, and changes it at its commit or not at all.
    fn begin(&self) -> StagedWork {
        let mut work = StagedWork::default();
        let seen = Arc::new(self.stored.lock().unwrap().clone());
        let draft = Arc::new(Mutex::new(Draft::default()));
        let sessions = seen.clone();
        work.sessions.expect_find().returning(move |id| Ok(found(&sessions, id)));
        work.refresh_tokens
            .expect_find()
            .returning(move |id| Ok(seen.live.get(&id).map(|(_, family)| family.clone())));
        let wanted = draft.clone();
        work.refresh_tokens.expect_rotate().returning(move |before, after| {
            wanted.lock().unwrap().rotated.push((before.clone(), after.clone()));
            Ok(())
        });
        let wanted = draft.clone();
        work.sessions.expect_record_use().returning(move |id, at| {
            wanted.lock().unwrap().used.push((id, at));
            Ok(())
        });
        let wanted = draft.clone();
        work.sessions.expect_end().returning(move |id| {
            wanted.lock().unwrap().ended.push(id);
            Ok(true)
        });
        work.notices.expect_insert().returning(|_| Ok(()));
        work.keep_events();
        let world = self.clone();
        work.at_commit(move || {
            let meanwhile = world.meanwhile.lock().unwrap().take();
            if let Some(meanwhile) = meanwhile {
                meanwhile();
            }
            world.commit(&draft.lock().unwrap())
        });
        work
    }

    fn commit(&self, draft: &Draft) -> Result<(), StoreError> {
        let mut stored = self.stored.lock().unwrap();
        let mut after = stored.clone();
        for (before, rotated) in &draft.rotated {
            match after.live.get_mut(&before.session_id) {
                Some((_, family)) if family == before => *family = rotated.clone(),
                _ => return Err(StoreError::Conflict),
            }
        }
        for (id, at) in &draft.used {
            if let Some((session, _)) = after.live.get_mut(id) {
                session.last_used_at = *at;
            }
        }
        for id in &draft.ended {
            after.live.remove(id);
        }
        *stored = after;
        Ok(())
    }
}

fn found(stored: &Stored, id: SessionId) -> Option<LiveSession> {
    let (session, _) = stored.live.get(&id)?;
    Some(LiveSession { session: session.clone(), standing: stored.standing })
}

/// The text of a token is the number of its session, its generation, and what it was made from.
fn issued(session: SessionId, generation: Generation, made_from: &str) -> Issued {
    let [.., number] = *session.as_uuid().as_bytes();
    let text = format!("{number}/{}/{made_from}", generation.number());
    Issued { digest: client_key(&text), token: Token::new(text) }
}

pub(super) fn read(text: &str) -> Option<PresentedRefresh> {
    let mut parts = text.splitn(3, '/');
    let session_id = samples::session_id(parts.next()?.parse().ok()?);
    let generation = Generation::from_number(parts.next()?.parse().ok()?);
    Some(PresentedRefresh { session_id, generation, digest: client_key(text) })
}
