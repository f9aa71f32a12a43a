use crate::fields::Fields;
use crate::flash::Notice;
use crate::form::{FormView, Returned, Sheet};
use crate::page::{Answer, Layout};
use crate::trouble::tell;
use crate::visit::Visit;
use crate::words::{Moment, Words};
use application::fault::Fault;
use application::keys::KeyRecord;
use askama::Template;
use domain::keys::KeyState;
use domain::violation::{FieldViolation, Violation};
use poem::http::StatusCode;
use std::sync::Arc;

const SHEET: Sheet = Sheet { kept: &["confirmation"], password: "" };
const HERE: &str = "/admin/keys";

#[derive(Template)]
#[template(path = "admin/keys.html")]
struct KeysPage {
    page: Layout,
    keys: Vec<KeyRow>,
}

/// A signing key.
struct KeyRow {
    kid: String,
    algorithm: &'static str,
    state: String,
    current: bool,
    created: Moment,
    active: Moment,
}

#[derive(Template)]
#[template(path = "admin/revoke.html")]
struct RevokePage {
    page: Layout,
    form: FormView,
    /// What has to be typed.
    word: String,
}

/// Shows the signing keys.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let keys = visit.site.services.keys.list(&visit.actor()).await?;
    let keys = keys.into_iter().map(|key| KeyRow::of(visit.words, key)).collect();
    visit.page(StatusCode::OK, &KeysPage { page: visit.layout("keys-title"), keys })
}

/// Brings the next key forward.
pub(crate) async fn rotate(visit: Arc<Visit>, _sent: Fields) -> Answer {
    visit.site.services.keys.rotate(&visit.actor()).await?;
    Ok(visit.redirect_with(HERE, Notice::KeysRotated))
}

/// Says what revoking does, and asks for a word.
pub(crate) async fn ask(visit: Arc<Visit>) -> Answer {
    visit.page(StatusCode::OK, &RevokePage::new(&visit, FormView::default()))
}

/// Takes every key out of use.
pub(crate) async fn revoke(visit: Arc<Visit>, sent: Fields) -> Answer {
    let fault = match confirmed(&visit, &sent) {
        Ok(()) => match visit.site.services.keys.revoke(&visit.actor()).await {
            Ok(_) => return Ok(visit.redirect_with(HERE, Notice::KeysRevoked)),
            Err(error) => tell(&error),
        },
        Err(fault) => fault,
    };
    let Returned { form, fault } = visit.refuse(&SHEET, &sent, fault)?;
    visit.send_back(&fault, &RevokePage::new(&visit, form))
}

fn confirmed(visit: &Visit, sent: &Fields) -> Result<(), Fault> {
    let typed = sent.get("confirmation").unwrap_or_default().trim().to_lowercase();
    if typed == visit.words.say("keys-word") {
        return Ok(());
    }
    let violation = if typed.is_empty() { Violation::Required } else { Violation::Mismatch };
    Err(Fault::invalid(vec![FieldViolation { field: "confirmation", violation }]))
}

impl RevokePage {
    fn new(visit: &Visit, form: FormView) -> Self {
        Self { page: visit.layout("revoke-title"), form, word: visit.words.say("keys-word") }
    }
}

impl KeyRow {
    fn of(words: Words, key: KeyRecord) -> Self {
        Self {
            kid: key.kid,
            algorithm: key.algorithm.name(),
            state: words.say(&format!("key-{}", key.state.name())),
            current: key.state == KeyState::Current,
            created: words.moment(key.created_at),
            active: words.moment(key.active_from),
        }
    }
}
