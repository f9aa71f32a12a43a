use super::{EmailAddress, Username};

/// What a person types to say who they are: a user name or an e-mail address.
///
/// A user name holds no `@`, so the two never compete for one text.
#[derive(Clone, Debug)]
pub enum LoginName {
    /// A user name.
    Username(Username),
    /// An e-mail address.
    Email(EmailAddress),
    /// A text that no account can have. It is carried on like any other, so that the answer to it is the answer
    /// to a wrong password, in the same time.
    Impossible(String),
}

impl LoginName {
    /// Reads what was typed; space around it, which telephones like to add, does not count.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.contains('@')
            && let Ok(email) = EmailAddress::parse(text)
        {
            return Self::Email(email);
        }
        match Username::parse(text) {
            Ok(username) => Self::Username(username),
            Err(_) => Self::Impossible(text.to_owned()),
        }
    }

    /// The text by which attempts at this name are counted: the same for every spelling of it.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Username(username) => username.key(),
            Self::Email(email) => email.canonical(),
            Self::Impossible(text) => text,
        }
    }
}
