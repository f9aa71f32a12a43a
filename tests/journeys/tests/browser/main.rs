//! The pages in Chromium: a whole life in both languages, with and without scripts; no barriers for anybody; the
//! interactive description of the API, which logs in for real.

mod barriers;
mod docs;
mod lives;
