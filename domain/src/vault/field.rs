/// What of a person is sealed, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Where the person gets mail.
    Email,
    /// What the person is called.
    FullName,
    /// What they say about themselves.
    Bio,
    /// Where they are.
    Location,
    /// Their page elsewhere.
    Website,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Email, Self::FullName, Self::Bio, Self::Location, Self::Website];

    /// The stable name: a seal is bound to it, and clients read it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::FullName => "full_name",
            Self::Bio => "bio",
            Self::Location => "location",
            Self::Website => "website",
        }
    }
}
