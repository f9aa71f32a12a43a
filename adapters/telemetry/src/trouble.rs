//! Trouble that goes on, and should not fill the log by itself.

use std::error::Error;
use std::time::{Duration, Instant};

/// How long it is not told again.
const SILENCE: Duration = Duration::from_mins(1);

/// What fails again and again: when to tell of it.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    told: Option<Instant>,
    is_open: bool,
}

impl Trouble {
    /// Notes a failure; answers whether it should be told: the first one, and then one a minute.
    pub(crate) fn begins(&mut self, now: Instant) -> bool {
        let is_news = self.told.is_none_or(|told| now.saturating_duration_since(told) >= SILENCE);
        if is_news {
            self.told = Some(now);
            self.is_open = true;
        }
        is_news
    }

    /// Notes that it works; answers whether that should be told: where the failure was.
    pub(crate) const fn ends(&mut self) -> bool {
        std::mem::replace(&mut self.is_open, false)
    }
}

/// An error with everything that lies behind it, on one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_failing_is_told_once_a_minute_and_its_end_once() {
        let (mut trouble, start) = (Trouble::default(), Instant::now());
        assert!(trouble.begins(start) && !trouble.begins(start + Duration::from_secs(59)));
        assert!(trouble.begins(start + Duration::from_mins(1)));
        assert!(trouble.ends() && !trouble.ends());
        // What comes and goes is not told more often: neither that it came, nor that it went.
        assert!(!trouble.begins(start + Duration::from_secs(61)) && !trouble.ends());
        assert!(trouble.begins(start + Duration::from_mins(2)) && trouble.ends());
    }
}
