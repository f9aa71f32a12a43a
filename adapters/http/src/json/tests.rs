use super::*;

fn refused(body: impl AsRef<[u8]>) -> Option<Malformed> {
    Members::parse(body.as_ref()).err()
}

fn syntax(body: impl AsRef<[u8]>) -> bool {
    matches!(refused(body), Some(Malformed::Syntax { .. }))
}

#[test]
fn an_object_is_read_name_by_name() {
    let members =
        Members::parse(br#" {"a":"x","b":null,"c":true,"d":-0,"e":[{"a":1}],"f":{}} "#).ok().unwrap();
    let names: Vec<&str> = members.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e", "f"]);
    assert!(matches!(members.get("a"), Some(Value::Text(text)) if text == "x"));
    assert!(matches!(members.get("b"), Some(Value::Null)));
    assert!(matches!(members.get("c"), Some(Value::Flag(true))));
    assert!(matches!(members.get("d"), Some(Value::Other)));
    assert!(members.get("z").is_none());
}

#[test]
fn what_is_no_object_is_refused_as_such() {
    for body in ["[]", "\"text\"", "1", "true", "null", "[1,2"] {
        assert_eq!(refused(body), Some(Malformed::NotAnObject), "{body}");
    }
    assert_eq!(refused(""), Some(Malformed::Empty));
}

#[test]
fn a_name_stands_once_in_an_object_at_any_depth_however_it_is_spelt() {
    for body in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, r#"{"x":[{"y":{"a":1,"a":2}}]}"#] {
        assert_eq!(refused(body), Some(Malformed::DuplicateName), "{body}");
    }
    assert!(refused(r#"{"a":{"a":1},"b":{"a":1}}"#).is_none());
}

#[test]
fn nesting_is_bounded_long_before_the_stack_is() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("{{\"a\":{}1{}}}", open.repeat(depth), close.repeat(depth))
    };
    assert!(refused(nested("[", "]", MAXIMUM_DEPTH - 1)).is_none());
    assert_eq!(refused(nested("[", "]", MAXIMUM_DEPTH)), Some(Malformed::TooDeep));
    assert!(refused(nested("{\"b\":", "}", MAXIMUM_DEPTH - 1)).is_none());
    assert_eq!(refused(nested("{\"b\":", "}", MAXIMUM_DEPTH)), Some(Malformed::TooDeep));
    assert_eq!(refused(format!("{{\"a\":{}", "[".repeat(60_000))), Some(Malformed::TooDeep));
}

#[test]
fn what_is_not_json_or_not_unicode_is_refused() {
    let bad: [&[u8]; 16] = [
        b"{",
        b"{\"a\":}",
        b"{\"a\":1,}",
        b"{'a':1}",
        b"{\"a\":1} x",
        b"{\"a\":1}{}",
        b"{\"a\":NaN}",
        b"{\"a\":1e400}",
        b"{\"a\":01}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xc0\xaf\"}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"a\":\"\\udc00\\ud800\"}",
        b"{\"\\ud800\":1}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\n\"}",
    ];
    for body in bad {
        assert!(syntax(body), "{}", String::from_utf8_lossy(body));
    }
    assert!(syntax(format!("{{\"a\":{}}}", "9".repeat(50_000))));
    assert!(syntax("{}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()));
}

#[test]
fn a_refusal_says_where_and_never_what() {
    let refusal = refused(b"{\"password\":\n  \"hunter2\" oops}").unwrap();
    assert_eq!(refusal, Malformed::Syntax { line: 2, column: 13 });
    assert!(!refusal.to_string().contains("hunter2"));
}
