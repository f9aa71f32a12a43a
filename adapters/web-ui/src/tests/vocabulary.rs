//! Every key that is asked for has a sentence in every language, and every sentence is asked for.

use crate::flash::Notice;
use crate::trouble::heading;
use crate::users::notices::key;
use crate::words::{Words, kind_key, texts};
use application::actor::Refusal;
use application::admin::SetupError;
use application::fault::{Describe, Fault, FaultKind};
use application::hashing::HashError;
use application::sessions::{AuthenticateError, EndError, LogInError};
use application::store::StoreError;
use application::tokens::KeyError;
use application::users::{
    ChangePasswordError, CheckError, CloseError, EditProfileError, ExportError, FindError, ManageError,
    SetPasswordError, SignUpError,
};
use domain::access::{Reason, Role, Scope};
use domain::audit::EventKind;
use domain::keys::KeyState;
use domain::notices::NoticeKind;
use domain::sessions::{Channel, Method};
use domain::users::{Locale, Status, Theme};
use domain::violation::Violation;
use fluent_bundle::FluentResource;
use poem::http::StatusCode;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

const VIOLATIONS: [Violation; 20] = [
    Violation::Required,
    Violation::TooShort { minimum: 3 },
    Violation::TooLong { maximum: 3 },
    Violation::InvalidCharacter,
    Violation::NeedsLetterOrDigit,
    Violation::InvalidEmail,
    Violation::InvalidUrl,
    Violation::UnknownValue { allowed: "" },
    Violation::TooCommon,
    Violation::ContainsUsername,
    Violation::ContainsEmail,
    Violation::TooWeak,
    Violation::SamePassword,
    Violation::Mismatch,
    Violation::InvalidDate,
    Violation::NotInFuture,
    Violation::NotARaise,
    Violation::InvalidId,
    Violation::InvalidAddress,
    Violation::InvalidCursor,
];

/// Every way in which the use cases behind the pages can fail.
fn faults() -> Vec<Fault> {
    let gone = || StoreError::Unavailable(String::new());
    let wait = Duration::from_secs(5);
    let errors: Vec<Box<dyn Describe>> = vec![
        Box::new(SignUpError::UsernameTaken),
        Box::new(SignUpError::EmailTaken),
        Box::new(SignUpError::Hash(HashError::Busy)),
        Box::new(SignUpError::Hash(HashError::Broken)),
        Box::new(SignUpError::Store(gone())),
        Box::new(SignUpError::Store(StoreError::Conflict)),
        Box::new(SignUpError::Store(StoreError::Broken(String::new()))),
        Box::new(LogInError::InvalidCredentials),
        Box::new(LogInError::Suspended),
        Box::new(LogInError::Check(CheckError::Wrong)),
        Box::new(LogInError::Check(CheckError::TooMany(wait))),
        Box::new(LogInError::Check(CheckError::Locked)),
        Box::new(LogInError::Key(KeyError::Broken)),
        Box::new(EndError::Refused(Refusal::NotLoggedIn)),
        Box::new(AuthenticateError::unreadable()),
        Box::new(FindError::Missing),
        Box::new(FindError::Refused(Refusal::InsufficientScope {
            scope: Scope::ProfileRead,
            reason: Reason::ScopeNotInRole,
        })),
        Box::new(ManageError::Refused(Refusal::AboveOwnRole)),
        Box::new(ManageError::Refused(Refusal::PasswordNeeded)),
        Box::new(ManageError::LastAdministrator),
        Box::new(SetPasswordError::Closed),
        Box::new(SetPasswordError::Invalid(Violation::TooCommon)),
        Box::new(EditProfileError::UsernameTaken),
        Box::new(EditProfileError::EmailTaken),
        Box::new(ChangePasswordError::Invalid(Violation::SamePassword)),
        Box::new(ChangePasswordError::Check(CheckError::Wrong)),
        Box::new(CloseError::LastAdministrator),
        Box::new(CloseError::Check(CheckError::Wrong)),
        Box::new(SetupError::Closed),
        Box::new(ExportError::Closed),
        Box::new(ExportError::Check(CheckError::Wrong)),
    ];
    errors.iter().map(|error| error.fault()).collect()
}

fn keys(locale: Locale) -> Vec<String> {
    let named =
        |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase()) && line.contains(" =");
    let lines = texts(locale).into_iter().flat_map(str::lines).filter(named);
    lines.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()).collect()
}

/// The keys that templates and rooms name literally, and those that are put together.
fn asked_for() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut asked = BTreeSet::new();
    for text in files(&root.join("templates")).into_iter().chain(files(&root.join("src"))) {
        for call in [
            "say(\"",
            "say_with(\"",
            "tell(\"",
            "count(\"",
            ".name(\"",
            "span\", \"",
            "layout(\"",
            "layout_once(\"",
        ] {
            let found = text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            asked.extend(
                found
                    .filter(|key| key.contains('-') || *key == "skip" || *key == "optional")
                    .map(str::to_owned),
            );
        }
    }
    asked.extend(VIOLATIONS.map(|violation| format!("violation-{}", violation.code())));
    asked.extend(faults().iter().map(|fault| format!("fault-{}", fault.code)));
    asked.extend(faults().iter().map(|fault| kind_key(fault.kind).to_owned()));
    asked.extend(Notice::ALL.iter().map(|notice| notice.name().to_owned()));
    asked.extend(Locale::ALL.map(|locale| format!("language-{}", locale.name())));
    asked.extend(Theme::ALL.map(|theme| format!("theme-{}", theme.name())));
    asked.extend(Role::ALL.map(|role| format!("role-{}", role.name())));
    asked.extend(EventKind::ALL.iter().map(|kind| format!("event-{}", kind.name().replace('_', "-"))));
    asked.extend(Reason::ALL.iter().map(|reason| format!("reason-{}", reason.code())));
    asked.extend([Channel::Api, Channel::Web].map(|channel| format!("channel-{}", channel.name())));
    asked.insert(format!("method-{}", Method::Password.name()));
    asked.extend(Status::ALL.map(|status| format!("status-{}", status.name())));
    let states = [KeyState::Next, KeyState::Current, KeyState::Retired];
    asked.extend(states.map(|state| format!("key-{}", state.name())));
    let parts = ["title", "what", "advice"];
    asked.extend(NoticeKind::ALL.into_iter().flat_map(|kind| parts.map(|part| key(kind, part))));
    asked.extend(
        (400..=503).filter_map(|code| StatusCode::from_u16(code).ok()).map(|code| heading(code).to_owned()),
    );
    asked.extend(
        ["day", "moment", "span-seconds", "span-minutes", "fault-invalid-input", "label-password-repeat"]
            .map(str::to_owned),
    );
    asked.retain(|key| !key.ends_with('-'));
    asked
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("tests") || path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() { found.extend(files(&path)) } else { found.push(fs::read_to_string(path).unwrap()) }
    }
    found
}

#[test]
fn every_sentence_can_be_parsed_and_stands_once() {
    for locale in Locale::ALL {
        for text in texts(locale) {
            assert!(FluentResource::try_new(text.to_owned()).is_ok(), "{}: {text}", locale.name());
        }
        let keys = keys(locale);
        let distinct: BTreeSet<&String> = keys.iter().collect();
        assert_eq!(keys.len(), distinct.len(), "{}", locale.name());
    }
}

#[test]
fn every_language_has_the_same_keys_in_the_same_order() {
    assert_eq!(keys(Locale::En), keys(Locale::Fr));
    assert!(keys(Locale::En).len() > 150);
}

#[test]
fn every_key_that_is_asked_for_has_a_sentence_and_every_sentence_is_asked_for() {
    let asked = asked_for();
    let known: BTreeSet<String> = keys(Locale::En).into_iter().collect();
    let missing: Vec<&String> = asked.difference(&known).collect();
    assert!(missing.is_empty(), "without a sentence: {missing:?}");
    let unused: Vec<&String> = known.difference(&asked).collect();
    assert!(unused.is_empty(), "never said: {unused:?}");
}

#[test]
fn every_violation_and_every_fault_is_told_in_both_languages() {
    for locale in Locale::ALL {
        let words = Words(locale);
        for violation in VIOLATIONS {
            let text = words.violation(violation);
            assert!(!text.starts_with("violation-") && !text.contains('{'), "{text}");
            assert_eq!(text.contains('3'), violation.limit().is_some(), "{text}");
        }
        for fault in faults() {
            let text = words.fault(&fault);
            assert!(!text.starts_with("fault-") && !text.contains('{'), "{text}");
            assert!(locale == Locale::En || text != fault.detail, "{text}");
        }
    }
}

#[test]
fn a_fault_without_words_of_its_own_is_told_by_its_kind_and_never_in_its_own_english() {
    let fault = Fault::new(FaultKind::Conflict, "from-a-later-version", "Something in English.");
    assert_eq!(Words(Locale::Fr).fault(&fault), Words(Locale::Fr).say("fault-conflict"));
}
