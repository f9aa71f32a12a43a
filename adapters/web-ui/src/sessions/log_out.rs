use crate::fields::Fields;
use crate::page::Answer;
use crate::visit::Visit;
use application::actor::Refusal;
use application::sessions::EndError;
use std::sync::Arc;

/// Logs out. A session that is over already, by whatever way, is what was wanted.
pub(crate) async fn submit(visit: Arc<Visit>, _sent: Fields) -> Answer {
    match visit.site.services.sessions.log_out(&visit.actor()).await {
        Ok(()) | Err(EndError::Refused(Refusal::NotLoggedIn)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(visit.logged_out())
}
