//! What has to be asked of a database or of the system before it can be measured. Asked by the worker in its own time,
//! so that Prometheus waits for neither.

use super::instruments;
use crate::wiring::House;
use application::disk::Disks;
use application::fault::chain;
use application::store::{ChainDirectory, StatisticsDirectory, StoreError, StoreHealth};
use domain::sessions::Channel;
use std::time::Duration;
use tokio::time::timeout;

/// How long the checks may take, all together: longer than all the bounds that each of them has.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Looks whether requests can be served; that this has changed is told by whoever looks.
pub async fn check_health(house: &House) -> Result<(), String> {
    let Ok(report) = timeout(PATIENCE, house.health.look()).await else {
        instruments::ready(false);
        return Err(format!("the checks did not end within {} seconds", PATIENCE.as_secs()));
    };
    instruments::checks(&report);
    instruments::ready(report.is_well() && !house.health.is_leaving());
    Ok(())
}

/// Looks up what is counted already.
pub async fn measure(house: &House) -> Result<(), String> {
    if let Some(times) = house.keys.signer_since(house.ground.ids.now()) {
        instruments::signing_key(times);
    }
    for disk in house.disks.look().await {
        instruments::disk(&disk);
    }
    look_up(house).await.map_err(|error| chain(&error))
}

async fn look_up(house: &House) -> Result<(), StoreError> {
    let store = &*house.ground.store;
    instruments::users(&StatisticsDirectory::users(store).await?);
    let end = ChainDirectory::end(store).await?;
    instruments::chain_end(end.map_or(0, |(sequence, _)| sequence.number()));
    let backlog = store.backlog().await?;
    let now = house.ground.ids.now();
    instruments::waiting(backlog.events, backlog.since.map_or(Duration::ZERO, |since| now.since(since)));
    Ok(())
}

/// Counts the sessions that can be used.
pub async fn count_sessions(house: &House) -> Result<(), String> {
    for channel in [Channel::Api, Channel::Web] {
        let count = house.sessions.count_live(channel).await.map_err(|error| chain(&error))?;
        instruments::sessions(channel, count);
    }
    Ok(())
}
