use super::{documents, sample, sealing};
use crate::backup::{HalfFacts, Manifest, ManifestError};
use crate::document::Document;
use crate::sealing::{DocumentKind, MockSealing, SealingError};
use crate::testing::samples;
use domain::audit::{Head, Link, Sequence};
use serde_json::{Value, json};

fn read(text: &str) -> Result<Manifest, ManifestError> {
    Manifest::read(text, &sealing(1), &documents())
}

/// The same manifest with another value somewhere, signed by somebody who has the key.
fn resigned(pointer: &str, value: Value) -> String {
    let mut document: Value = serde_json::from_str(&sample().signed(&documents())).unwrap();
    *document["data"].pointer_mut(pointer).unwrap() = value;
    Document::sign(&documents(), DocumentKind::BackupManifest, &document["data"]).as_str().to_owned()
}

#[test]
fn what_was_signed_is_read_as_it_was() {
    let head = Head { sequence: Sequence::new(77), link: Link::new([9; 32]), at: samples::NOW };
    let whole = Manifest { recipient: Some("age1ql3z".to_owned()), head, ..sample() };
    for manifest in [sample(), whole] {
        assert_eq!(read(&manifest.signed(&documents())).unwrap(), manifest);
    }
    assert_eq!(sample().size(), 2000);
}

#[test]
fn a_manifest_under_another_root_key_is_refused_before_its_keys_are_used() {
    let mut other = MockSealing::new();
    other.expect_key_check().return_const(samples::digest(2));
    let refused = Manifest::read(&sample().signed(&documents()), &other, &documents()).unwrap_err();
    assert!(matches!(refused, ManifestError::ForeignRootKey { .. }), "{refused}");
    let told = refused.to_string();
    assert!(told.contains("01010101…") && told.contains("02020202…"), "{told}");
}

#[test]
fn whatever_was_changed_in_a_manifest_it_is_refused() {
    let signed = sample().signed(&documents());
    let mut refused = 0;
    for at in 0..signed.trim_end().len() {
        let mut changed = signed.clone().into_bytes();
        changed[at] ^= 1;
        let Ok(changed) = String::from_utf8(changed) else { continue };
        assert!(read(&changed).is_err(), "byte {at}: {changed}");
        refused += 1;
    }
    assert!(refused > 1000, "{refused}");
    assert!(matches!(read(&signed.replace("\"size\":1000", "\"size\":1001")), Err(ManifestError::Forged)));
    for nothing in ["", "{}", "null", "{\"data\":{\"format\":1}}", &signed[..signed.len() / 2]] {
        assert!(matches!(read(nothing), Err(ManifestError::Unreadable)), "{nothing}");
    }
}

#[test]
fn what_was_signed_as_something_else_is_no_manifest() {
    let document: Value = serde_json::from_str(&sample().signed(&documents())).unwrap();
    let receipt = Document::sign(&documents(), DocumentKind::ErasureReceipt, &document["data"]);
    assert!(matches!(read(receipt.as_str()), Err(ManifestError::Forged)));
}

#[test]
fn a_manifest_of_another_form_is_told_apart_from_one_that_is_damaged() {
    assert!(matches!(read(&resigned("/format", json!(2))), Err(ManifestError::OtherForm(2))));
    assert!(matches!(read(&resigned("/format", json!("1"))), Err(ManifestError::Unreadable)));
    assert!(matches!(read(&resigned("/main/engine", json!("oracle"))), Err(ManifestError::Unreadable)));
}

#[test]
fn a_vault_that_is_older_than_its_main_database_is_refused_even_if_it_was_signed() {
    let older = HalfFacts { copied_at: samples::NOW, ..sample().vault };
    let reversed = Manifest { vault: older, ..sample() };
    assert!(matches!(read(&reversed.signed(&documents())), Err(ManifestError::Reversed)));
}

#[test]
fn a_manifest_whose_keys_do_not_open_is_refused() {
    let mut broken = MockSealing::new();
    broken.expect_key_check().return_const(samples::digest(1));
    broken.expect_install().returning(|_| Err(SealingError::Broken));
    let refused = Manifest::read(&sample().signed(&documents()), &broken, &documents());
    assert!(matches!(refused, Err(ManifestError::Sealing(SealingError::Broken))), "{refused:?}");
}

#[test]
fn a_manifest_that_says_anything_twice_is_refused_before_its_keys_are_used() {
    let mut untouched = MockSealing::new();
    untouched.expect_key_check().return_const(samples::digest(1));
    let signed = sample().signed(&documents());
    for (said, twice) in [
        ("\"keyring\":", "\"keyring\":[],\"keyring\":"),
        ("\"main\":{", "\"main\":{\"size\":1,"),
        ("{\"data\":", "{\"data\":{},\"data\":"),
    ] {
        assert!(signed.contains(said));
        let read = Manifest::read(&signed.replacen(said, twice, 1), &untouched, &documents());
        assert!(matches!(read, Err(ManifestError::Unreadable)), "{twice}: {read:?}");
    }
}
