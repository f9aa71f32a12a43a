use super::*;

#[test]
fn the_language_with_the_greatest_weight_wins_and_unknown_ones_do_not_count() {
    assert_eq!(accepted("fr"), Some(Locale::Fr));
    assert_eq!(accepted("de-DE,fr-CA;q=0.7,en;q=0.3"), Some(Locale::Fr));
    assert_eq!(accepted("en-GB, fr;q=0.9"), Some(Locale::En));
    assert_eq!(accepted("FR;q=0.2,en;q=0.1"), Some(Locale::Fr));
    assert_eq!(accepted("fr;q=0"), None);
    assert_eq!(accepted("*, de"), None);
    assert_eq!(accepted("fr;q=NaN,;;,=;q"), None);
}

#[test]
fn days_and_spans_are_said_as_each_language_says_them() {
    let first_of_may = Timestamp::from_micros(1_746_057_600_000_000);
    assert_eq!(Words(Locale::En).day(first_of_may), "1 May 2025");
    assert_eq!(Words(Locale::Fr).day(first_of_may), "1er mai 2025");
    assert_eq!(Words(Locale::En).span(Duration::from_millis(200)), "one second");
    assert_eq!(Words(Locale::Fr).span(Duration::from_secs(119)), "119 secondes");
    assert_eq!(Words(Locale::En).span(Duration::from_secs(121)), "3 minutes");
}

#[test]
fn a_moment_beyond_the_calendar_is_still_some_day() {
    assert_eq!(Words(Locale::En).day(Timestamp::from_micros(i64::MAX)), "1 January 1970");
}
