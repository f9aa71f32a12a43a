use super::journal::{Committed, Events, Journal, held};
use crate::store::{
    AttemptRepository, AuditTrail, ChainRepository, ErasureRepository, Exchange, ExportTicketRepository,
    InstanceRepository, KeyringRepository, MockAttemptRepository, MockAuditTrail, MockChainRepository,
    MockErasureRepository, MockExportTicketRepository, MockInstanceRepository, MockKeyringRepository,
    MockNoticeRepository, MockPasswordLinkRepository, MockPersonalDataRepository, MockRefreshTokenRepository,
    MockSessionRepository, MockSigningKeyRepository, MockStatisticsRepository, MockStore, MockUserRepository,
    NoticeRepository, PasswordLinkRepository, PersonalDataRepository, RefreshTokenRepository,
    SessionRepository, SigningKeyRepository, StatisticsRepository, StoreError, UnitOfWork, UserRepository,
};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// A unit of work whose repositories are mocks and that knows whether it was committed.
#[derive(Default)]
pub struct StagedWork {
    /// Accounts.
    pub users: MockUserRepository,
    /// The people behind them.
    pub personal_data: MockPersonalDataRepository,
    /// Links to set a password.
    pub password_links: MockPasswordLinkRepository,
    /// What people have to be told.
    pub notices: MockNoticeRepository,
    /// Sessions.
    pub sessions: MockSessionRepository,
    /// Their refresh tokens.
    pub refresh_tokens: MockRefreshTokenRepository,
    /// Failed attempts.
    pub attempts: MockAttemptRepository,
    /// Signing keys.
    pub signing_keys: MockSigningKeyRepository,
    /// The installation.
    pub instance: MockInstanceRepository,
    /// The keys of the installation.
    pub keyring: MockKeyringRepository,
    /// Tickets for a person's own data.
    pub export_tickets: MockExportTicketRepository,
    /// Who was erased.
    pub erasures: MockErasureRepository,
    /// The audit trail; see [`StagedWork::keep_events`].
    pub audit: MockAuditTrail,
    /// The chain of its events.
    pub chain: MockChainRepository,
    /// What was counted.
    pub statistics: MockStatisticsRepository,
    journal: Journal,
    committed: Committed,
    last_word: Option<LastWord>,
}

/// What is done at a commit, and what the commit answers.
type LastWord = Box<dyn FnOnce() -> Result<(), StoreError> + Send>;

impl StagedWork {
    /// A unit of work that nothing is expected of yet, and that writes into `journal`.
    #[must_use]
    pub fn new(journal: &Journal) -> Self {
        Self { journal: journal.clone(), ..Self::default() }
    }

    /// Whether it will have been committed: to be asked after the use case.
    #[must_use]
    pub fn committed(&self) -> Committed {
        self.committed.clone()
    }

    /// Accepts events, any number of them, and keeps them for the test.
    pub fn keep_events(&mut self) -> Events {
        let events = Events::default();
        let kept = events.clone();
        self.audit.expect_record().returning(move |event| {
            kept.push(event.clone());
            Ok(())
        });
        events
    }

    /// Makes its commit fail.
    pub fn refuse_commit(&mut self, error: StoreError) {
        self.at_commit(move || Err(error));
    }

    /// Does this when it is committed, and answers what it answers.
    pub fn at_commit(&mut self, last_word: impl FnOnce() -> Result<(), StoreError> + Send + 'static) {
        self.last_word = Some(Box::new(last_word));
    }
}

#[async_trait]
impl UnitOfWork for StagedWork {
    fn users(&mut self) -> &mut dyn UserRepository {
        self.journal.note("users");
        &mut self.users
    }

    fn personal_data(&mut self) -> &mut dyn PersonalDataRepository {
        self.journal.note("personal_data");
        &mut self.personal_data
    }

    fn password_links(&mut self) -> &mut dyn PasswordLinkRepository {
        self.journal.note("password_links");
        &mut self.password_links
    }

    fn notices(&mut self) -> &mut dyn NoticeRepository {
        self.journal.note("notices");
        &mut self.notices
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self.journal.note("sessions");
        &mut self.sessions
    }

    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokenRepository {
        self.journal.note("refresh_tokens");
        &mut self.refresh_tokens
    }

    fn attempts(&mut self) -> &mut dyn AttemptRepository {
        self.journal.note("attempts");
        &mut self.attempts
    }

    fn signing_keys(&mut self) -> &mut dyn SigningKeyRepository {
        self.journal.note("signing_keys");
        &mut self.signing_keys
    }

    fn instance(&mut self) -> &mut dyn InstanceRepository {
        self.journal.note("instance");
        &mut self.instance
    }

    fn keyring(&mut self) -> &mut dyn KeyringRepository {
        self.journal.note("keyring");
        &mut self.keyring
    }

    fn export_tickets(&mut self) -> &mut dyn ExportTicketRepository {
        self.journal.note("export_tickets");
        &mut self.export_tickets
    }

    fn erasures(&mut self) -> &mut dyn ErasureRepository {
        self.journal.note("erasures");
        &mut self.erasures
    }

    fn audit(&mut self) -> &mut dyn AuditTrail {
        self.journal.note("audit");
        &mut self.audit
    }

    fn chain(&mut self) -> &mut dyn ChainRepository {
        self.journal.note("chain");
        &mut self.chain
    }

    fn statistics(&mut self) -> &mut dyn StatisticsRepository {
        self.journal.note("statistics");
        &mut self.statistics
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.journal.note("commit");
        if let Some(last_word) = self.last_word {
            last_word()?;
        }
        self.committed.note();
        Ok(())
    }
}

/// A store that hands out these units of work, in this order, and expects that all of them are taken.
#[must_use]
pub fn staged_store(works: impl IntoIterator<Item = StagedWork>) -> MockStore {
    let mut store = MockStore::new();
    stage(&mut store, works);
    store
}

pub(super) fn stage(store: &mut MockStore, works: impl IntoIterator<Item = StagedWork>) {
    let alone = Arc::new(Works(Mutex::new(works.into_iter().collect())));
    let (shared, exchanged) = (Arc::clone(&alone), Arc::clone(&alone));
    let count = held(&alone.0).len();
    store.expect_begin().times(..=count).returning(move || alone.next());
    store.expect_begin_shared().times(..=count).returning(move || shared.next());
    store
        .expect_exchange()
        .times(..=count)
        .returning(move |exchange| exchange_in(exchanged.next()?, &exchange));
}

/// What [`Store::exchange`](crate::store::Store::exchange) promises to do, done in this unit of work.
pub(crate) fn exchange_in(work: Box<dyn UnitOfWork>, exchange: &Exchange) -> Result<(), StoreError> {
    // No double ever waits.
    let mut done = pin!(exchange_step_by_step(work, exchange));
    match done.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Err(StoreError::Broken("a double waits".into())),
    }
}

async fn exchange_step_by_step(
    mut work: Box<dyn UnitOfWork>,
    Exchange { before, after, used_at, event }: &Exchange,
) -> Result<(), StoreError> {
    work.refresh_tokens().rotate(before, after).await?;
    if let Some(used_at) = used_at {
        work.sessions().record_use(before.session_id, *used_at).await?;
    }
    work.audit().record(event).await?;
    work.commit().await
}

/// What a store has still to hand out. All of it has to be taken, by any way of beginning.
struct Works(Mutex<VecDeque<StagedWork>>);

impl Works {
    fn next(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let work = held(&self.0).pop_front();
        let work = work.ok_or_else(|| StoreError::Broken("no further unit of work is staged".into()))?;
        work.journal.note("begin");
        Ok(Box::new(work))
    }
}

impl Drop for Works {
    fn drop(&mut self) {
        let left = held(&self.0).len();
        assert!(left == 0 || std::thread::panicking(), "{left} units of work were staged and never begun");
    }
}
