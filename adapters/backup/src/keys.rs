use age::x25519;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Whoever is to be able to read backups: a public key of age, `age1…`.
#[derive(Clone)]
pub struct Recipient(x25519::Recipient);

impl Recipient {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.trim().parse().map(Self).map_err(|_| {
            "is no recipient of age, which begins with age1: `age-keygen` makes a pair and prints it"
                .to_owned()
        })
    }

    pub(crate) fn as_age(&self) -> &dyn age::Recipient {
        &self.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

/// The private keys of recipients, for a restore only.
#[derive(Clone)]
pub struct Identities(Arc<Vec<x25519::Identity>>);

impl Identities {
    /// Reads a file as `age-keygen` writes it: a key a line, comments and empty lines apart.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(file).map_err(|error| format!("{} can't be read: {error}", file.display()))?;
        let text = Zeroizing::new(text);
        let lines = text.lines().map(str::trim).zip(1..);
        let keys = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
        let keys: Vec<x25519::Identity> = keys
            .map(|(line, number)| {
                line.parse().map_err(|_| {
                    format!(
                        "line {number} of {} is no private key of age, which begins with AGE-SECRET-KEY-1",
                        file.display()
                    )
                })
            })
            .collect::<Result<_, String>>()?;
        if keys.is_empty() {
            return Err(format!("{} holds no private key of age", file.display()));
        }
        Ok(Self(Arc::new(keys)))
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|key| key as &dyn age::Identity)
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identities([redacted])")
    }
}
