use super::*;
use poem::http::HeaderValue;
use proptest::prelude::*;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn of(lines: &[&[u8]]) -> Option<TraceParent> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("traceparent", HeaderValue::from_bytes(line).unwrap());
    }
    TraceParent::of(&headers)
}

fn read(text: &str) -> Option<TraceParent> {
    of(&[text.as_bytes()])
}

/// What a place in a trace is called by version 00.
fn written(parent: &TraceParent) -> String {
    let (trace_id, parent_id) = (TraceId(parent.trace_id), u64::from_be_bytes(parent.parent_id));
    format!("00-{trace_id}-{parent_id:016x}-{:02x}", u8::from(parent.sampled))
}

#[test]
fn the_example_of_the_standard_is_read() {
    let expected = TraceParent {
        trace_id: [
            0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c,
        ],
        parent_id: [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31],
        sampled: true,
    };
    assert_eq!(read(&format!("00-{TRACE}-{PARENT}-01")), Some(expected));
    assert_eq!(TraceId(expected.trace_id).to_string(), TRACE);
}

#[test]
fn of_the_flags_only_the_last_is_known() {
    for (flags, sampled) in
        [("00", false), ("01", true), ("02", false), ("03", true), ("fe", false), ("ff", true)]
    {
        let parent = read(&format!("00-{TRACE}-{PARENT}-{flags}")).unwrap();
        assert_eq!(parent.sampled, sampled, "{flags}");
    }
}

#[test]
fn a_later_version_may_say_more_behind_one_more_dash() {
    for version in ["01", "cc", "fe"] {
        for more in ["", "-", "-what-the-future-will-be-like", "-\u{e9}"] {
            assert!(read(&format!("{version}-{TRACE}-{PARENT}-01{more}")).is_some(), "{version} {more}");
        }
        for more in ["x", "1", "_", " -"] {
            assert!(read(&format!("{version}-{TRACE}-{PARENT}-01{more}")).is_none(), "{version} {more}");
        }
    }
    for more in ["-", "-x", "0"] {
        assert!(read(&format!("00-{TRACE}-{PARENT}-01{more}")).is_none(), "{more}");
    }
}

#[test]
fn what_is_not_exactly_as_it_must_be_says_nothing() {
    let zeros = "0".repeat(32);
    for bad in [
        String::new(),
        "00".to_owned(),
        "\u{e9}".repeat(40),
        format!("00-{TRACE}-{PARENT}"),
        format!("00-{TRACE}-{PARENT}-"),
        format!("00-{TRACE}-{PARENT}-1"),
        format!("ff-{TRACE}-{PARENT}-01"),
        format!("0-{TRACE}-{PARENT}-001"),
        format!("0x-{TRACE}-{PARENT}-01"),
        format!("00-{zeros}-{PARENT}-01"),
        format!("00-{TRACE}-{}-01", &zeros[..16]),
        format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
        format!("00-{TRACE}-{}-01", PARENT.to_uppercase()),
        format!("00-{TRACE}-{PARENT}-0A"),
        format!("00-{TRACE}-{PARENT}-0g"),
        format!("00-{}g-{PARENT}-01", &TRACE[..31]),
        format!("00_{TRACE}-{PARENT}-01"),
        format!("00-{TRACE}_{PARENT}-01"),
        format!("00-{TRACE}-{PARENT}_01"),
        format!("00-{TRACE}{PARENT}-01--"),
        format!(" 00-{TRACE}-{PARENT}-01"),
    ] {
        assert_eq!(read(&bad), None, "{bad}");
    }
}

#[test]
fn more_than_one_line_says_nothing() {
    let line = format!("00-{TRACE}-{PARENT}-01");
    assert!(of(&[line.as_bytes()]).is_some());
    assert_eq!(of(&[line.as_bytes(), line.as_bytes()]), None);
    assert_eq!(of(&[line.as_bytes(), b""]), None);
    assert_eq!(of(&[]), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_passed_over(text in proptest::collection::vec(any::<u8>(), 0..80)) {
        let is_long = text.len() >= LENGTH;
        prop_assert!(TraceParent::read(&text).is_none() || is_long);
    }

    /// What is nearly right, with one byte of it changed.
    #[test]
    fn whatever_is_taken_means_what_it_says(place in 0..60_usize, byte in any::<u8>(), version in 0..=255_u8) {
        let mut text = format!("{version:02x}-{TRACE}-{PARENT}-01").into_bytes();
        if place < text.len() {
            text[place] = byte;
        }
        if let Some(parent) = TraceParent::read(&text) {
            prop_assert!(parent.trace_id != [0; 16] && parent.parent_id != [0; 8] && !text.starts_with(b"ff"));
            let again = written(&parent);
            prop_assert_eq!(&again.as_bytes()[2..53], &text[2..53]);
            prop_assert_eq!(TraceParent::read(again.as_bytes()), Some(parent));
        }
    }

    #[test]
    fn every_place_in_a_trace_is_read_back(trace_id in any::<[u8; 16]>(), parent_id in any::<[u8; 8]>(), sampled in any::<bool>()) {
        prop_assume!(trace_id != [0; 16] && parent_id != [0; 8]);
        let parent = TraceParent { trace_id, parent_id, sampled };
        prop_assert_eq!(TraceParent::read(written(&parent).as_bytes()), Some(parent));
    }
}
