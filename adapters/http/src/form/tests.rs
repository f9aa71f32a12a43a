use super::*;
use domain::violation::Violation;

struct Sample;

impl Form for Sample {
    const NAME: &'static str = "Sample";
    const ABOUT: &'static str = "A sample.";
    const MEMBERS: &'static [Member] = &[
        Member::required("name", Kind::Text { minimum: 3, maximum: 32 }, "A name.").like("ada"),
        Member::required("secret", Kind::Secret { minimum: 8, maximum: 256 }, "A secret."),
        Member::optional("note", Kind::Text { minimum: 0, maximum: 100 }, "A note.").or_null(),
        Member::optional("choice", Kind::Choice(|| vec!["a", "b"]), "A choice.").or_null(),
        Member::optional("flag", Kind::Flag, "A flag."),
    ];
}

type Draft = (Option<String>, Change<String>, Change<bool>);

/// Reads a body; of the domain there is only the rule that a name is needed.
fn parsed(body: &str) -> Result<Draft, Vec<(String, &'static str)>> {
    let members = Members::parse(body.as_bytes()).ok().unwrap();
    let read = read::<Sample, Draft>(&members, |fields| {
        let note = match fields.change("note") {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(text) => Change::Set(text.to_owned()),
        };
        match fields.text("name") {
            Some(name) => Ok((Some(name.to_owned()), note, fields.flag("flag"))),
            None => Err(vec![FieldViolation { field: "name", violation: Violation::Required }]),
        }
    });
    read.map_err(|wrong| wrong.into_iter().map(|error| (error.pointer, error.code)).collect())
}

fn mistakes(body: &str) -> Vec<(String, &'static str)> {
    parsed(body).err().unwrap_or_default()
}

#[test]
fn absent_null_and_a_value_are_three_things() {
    assert_eq!(parsed(r#"{"name":"ada"}"#), Ok((Some("ada".to_owned()), Change::Keep, Change::Keep)));
    assert_eq!(
        parsed(r#"{"name":"ada","note":null,"flag":true}"#),
        Ok((Some("ada".to_owned()), Change::Clear, Change::Set(true)))
    );
    assert_eq!(
        parsed(r#"{"name":"ada","note":""}"#),
        Ok((Some("ada".to_owned()), Change::Set(String::new()), Change::Keep))
    );
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let body = r#"{"zz":1,"note":7,"flag":"yes","choice":{},"secret":null}"#;
    let expected = [
        ("/zz", "unknown-member"),
        ("/note", "wrong-type"),
        ("/flag", "wrong-type"),
        ("/choice", "wrong-type"),
        ("/secret", "wrong-type"),
        ("/name", "required"),
    ];
    assert_eq!(mistakes(body), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn a_member_of_the_wrong_type_is_not_missing_as_well() {
    for body in [r#"{"name":1}"#, r#"{"name":null}"#, r#"{"name":["ada"]}"#, r#"{"name":true}"#] {
        assert_eq!(mistakes(body), [("/name".to_owned(), "wrong-type")], "{body}");
    }
}

#[test]
fn a_nul_ends_here_in_whatever_member_it_stands() {
    assert_eq!(mistakes(r#"{"name":"a\u0000b"}"#), [("/name".to_owned(), "invalid-character")]);
    assert_eq!(mistakes(r#"{"name":"ada","note":"\u0000"}"#), [("/note".to_owned(), "invalid-character")]);
}

#[test]
fn an_unknown_name_is_repeated_only_where_it_looks_like_one() {
    let pointer = |name: &str| mistakes(&format!(r#"{{"name":"ada",{name}:1}}"#)).remove(0).0;
    assert_eq!(pointer(r#""role""#), "/role");
    assert_eq!(pointer(r#""a/b~c""#), "/a~1b~0c");
    assert_eq!(pointer(r#""a\nb""#), "");
    assert_eq!(pointer(&format!("\"{}\"", "x".repeat(65))), "");
}

#[test]
fn a_small_request_with_many_strangers_gets_a_small_answer() {
    let strangers: Vec<String> = (0..5_000).map(|number| format!("\"{number}\":0")).collect();
    assert_eq!(mistakes(&format!(r#"{{"name":"ada",{}}}"#, strangers.join(","))).len(), MOST_UNKNOWN);
}

#[test]
fn the_schema_says_what_the_table_says() {
    let schema = schema::<Sample>();
    let text = serde_json::to_value(MetaSchemaRef::Inline(Box::new(schema))).unwrap();
    assert_eq!(text["required"], serde_json::json!(["name", "secret"]));
    assert_eq!(text["properties"]["name"]["maxLength"], 32);
    assert_eq!(text["properties"]["secret"]["format"], "password");
    assert_eq!(text["properties"]["secret"]["writeOnly"], true);
    assert_eq!(text["properties"]["note"]["nullable"], true);
    assert_eq!(text["properties"]["choice"]["enum"], serde_json::json!(["a", "b", null]));
    assert_eq!(text["properties"]["flag"]["type"], "boolean");
}
