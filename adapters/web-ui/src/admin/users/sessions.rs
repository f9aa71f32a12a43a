use super::target::Target;
use crate::fields::Fields;
use crate::flash::Notice;
use crate::page::Answer;
use crate::sessions::devices::{ended, session_id};
use crate::trouble::Trouble;
use crate::visit::Visit;
use application::fault::Describe;
use application::sessions::EndError;
use domain::access::Scope;
use std::sync::Arc;

/// Ends one session of somebody.
pub(crate) async fn end(visit: Arc<Visit>, sent: Fields) -> Answer {
    let target = Target::to(&visit, Scope::UserWrite).await?;
    let id = session_id(sent.get("session").unwrap_or_default())?;
    match visit.site.services.sessions.end_of(&target.actor, target.id(), id).await {
        Ok(()) => Ok(ended(&visit, id, &target.path())),
        Err(error @ (EndError::Missing | EndError::NotTheirs)) => Err(Trouble::SessionOver(error.fault())),
        Err(error) => Err(error.into()),
    }
}

/// Ends every session of somebody; of oneself that is logging out everywhere, here too.
pub(crate) async fn end_all(visit: Arc<Visit>, _sent: Fields) -> Answer {
    let target = Target::to(&visit, Scope::UserWrite).await?;
    visit.site.services.sessions.end_all_of(&target.actor, target.id()).await?;
    if target.is_own() {
        return Ok(visit.logged_out());
    }
    Ok(visit.redirect_with(&target.path(), Notice::SessionsEnded))
}
