use super::*;

fn document() -> Value {
    serde_json::from_str(&openapi()).unwrap()
}

/// Every operation: address, method, and what the document says of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

#[test]
fn the_committed_document_is_the_one_that_the_code_writes() {
    let committed = include_str!("../../openapi.json");
    assert!(
        committed == openapi(),
        "the API has changed; renew the document: cargo run -- print-openapi > adapters/http/openapi.json"
    );
}

#[test]
fn operations_are_named_after_what_they_do() {
    let document = document();
    let mut names: Vec<&str> = operations(&document)
        .iter()
        .map(|(.., operation)| operation["operationId"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    let expected = [
        "changePassword",
        "closeAccount",
        "editProfile",
        "health",
        "jwks",
        "live",
        "logIn",
        "logOut",
        "ownProfile",
        "ready",
        "signUp",
        "token",
    ];
    assert_eq!(names, expected);
}

#[test]
fn every_operation_tells_what_can_go_wrong_and_how() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap();
        let statuses: Vec<u16> = answers.keys().map(|status| status.parse().unwrap()).collect();
        let oauth = path.starts_with("/oauth2/");
        let mut needed = vec![500, 503];
        if operation["requestBody"].is_object() {
            needed.extend([400, 408, 413]);
            needed.extend((!oauth).then_some(415));
        }
        if operation["security"].is_array() {
            needed.push(401);
        }
        for status in needed {
            assert!(statuses.contains(&status), "{method} {path} {status}");
        }
        for (status, answer) in answers {
            assert!(answer["headers"]["X-Request-Id"].is_object(), "{method} {path} {status}");
            if status.parse::<u16>().unwrap() >= 400 {
                let media_type = if oauth { "application/json" } else { "application/problem+json" };
                assert!(answer["content"][media_type].is_object(), "{method} {path} {status}");
            }
            let header = match status.as_str() {
                "201" => "Location",
                "401" => "WWW-Authenticate",
                "429" | "503" => "Retry-After",
                _ => continue,
            };
            assert!(answer["headers"][header].is_object(), "{method} {path} {status} {header}");
        }
    }
}

/// A12.
#[test]
fn passwords_are_secrets_and_go_in_only() {
    let document = document();
    let mut secrets = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
            if member.contains("password") || member.contains("secret") {
                assert_eq!(
                    (&schema["format"], &schema["writeOnly"]),
                    (&"password".into(), &true.into()),
                    "{name}"
                );
                secrets += 1;
            }
        }
    }
    assert_eq!(secrets, 7);
}

#[test]
fn json_forms_have_no_members_but_their_own_and_the_token_form_passes_over_others() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    for form in ["SignUpRequest", "LogInRequest", "ProfilePatch", "PasswordChange", "DeletionRequest"] {
        assert_eq!(schemas[form]["additionalProperties"], false, "{form}");
    }
    assert!(schemas["TokenRequest"]["additionalProperties"].is_null());
}

#[test]
fn an_account_always_has_all_of_its_members() {
    let document = document();
    let view = &document["components"]["schemas"]["UserView"];
    let members: Vec<&String> = view["properties"].as_object().unwrap().keys().collect();
    assert_eq!(view["required"].as_array().unwrap().len(), members.len());
    assert_eq!(members.len(), 16);
}

#[test]
fn media_types_carry_no_parameters() {
    assert!(!openapi().contains("charset=utf-8"));
}
