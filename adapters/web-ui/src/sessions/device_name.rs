//! What a browser says of itself, in words.

use crate::words::Words;

/// What browsers are known by. Most call themselves by the names of others too, so the first that is found counts.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("Safari/", "Safari"),
];

/// What systems are known by, in the same manner.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("Linux", "Linux"),
];

/// The browser and the system that a `User-Agent` header tells of (RFC 9110, section 10.1.5); `None` for a name that a
/// person has given, which is readable as it is.
///
/// It is a hint for whoever looks for a device they know, and nothing to rely on: the header says what it likes.
pub(crate) fn readable(words: Words, name: &str) -> Option<String> {
    let header = name.strip_prefix("Mozilla/")?;
    let browser = browser(header);
    let system = SYSTEMS.iter().find(|(mark, _)| header.contains(mark)).map(|(_, system)| *system);
    Some(match (browser, system) {
        (Some(browser), Some(system)) => words.tell("device-on", &[("browser", browser), ("system", system)]),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => words.tell("device-some-on", &[("system", system)]),
        (None, None) => words.say("device-some"),
    })
}

/// The browser that is named, or else the one whose name was begun where there was no more room for it.
fn browser(header: &str) -> Option<&'static str> {
    let named = |(mark, _): &&(&str, &str)| header.split(' ').any(|word| word.starts_with(mark));
    let last = header.split(' ').next_back().filter(|last| last.len() > 1);
    let begun = |(mark, _): &&(&str, &str)| last.is_some_and(|last| mark.starts_with(last));
    BROWSERS.iter().find(named).or_else(|| BROWSERS.iter().find(begun)).map(|(_, browser)| *browser)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::sessions::DeviceName;
    use domain::users::Locale;

    /// What is shown of that header, which is kept no longer than a name may be.
    fn shown(header: &str) -> Option<String> {
        let name = DeviceName::from_user_agent(header).unwrap();
        readable(Words(Locale::En), name.as_str())
    }

    #[test]
    fn a_browser_is_named_with_the_system_it_runs_on() {
        const WEBKIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (header, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                &format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36"),
                "Chrome on Windows",
            ),
            (
                &format!("Mozilla/5.0 (X11; CrOS x86_64) {WEBKIT} Chrome/140.0 Safari/537.36"),
                "Chrome on ChromeOS",
            ),
            (
                &format!("Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/140.0 Mobile Edg/1"),
                "Edge on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140 Mobile",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("Mozilla/5.0 (Windows NT 10.0)", "A browser on Windows"),
            ("Mozilla/5.0 Firefox/140.0", "Firefox"),
            ("Mozilla/5.0", "A browser"),
        ] {
            assert_eq!(shown(header).as_deref(), Some(expected), "{header}");
        }
    }

    #[test]
    fn a_name_that_somebody_gave_stays_as_it_is() {
        for name in ["Kitchen tablet", "curl/8.5.0", "My Firefox/Linux box", "mozilla"] {
            assert_eq!(shown(name), None, "{name}");
        }
    }
}
