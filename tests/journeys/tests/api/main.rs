//! The API, from sign-up to deletion, and what it must withstand (`security-cases`, groups A to F, H and M).
//!
//! Each file is a part of the house that an application meets: accounts, the shape of answers, limits, tokens,
//! the first administrator.

mod accounts;
mod administrator;
mod inputs;
mod limits;
mod secrecy;
mod shapes;
mod texts;
mod tokens;
