//! The pages as a browser meets them, in front of mocked ports.

mod browser;
mod forgery;
mod forms;
mod languages;
mod logging_in;
mod looks;
mod people;
mod refusals;
mod vocabulary;
