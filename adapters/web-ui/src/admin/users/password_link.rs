use super::link;
use super::target::Target;
use crate::fields::Fields;
use crate::page::Answer;
use crate::visit::Visit;
use domain::access::Scope;
use std::sync::Arc;

/// Makes a link by which somebody sets another password, and shows it once.
pub(crate) async fn submit(visit: Arc<Visit>, _sent: Fields) -> Answer {
    let target = Target::to(&visit, Scope::UserWrite).await?;
    let issued = visit.site.services.users.issue_password_link(&target.actor, target.id()).await?;
    link::show(&visit, (target.record.user.username.to_string(), target.path()), &issued, false)
}
