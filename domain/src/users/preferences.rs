use super::AvatarUrl;
use crate::violation::Violation;

/// A language the pages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Locale {
    /// Every language there is.
    pub const ALL: [Self; 2] = [Self::En, Self::Fr];

    /// The language tag (BCP 47).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// The language of that tag.
    pub fn parse(name: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|locale| locale.name() == name)
            .ok_or(Violation::UnknownValue { allowed: "en, fr" })
    }
}

/// How the pages look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// As the person's device is set.
    #[default]
    System,
}

impl Theme {
    /// Every theme there is.
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::System => "system",
        }
    }

    /// The theme of that name.
    pub fn parse(name: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|theme| theme.name() == name)
            .ok_or(Violation::UnknownValue { allowed: "light, dark, system" })
    }
}

/// What a person has chosen, and what says nothing about who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Where their picture is.
    pub avatar_url: Option<AvatarUrl>,
    /// The language they read.
    pub locale: Locale,
    /// How their pages look.
    pub theme: Theme,
    /// Whether they want mail that is not about their account's safety.
    pub email_notifications: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            avatar_url: None,
            locale: Locale::default(),
            theme: Theme::default(),
            email_notifications: true,
        }
    }
}
