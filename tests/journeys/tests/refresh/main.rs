//! Refresh families: one living successor, whatever happens (`security-cases`, group F).
//!
//! A lost answer is given again, a stolen token ends its family, and what has ended stays so: under fifty hands at
//! once, on two processes, over restarts and deaths, and in whatever order things happen.

mod endings;
mod grace;
mod interleavings;
mod kills;
mod lifetimes;
mod races;
