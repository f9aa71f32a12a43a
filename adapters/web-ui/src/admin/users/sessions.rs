use super::target::Target;
use crate::fields::Fields;
use crate::flash::Notice;
use crate::page::Answer;
use crate::sessions::devices::session_id;
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
        Ok(()) => Ok(visit.redirect_with(&target.path(), Notice::SessionEnded)),
        Err(error @ (EndError::Missing | EndError::NotTheirs)) => Err(Trouble::SessionOver(error.fault())),
        Err(error) => Err(error.into()),
    }
}

/// Ends every session of somebody.
pub(crate) async fn end_all(visit: Arc<Visit>, _sent: Fields) -> Answer {
    let target = Target::to(&visit, Scope::UserWrite).await?;
    visit.site.services.sessions.end_all_of(&target.actor, target.id()).await?;
    Ok(visit.redirect_with(&target.path(), Notice::SessionsEnded))
}
