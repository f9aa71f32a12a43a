use super::Failure;
use application::Ids;
use application::sealing::Sealing as _;
use application::store::{KeyringDirectory as _, SigningKeyDirectory, Store as _, VaultKeeper as _};
use domain::audit::{Link, Sequence};
use persistence::{Settings, SqlStore};
use security::{Keyring, RootKey, SealedTokens, SystemClock, SystemEntropy, TokenSecret};
use std::path::Path;
use std::sync::Arc;

/// An installation that the service has founded, open beside it.
pub struct House {
    pub(super) store: SqlStore,
    /// In a box: a prepared key is large.
    pub(super) opaque: Box<SealedTokens>,
    pub(super) ids: Ids,
    pub(super) secret: TokenSecret,
    keyring: Arc<Keyring>,
}

impl House {
    /// Opens what is in the service's data folder, or the databases of those URLs with the root key that is in it.
    pub async fn open(data: &Path, main: &str, vault: &str) -> Result<Self, Failure> {
        let keyring = Arc::new(Keyring::new(&RootKey::load(&data.join("root.key"))?));
        let store =
            Box::pin(SqlStore::open(&Settings::new(main), &Settings::new(vault), keyring.clone())).await?;
        keyring.install(&store.keyring().await?)?;
        let secret = keyring.tokens()?;
        let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
        Ok(Self { store, opaque: Box::new(SealedTokens::new(&secret)), ids, secret, keyring })
    }

    /// What the service signs access tokens with.
    pub(super) async fn signing_keys(&self) -> Result<Vec<domain::keys::SigningKey>, Failure> {
        Ok(SigningKeyDirectory::all(&self.store).await?)
    }

    /// Joins the latest events to their chain, as the service does every second: it shall not do it while it is measured.
    pub(super) async fn chain(&self, limit: u32) -> Result<(), Failure> {
        let mut work = self.store.begin().await?;
        let (mut sequence, mut link) = work.chain().lock().await?.unwrap_or((Sequence::NONE, Link::NONE));
        let mut links = Vec::new();
        for waiting in work.chain().waiting(limit).await? {
            sequence = sequence.next();
            link = self.keyring.link(&waiting.record.canonical(sequence, &link));
            links.push((waiting.record.id, sequence, link));
        }
        work.chain().join(&links).await?;
        Ok(work.commit().await?)
    }

    /// Takes away the notes that every write to the vault leaves for the case of a crash.
    pub(super) async fn tidy(&self) -> Result<(), Failure> {
        while self.store.tidy().await? > 0 {}
        Ok(())
    }

    /// Closes the databases.
    pub async fn close(self) {
        Box::pin(self.store.close()).await;
    }
}
