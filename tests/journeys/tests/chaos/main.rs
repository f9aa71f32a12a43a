//! What is spread over two databases stays together, and what the trail proves stays proven, whatever is done to them
//! (groups K, L and N).
//!
//! Nothing in the product helps these journeys. Where one has to know at which step a process stands, it stops the process
//! (SIGSTOP), looks into both databases past it, and kills it there or lets it go on; where a step is too short to be met,
//! it takes a lock that the step has to wait for.

mod events;
mod eye;
mod kills;
mod rotation;
mod starts;
mod tables;
mod tamper;
