//! The second database and the keys to it, as outsiders, thieves and the people themselves meet them: that nothing stands in
//! clear anywhere, what happens where a part is lost, damaged or put back, what people may ask for about themselves, and
//! how an installation comes here that had no vault (`security-cases`, groups K, L and N).

mod copies;
mod cost;
mod crowd;
mod damage;
mod erasure;
mod export;
mod previous;
mod refusals;
mod returned;
mod secrecy;
mod upgrade;
