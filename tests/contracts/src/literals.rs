//! Values as they stand in a text of either engine, for what goes past the store.

use crate::Raw;
use std::fmt::Write as _;
use uuid::Uuid;

/// Bytes as two digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

impl Raw {
    /// Bytes.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> String {
        let hex = hexadecimal(bytes);
        match self {
            Self::Sqlite(_) => format!("x'{hex}'"),
            Self::Postgres(_) => format!("'\\x{hex}'"),
        }
    }

    /// An identifier.
    pub(crate) fn id(&self, id: Uuid) -> String {
        match self {
            Self::Sqlite(_) => self.bytes(id.as_bytes()),
            Self::Postgres(_) => format!("'{id}'"),
        }
    }

    /// Yes or no.
    pub(crate) const fn truth(&self, truth: bool) -> &'static str {
        match (self, truth) {
            (Self::Sqlite(_), true) => "1",
            (Self::Sqlite(_), false) => "0",
            (Self::Postgres(_), true) => "TRUE",
            (Self::Postgres(_), false) => "FALSE",
        }
    }
}
