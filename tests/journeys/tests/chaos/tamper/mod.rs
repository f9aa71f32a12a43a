//! L2 and L12: whatever is done to the trail without its key is found, at the right number.

mod database;
mod export;
mod heads;
mod retention;
mod trail;
