//! Tickets by which people fetch what is held about them: at most one for each person, and gone once it was used.

use crate::secrets::EXPORT_TICKETS;
use crate::store::SqlWork;
use application::store::{ExportTicket, ExportTicketRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::UserId;
use domain::sessions::TokenDigest;

#[async_trait]
impl ExportTicketRepository for SqlWork {
    async fn put(&mut self, ticket: &ExportTicket) -> Result<(), StoreError> {
        self.put_secret(&EXPORT_TICKETS, ticket.user_id, &ticket.digest, ticket.expires_at).await
    }

    async fn take(&mut self, user: UserId, digest: &TokenDigest) -> Result<Option<ExportTicket>, StoreError> {
        let expires_at = self.take_secret(&EXPORT_TICKETS, user, digest).await?;
        Ok(expires_at.map(|expires_at| ExportTicket { user_id: user, digest: *digest, expires_at }))
    }

    async fn sweep(&mut self, expired_before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.sweep_secrets(&EXPORT_TICKETS, expired_before, limit).await
    }
}
