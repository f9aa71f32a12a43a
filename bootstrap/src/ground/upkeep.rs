//! What is done before anybody is served.

use crate::failure::Failure;
use crate::progress::Progress;
use application::vault::VaultService;

/// Seals what an earlier version has left in clear. Says how much there was.
///
/// Cut off at any moment, the next start goes on from there.
pub(super) async fn seal_what_is_in_clear(vault: &VaultService) -> Result<u64, Failure> {
    // To count takes longer than to see that there is nothing.
    let mut sealed = seal_some(vault).await?;
    if sealed == 0 {
        return Ok(0);
    }
    let left = vault.unsealed().await.map_err(|error| Failure::of(&error))?.total();
    let mut progress = Progress::new("sealing what an earlier version kept in clear", sealed + left);
    loop {
        progress.reach(sealed);
        match seal_some(vault).await? {
            0 => break,
            more => sealed += more,
        }
    }
    progress.end();
    tracing::info!(records = sealed, "what an earlier version kept in clear is sealed");
    Ok(sealed)
}

async fn seal_some(vault: &VaultService) -> Result<u64, Failure> {
    vault.seal_some().await.map_err(|error| Failure::of(&error))
}

/// Erases those again who were erased since the copy was made from which a database was put back.
pub(super) async fn erase_again(vault: &VaultService) -> Result<(), Failure> {
    let erased = vault.replay_erasures().await.map_err(|error| Failure::of(&error))?.len();
    if erased > 0 {
        tracing::warn!(
            people = erased,
            "a database was put back from a copy: who was erased since then is erased again"
        );
    }
    Ok(())
}
