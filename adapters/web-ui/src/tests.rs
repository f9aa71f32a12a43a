//! The pages as a browser meets them, in front of mocked ports.

mod activity;
mod admin;
mod browser;
mod devices;
mod forgery;
mod forms;
mod languages;
mod logging_in;
mod looks;
mod notices;
mod people;
mod receipt;
mod refusals;
mod set_password;
mod unreadable;
mod vocabulary;
mod word;
mod your_data;
