//! Backups: taken while everybody works, put back somewhere else, refused when anything about them is wrong
//! (`security-cases` K14 and N10).

mod elsewhere;
mod erasure;
mod keys;
mod load;
mod refusals;
mod room;
mod schedule;
