use super::*;
use serde_json::json;

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
        "createPasswordLink",
        "deleteUser",
        "dismissNotices",
        "documentKeys",
        "editProfile",
        "editUser",
        "endOtherSessions",
        "endSession",
        "endUserSession",
        "endUserSessions",
        "explainRefusal",
        "exportEvents",
        "exportOwnData",
        "health",
        "introspectToken",
        "jwks",
        "listEvents",
        "listNotices",
        "listSessions",
        "listSigningKeys",
        "listUserSessions",
        "listUsers",
        "live",
        "logIn",
        "logOut",
        "openPersonalData",
        "overview",
        "ownActivity",
        "ownProfile",
        "prepareExport",
        "ready",
        "reinstateUser",
        "revokeToken",
        "rotateSigningKeys",
        "serverMetadata",
        "setPassword",
        "setRole",
        "signUp",
        "suspendUser",
        "token",
        "userActivity",
        "viewUser",
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
        let scopes = operation["security"][0]["OAuth2"].as_array();
        needed.extend(scopes.filter(|scopes| !scopes.is_empty()).map(|_| 403));
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            needed.push(if parameter["in"] == "path" { 404 } else { 400 });
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
                "201" if is_shown_once(operation) => continue,
                "201" => "Location",
                "401" => "WWW-Authenticate",
                "429" | "503" => "Retry-After",
                _ => continue,
            };
            assert!(answer["headers"][header].is_object(), "{method} {path} {status} {header}");
        }
    }
}

/// A link and a ticket have no address under which they could be shown again.
fn is_shown_once(operation: &Value) -> bool {
    ["createPasswordLink", "prepareExport"].iter().any(|name| operation["operationId"] == *name)
}

/// A12.
#[test]
fn passwords_are_secrets_and_go_in_only() {
    let document = document();
    let mut secrets = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
            let is_secret = member.ends_with("password") || member.ends_with("secret");
            if is_secret || (member == "token" && !schema["format"].is_null()) {
                assert_eq!(
                    (&schema["format"], &schema["writeOnly"]),
                    (&"password".into(), &true.into()),
                    "{name}"
                );
                secrets += 1;
            }
        }
    }
    assert_eq!(secrets, 16);
}

#[test]
fn json_forms_have_no_members_but_their_own_and_the_token_form_passes_over_others() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let forms = [
        "SignUpRequest",
        "NewUserRequest",
        "LogInRequest",
        "ProfilePatch",
        "PasswordChange",
        "PasswordSetting",
        "DeletionRequest",
        "ExportRequest",
        "OpeningRequest",
        "RoleChange",
        "Suspension",
        "KeyRotation",
    ];
    for form in forms {
        assert_eq!(schemas[form]["additionalProperties"], false, "{form}");
    }
    for form in ["TokenRequest", "RevocationRequest", "IntrospectionRequest"] {
        assert!(schemas[form]["additionalProperties"].is_null() && schemas[form].is_object(), "{form}");
    }
}

#[test]
fn an_account_always_has_all_of_its_members() {
    let document = document();
    let view = &document["components"]["schemas"]["UserView"];
    let members: Vec<&String> = view["properties"].as_object().unwrap().keys().collect();
    let required = view["required"].as_array().unwrap();
    let optional = members.iter().filter(|member| !required.iter().any(|name| name == **member));
    assert_eq!(
        optional.map(|name| name.as_str()).collect::<Vec<_>>(),
        ["role_expires_at", "suspension", "masked", "unreadable"]
    );
    assert_eq!(required.len(), 16);
}

#[test]
fn media_types_carry_no_parameters() {
    assert!(!openapi().contains("charset=utf-8"));
}

#[test]
fn signing_up_takes_a_token_or_none_and_a_form_for_each() {
    let document = document();
    let sign_up = &document["paths"]["/api/v1/users"]["post"];
    assert_eq!(sign_up["security"], json!([{"OAuth2": ["user:write"]}, {}]));
    let forms = ["SignUpRequest", "NewUserRequest"]
        .map(|form| json!({"$ref": format!("#/components/schemas/{form}")}));
    assert_eq!(sign_up["requestBody"]["content"]["application/json"]["schema"]["anyOf"], json!(forms));
}

#[test]
fn a_query_is_described_a_parameter_at_a_time() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        assert!(!operation["requestBody"]["content"]["query"].is_object(), "{method} {path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let schema = &parameter["schema"];
            assert!(schema["type"].is_string() && schema["description"].is_null(), "{method} {path}");
            assert!(parameter["in"] == "path" || parameter["description"].is_string(), "{method} {path}");
        }
        let methods_with_bodies = ["post", "put", "patch"];
        let has_body = operation["requestBody"].is_object();
        assert!(!has_body || methods_with_bodies.contains(&method), "{method} {path}");
    }
    let limit = &document["paths"]["/api/v1/users"]["get"]["parameters"][4];
    assert_eq!(
        (&limit["name"], &limit["in"], &limit["required"]),
        (&json!("limit"), &json!("query"), &json!(false))
    );
    assert_eq!((&limit["schema"]["minimum"], &limit["schema"]["maximum"]), (&json!(1.0), &json!(200.0)));
    let until = &document["paths"]["/api/v1/me/notices"]["delete"]["parameters"][0];
    assert_eq!((&until["required"], &until["schema"]["format"]), (&json!(true), &json!("date-time")));
}

#[test]
fn the_page_shows_every_group_of_operations_in_its_place() {
    let document = document();
    let script = include_str!("../../assets/docs/init.js");
    let order = script.lines().find(|line| line.starts_with("const ORDER")).unwrap();
    for tag in document["tags"].as_array().unwrap() {
        assert!(order.contains(&format!("'{}'", tag["name"].as_str().unwrap())), "{tag}");
        assert!(tag["description"].as_str().is_some_and(|about| about.ends_with('.')), "{tag}");
    }
}
