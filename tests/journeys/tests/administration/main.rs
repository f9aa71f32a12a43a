//! Roles, sessions, accounts and the trail, as administrators, moderators and everybody else meet them over HTTP
//! (`security-cases`, groups D, H and L).

mod coverage;
mod export;
mod lifetimes;
mod links;
mod newcomers;
mod overview;
mod personal;
mod reach;
mod refusals;
mod roles;
mod rounds;
mod sessions;
mod temporary;
mod trail;
mod users;
