//! What was acknowledged stays, whatever happens to the process, the database or the disk (groups F and N).

mod connections;
mod disk;
mod faults;
mod kills;
mod load;
mod starts;
