//! The house, opened for one piece of work.

use crate::config::Config;
use crate::failure::Failure;
use crate::wiring::House;
use std::num::NonZeroUsize;

/// Opens the house for one piece of work, and closes it however that ends.
pub(super) async fn with_house(
    config: &Config,
    work: impl AsyncFnOnce(&House) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // Nothing here is signed, so nobody learns the address that a running service goes by.
    let public_url = config.server.public_url.clone().unwrap_or_default();
    let house = House::open(config, &public_url, NonZeroUsize::MIN).await?;
    let done = work(&house).await;
    house.close().await;
    done
}

/// What a link begins with that is opened in a browser: where the service runs, or will.
pub(super) fn public_url(config: &Config) -> Result<String, Failure> {
    let listen = config.server.listen;
    match &config.server.public_url {
        Some(url) => Ok(url.clone()),
        None if listen.port() == 0 => Err(Failure::Input(
            "where would the link lead? Port 0 is another one at each start: set server.public_url, or say with --listen \
             where the service listens"
                .to_owned(),
        )),
        None => Ok(format!("http://{listen}")),
    }
}
