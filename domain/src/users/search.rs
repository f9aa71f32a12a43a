use super::{EmailAddress, Status, Username};
use crate::access::Role;
use crate::ids::UserId;
use std::fmt;
use uuid::Uuid;

/// What somebody looks for among the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// User names that begin like this, in the form in which names are compared.
    UsernamePrefix(String),
    /// The account with exactly that e-mail address: parts of addresses can't be searched.
    Email(EmailAddress),
}

impl Search {
    /// The most code points that are looked for.
    pub const MAXIMUM: usize = EmailAddress::MAXIMUM;

    /// Reads what was typed: with an `@` it is an address, otherwise the beginning of a user name. `None` when
    /// nothing was typed. What no account can have is looked for all the same, and not found.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.trim().chars().take(Self::MAXIMUM).collect();
        if text.contains('@')
            && let Ok(email) = EmailAddress::parse(&text)
        {
            return Some(Self::Email(email));
        }
        // Of invisible characters nothing is left to compare; as they stand, no name begins with them.
        let key = Some(Username::key_of(&text)).filter(|key| !key.is_empty()).unwrap_or_else(|| text.clone());
        (!text.is_empty()).then_some(Self::UsernamePrefix(key))
    }
}

/// By what accounts are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserSort {
    /// The youngest account first.
    #[default]
    Newest,
    /// The oldest account first.
    Oldest,
    /// By user name, as names are compared.
    Username,
    /// By user name, from the end.
    UsernameDescending,
}

impl UserSort {
    /// Every order.
    pub const ALL: [Self; 4] = [Self::Newest, Self::Oldest, Self::Username, Self::UsernameDescending];

    /// The stable name: a minus stands for descending.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newest => "-created_at",
            Self::Oldest => "created_at",
            Self::Username => "username",
            Self::UsernameDescending => "-username",
        }
    }

    /// The order of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    /// Whether accounts are ordered by their names.
    #[must_use]
    pub const fn is_by_name(self) -> bool {
        matches!(self, Self::Username | Self::UsernameDescending)
    }
}

/// A place among the accounts: the one after the account that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserCursor {
    /// In the order of their making.
    Created(UserId),
    /// In the order of their names: the name as names are compared.
    Username(String),
}

impl UserCursor {
    /// Reads a place that was given out for lists in this order.
    #[must_use]
    pub fn parse(text: &str, sort: UserSort) -> Option<Self> {
        match (text.split_once('.')?, sort.is_by_name()) {
            (("id", id), false) => Some(Self::Created(UserId::from_uuid(Uuid::try_parse(id).ok()?))),
            // Neither key nor any text of this length is worth more than a look into an index.
            (("name", key), true) if !key.is_empty() && key.len() <= 1024 => {
                Some(Self::Username(key.to_owned()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for UserCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(id) => write!(f, "id.{id}"),
            Self::Username(key) => write!(f, "name.{key}"),
        }
    }
}

/// Which accounts are asked for, in which order, from where on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserQuery {
    /// What is looked for.
    pub search: Option<Search>,
    /// Only accounts with that role.
    pub role: Option<Role>,
    /// Only accounts of that status.
    pub status: Option<Status>,
    /// In which order. What was found by the beginning of its name is ordered by name, whatever this says.
    pub sort: UserSort,
    /// From where on.
    pub after: Option<UserCursor>,
}

impl UserQuery {
    /// The order in which the accounts really come.
    #[must_use]
    pub const fn order(&self) -> UserSort {
        match (&self.search, self.sort) {
            (Some(Search::UsernamePrefix(_)), UserSort::Newest | UserSort::Oldest) => UserSort::Username,
            (_, sort) => sort,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_looked_for_as_a_whole_and_a_name_by_its_beginning() {
        assert!(matches!(Search::parse(" Ann@Example.com "), Some(Search::Email(_))));
        assert_eq!(Search::parse("AL"), Some(Search::UsernamePrefix("al".to_owned())));
        assert_eq!(Search::parse("  "), None);
        assert!(matches!(Search::parse("@half"), Some(Search::UsernamePrefix(_))));
    }

    #[test]
    fn the_beginning_of_a_name_is_compared_as_names_are() {
        let Some(Search::UsernamePrefix(prefix)) = Search::parse("P\u{430}Y") else { panic!("no prefix") };
        assert!(Username::parse("paypal").unwrap().key().starts_with(&prefix));
    }

    #[test]
    fn what_is_invisible_is_not_the_beginning_of_every_name() {
        let Some(Search::UsernamePrefix(prefix)) = Search::parse("\u{200b}\u{2060}") else {
            panic!("no prefix")
        };
        assert!(!prefix.is_empty());
    }

    #[test]
    fn a_place_is_read_only_for_lists_in_its_own_order() {
        let id = UserId::from_uuid(Uuid::from_u128(7));
        for (cursor, sort, other) in [
            (UserCursor::Created(id), UserSort::Newest, UserSort::Username),
            (UserCursor::Username("annlee".into()), UserSort::Username, UserSort::Oldest),
        ] {
            assert_eq!(UserCursor::parse(&cursor.to_string(), sort), Some(cursor.clone()));
            assert_eq!(UserCursor::parse(&cursor.to_string(), other), None);
        }
        for text in ["", "id.", "id.x", "name.", "rank.1"] {
            assert!(UserSort::ALL.into_iter().all(|sort| UserCursor::parse(text, sort).is_none()), "{text}");
        }
    }

    #[test]
    fn what_was_found_by_the_beginning_of_its_name_is_ordered_by_name() {
        let query = UserQuery { search: Search::parse("al"), ..UserQuery::default() };
        assert_eq!(query.order(), UserSort::Username);
        assert_eq!(UserQuery::default().order(), UserSort::Newest);
    }
}
