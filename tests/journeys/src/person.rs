//! Somebody who signs up.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

static BORN: AtomicU32 = AtomicU32::new(1);

/// A person and what they know. No two are alike in one run.
#[derive(Clone, Debug)]
pub struct Person {
    /// What they want to be called.
    pub username: String,
    /// Where their mail goes.
    pub email: String,
    /// What opens their account.
    pub password: String,
    /// Their whole name.
    pub full_name: String,
}

impl Person {
    /// Somebody new.
    #[must_use]
    pub fn new() -> Self {
        let number = BORN.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        Self {
            username: format!("wren{process}_{number}"),
            email: format!("wren.{process}.{number}@journeys.example"),
            password: format!("umbrella-{process}-corsair-{number}-plinth"),
            full_name: format!("Wren Marlowe {process}-{number}"),
        }
    }

    /// The form with which they sign up.
    #[must_use]
    pub fn sign_up(&self) -> Value {
        json!({
            "username": self.username,
            "email": self.email,
            "password": self.password,
            "full_name": self.full_name,
        })
    }

    /// The form with which they log in.
    #[must_use]
    pub fn log_in(&self) -> Value {
        json!({"login": self.username, "password": self.password})
    }

    /// What may never be seen in a log: their password, their address, their name.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        vec![self.password.clone(), self.email.clone(), self.full_name.clone()]
    }
}

impl Default for Person {
    fn default() -> Self {
        Self::new()
    }
}
