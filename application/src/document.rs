//! Signed documents: one JSON object with what is said and a signature over it.
//!
//! What is signed is the canonical form of `data` (RFC 8785), which stands in the document as it is: whoever parses it and
//! writes it again in that form, in whatever language, has the bytes that were signed.

use crate::sealing::{DocumentKind, Documents};
use crate::strict;
use serde_json::Value;

/// A signed document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(String);

impl Document {
    /// Signs `data`: texts, whole numbers below 2⁵³, truth values, lists and objects with names in ASCII.
    #[must_use]
    pub fn sign(documents: &dyn Documents, kind: DocumentKind, data: &Value) -> Self {
        let data = canonical(data);
        let signature = documents.sign(kind, data.as_bytes());
        Self(format!("{{\"data\":{data},\"signature\":{}}}", quoted(&signature)))
    }

    /// What a document says, if this installation has signed it as one of that kind, and nothing stands beside it.
    #[must_use]
    pub fn read(documents: &dyn Documents, kind: DocumentKind, text: &str) -> Option<Value> {
        let Value::Object(mut document) = strict::read(text)? else { return None };
        let (data, signature) = (document.remove("data")?, document.remove("signature")?);
        let signature = signature.as_str().filter(|_| document.is_empty())?;
        documents.verify(kind, canonical(&data).as_bytes(), signature).then_some(data)
    }

    /// The document as text: one line, without its break.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The canonical form of a value (RFC 8785, for what [`Document::sign`] takes).
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", joined(items.iter().map(canonical))),
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            let members =
                members.into_iter().map(|(name, value)| format!("{}:{}", quoted(name), canonical(value)));
            format!("{{{}}}", joined(members))
        }
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::MockDocuments;
    use serde_json::json;

    fn documents() -> MockDocuments {
        let mut documents = MockDocuments::new();
        let signature = |text: &[u8]| format!("a..{}", text.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        documents.expect_sign().returning(move |_, text| signature(text));
        documents.expect_verify().returning(move |kind, text, given| {
            kind == DocumentKind::ErasureReceipt && given == signature(text)
        });
        documents
    }

    #[test]
    fn what_was_signed_is_read_again_however_its_members_are_ordered() {
        let documents = documents();
        let data = json!({"b": [1, true, null], "a": {"z": "é\n\u{1}\"", "y": 2}});
        let document = Document::sign(&documents, DocumentKind::ErasureReceipt, &data);
        let canonical = "{\"a\":{\"y\":2,\"z\":\"é\\n\\u0001\\\"\"},\"b\":[1,true,null]}";
        assert!(document.as_str().starts_with(&format!("{{\"data\":{canonical},\"signature\":\"a..")));
        let read = |text: &str| Document::read(&documents, DocumentKind::ErasureReceipt, text);
        assert_eq!(read(document.as_str()), Some(data));
        let (data, signature) = document.as_str().rsplit_once(",\"signature\":").unwrap();
        let turned = format!("{{ \"signature\": {} , {}}}", signature.trim_end_matches('}'), &data[1..]);
        assert!(read(&turned).is_some(), "{turned}");
    }

    #[test]
    fn what_was_changed_or_signed_as_something_else_is_not_read() {
        let documents = documents();
        let document = Document::sign(&documents, DocumentKind::ErasureReceipt, &json!({"a": 1}));
        let text = document.as_str();
        for changed in [text.replace(":1", ":2"), text.replace("a..", "b.."), String::new(), "{}".to_owned()]
        {
            assert_eq!(Document::read(&documents, DocumentKind::ErasureReceipt, &changed), None, "{changed}");
        }
        assert_eq!(Document::read(&documents, DocumentKind::AuditHead, text), None);
    }

    #[test]
    fn what_says_anything_twice_or_beside_what_was_signed_is_not_read() {
        let documents = documents();
        let document = Document::sign(&documents, DocumentKind::ErasureReceipt, &json!({"a": {"b": 1}}));
        let text = document.as_str();
        let read = |text: &str| Document::read(&documents, DocumentKind::ErasureReceipt, text);
        assert!(read(text).is_some());
        let (data, signature) = text.rsplit_once(",\"signature\"").unwrap();
        for forged in [
            text.replacen('{', "{\"data\":{\"a\":{\"b\":2}},", 1),
            text.replacen('{', "{\"d\\u0061ta\":{\"a\":{\"b\":2}},", 1),
            text.replacen('{', "{\"signature\":\"\",", 1),
            text.replace("\"b\":1", "\"b\":2,\"b\":1"),
            text.replace("{\"b\":1}", "{\"b\":2},\"a\":{\"b\":1}"),
            text.replacen('{', "{\"note\":\"forged\",", 1),
            format!("{data}}}"),
            format!("{{\"signature\"{signature}"),
            format!("[{text}]"),
            format!("{text}{text}"),
        ] {
            assert_ne!(forged, text);
            assert_eq!(read(&forged), None, "{forged}");
        }
    }
}
