//! Long lists, a page at a time.

/// How many entries somebody asks for: 1 to 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// The most entries of a page.
    pub const MAXIMUM: u32 = 200;

    /// The limit of that number, if it is one.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number >= 1 && number <= Self::MAXIMUM { Some(Self(number)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// One more: what has to be asked for to know whether there is another page.
    pub(crate) const fn and_one(self) -> u32 {
        self.0 + 1
    }
}

impl Default for Limit {
    /// Fifty.
    fn default() -> Self {
        Self(50)
    }
}

/// A page of a list, and where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The entries, at most as many as were asked for.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// Makes a page of the entries that were found when one more was asked for than fits.
    pub(crate) fn cut(mut found: Vec<T>, limit: Limit, cursor: impl FnOnce(&T) -> C) -> Self {
        let most = usize::try_from(limit.number()).unwrap_or(usize::MAX);
        let more = found.len() > most;
        found.truncate(most);
        let next = found.last().filter(|_| more).map(cursor);
        Self { items: found, next }
    }

    /// The same page of other entries.
    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U, C> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_whether_another_one_follows() {
        let two = Limit::new(2).unwrap();
        assert_eq!(Page::cut(vec![1, 2, 3], two, |last| *last), Page { items: vec![1, 2], next: Some(2) });
        assert_eq!(Page::cut(vec![1, 2], two, |last| *last), Page { items: vec![1, 2], next: None });
        assert_eq!(Page::cut(Vec::<u8>::new(), two, |last| *last), Page { items: vec![], next: None });
    }

    #[test]
    fn a_limit_lies_between_one_and_two_hundred() {
        assert_eq!([0, 1, 200, 201].map(|number| Limit::new(number).is_some()), [false, true, true, false]);
    }
}
