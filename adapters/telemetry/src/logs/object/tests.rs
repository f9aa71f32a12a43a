use super::*;
use serde_json::Value;
use time::macros::datetime;

#[test]
fn a_text_is_written_as_a_parser_of_json_reads_it() {
    let all: String = (0..0x300).filter_map(char::from_u32).chain("\u{2028}\u{202e}😀\"\\".chars()).collect();
    for text in ["", "ann", "\"", "\\", "a\nb", &all] {
        let (mut whole, mut pieces) = (String::new(), String::new());
        write_text(&mut whole, text);
        write_quoted(&mut pieces, format_args!("{text}{text:.0}"));
        assert_eq!(serde_json::from_str::<Value>(&whole).unwrap(), text);
        assert_eq!(whole, pieces);
        assert!(!whole.chars().any(|character| character < ' '), "{whole:?}");
    }
}

#[test]
fn a_moment_has_all_of_its_digits() {
    for (at, expected) in [
        (datetime!(2026-11-23 05:08:21.759118 UTC), "2026-11-23T05:08:21.759118Z"),
        (datetime!(0800-01-02 00:00:00.000009 UTC), "0800-01-02T00:00:00.000009Z"),
    ] {
        let mut line = String::new();
        write_moment(&mut line, at);
        assert_eq!(line, expected);
    }
}
