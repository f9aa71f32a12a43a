//! The pages in Chromium: whole lives in both languages, with and without scripts; what people see of their devices and
//! of what happened, how they take their data along and leave; the house of the administrators; no barriers for anybody; the interactive description of the
//! API, which logs in for real.

mod administrators;
mod barriers;
mod devices;
mod docs;
mod lives;
mod moderators;
mod newcomers;
mod your_data;
