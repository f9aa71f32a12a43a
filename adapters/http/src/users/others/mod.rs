//! The accounts of others, in the hands of those who may look after them.
//!
//! Personal data is masked until somebody opens it and says why; what may be done to an account depends on its role
//! as well (`domain::access::decision`).

pub mod model;

use super::erasure::Erased;
use super::model::ProfilePatchRequest;
use super::view::{PasswordLinkView, UserView};
use crate::Tag;
use crate::answer::{CONFLICT, Done, FORBIDDEN, Failure, Issued, Json, TOO_MANY};
use crate::authentication::{ADMIN_READ, ADMIN_WRITE, Caller, USER_DELETE, USER_READ, USER_WRITE};
use crate::body::Body;
use crate::paging::Paged;
use crate::query::{PublicUrl, Query};
use application::users::UserService;
use domain::ids::UserId;
use model::{OpeningRequest, RoleChangeRequest, SuspensionRequest, UserSearch};
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use std::sync::Arc;
use uuid::Uuid;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub users: Arc<UserService>,
    /// Where links lead.
    pub public_url: PublicUrl,
}

#[OpenApi(tag = "Tag::Accounts")]
impl Routes {
    /// List accounts
    ///
    /// Masked. What was found by the beginning of its name comes in the order of names.
    #[oai(path = "/api/v1/users", method = "get", operation_id = "listUsers")]
    async fn list(
        &self,
        #[oai(scope = "USER_READ")] caller: Caller,
        query: Query<UserSearch>,
    ) -> Result<Paged<UserView>, Failure<0>> {
        let (search, limit) = query.read(UserSearch::parse)?;
        let page = self.users.page(&caller.0, &search, limit).await?;
        Ok(query.page(page.items.into_iter().map(UserView::from).collect(), page.next))
    }

    /// Read an account
    ///
    /// Masked, unless it is one's own.
    #[oai(path = "/api/v1/users/:id", method = "get", operation_id = "viewUser")]
    async fn view(
        &self,
        #[oai(scope = "USER_READ")] caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Json<UserView>, Failure<0>> {
        let record = self.users.view(&caller.0, UserId::from_uuid(id.0)).await?;
        Ok(Json(record.into()))
    }

    /// Edit the profile of an account
    ///
    /// A merge patch (RFC 7396), as for the own profile. Role, status and all the rest have addresses of their own.
    #[oai(path = "/api/v1/users/:id", method = "patch", operation_id = "editUser")]
    async fn edit(
        &self,
        #[oai(scope = "USER_WRITE")] caller: Caller,
        id: Path<Uuid>,
        body: Body<ProfilePatchRequest>,
    ) -> Result<Json<UserView>, Failure<{ FORBIDDEN | CONFLICT }>> {
        let patch = body.read(ProfilePatchRequest::parse)?;
        let record = self.users.edit(&caller.0, UserId::from_uuid(id.0), patch).await?;
        Ok(Json(record.into()))
    }

    /// Delete an account
    ///
    /// With everything that is in it, for ever; the key of its data is destroyed with it. The receipt is for the person.
    /// The own account is deleted with its password, at `POST /api/v1/me/deletion`.
    #[oai(path = "/api/v1/users/:id", method = "delete", operation_id = "deleteUser")]
    async fn delete(
        &self,
        #[oai(scope = "USER_DELETE")] caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Erased, Failure<{ FORBIDDEN | CONFLICT }>> {
        Ok(Erased(self.users.delete(&caller.0, UserId::from_uuid(id.0)).await?))
    }

    /// Open the personal data of an account
    ///
    /// With a reason, which stands in the audit trail and which the person sees, with who it was and when.
    #[oai(path = "/api/v1/users/:id/personal-data", method = "post", operation_id = "openPersonalData")]
    async fn open_personal_data(
        &self,
        #[oai(scope = "ADMIN_READ")] caller: Caller,
        id: Path<Uuid>,
        body: Body<OpeningRequest>,
    ) -> Result<Json<UserView>, Failure<{ FORBIDDEN | CONFLICT }>> {
        let reason = body.read(OpeningRequest::parse)?;
        let id = UserId::from_uuid(id.0);
        let record = self.users.open_personal_data(&caller.0, id, &reason).await?;
        Ok(Json(record.into()))
    }

    /// Give an account another role
    ///
    /// For good, or until a moment: then the role before it comes back by itself. Whoever lowers themselves gives
    /// their own password with it. There is always an administrator left.
    #[oai(path = "/api/v1/users/:id/role", method = "put", operation_id = "setRole")]
    async fn set_role(
        &self,
        #[oai(scope = "ADMIN_WRITE")] caller: Caller,
        id: Path<Uuid>,
        body: Body<RoleChangeRequest>,
    ) -> Result<Json<UserView>, Failure<{ FORBIDDEN | CONFLICT | TOO_MANY }>> {
        let change = body.read(RoleChangeRequest::parse)?;
        let record = self.users.set_role(&caller.0, UserId::from_uuid(id.0), change).await?;
        Ok(Json(record.into()))
    }

    /// Suspend an account
    ///
    /// For good, or until a moment. Ends its sessions; its tokens stop working with the next request. Whoever suspends
    /// themselves gives their own password with it.
    #[oai(path = "/api/v1/users/:id/suspension", method = "put", operation_id = "suspendUser")]
    async fn suspend(
        &self,
        #[oai(scope = "USER_WRITE")] caller: Caller,
        id: Path<Uuid>,
        body: Body<SuspensionRequest>,
    ) -> Result<Json<UserView>, Failure<{ FORBIDDEN | CONFLICT | TOO_MANY }>> {
        let order = body.read(SuspensionRequest::parse)?;
        let record = self.users.suspend(&caller.0, UserId::from_uuid(id.0), order).await?;
        Ok(Json(record.into()))
    }

    /// Reinstate a suspended account
    #[oai(path = "/api/v1/users/:id/suspension", method = "delete", operation_id = "reinstateUser")]
    async fn reinstate(
        &self,
        #[oai(scope = "USER_WRITE")] caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Done, Failure<{ FORBIDDEN | CONFLICT }>> {
        self.users.reinstate(&caller.0, UserId::from_uuid(id.0)).await?;
        Ok(Done)
    }

    /// Make a link to set a password
    ///
    /// For a person who has none yet or has forgotten it. Works once, for a day, and in the place of any earlier link.
    #[oai(path = "/api/v1/users/:id/password-link", method = "post", operation_id = "createPasswordLink")]
    async fn create_password_link(
        &self,
        #[oai(scope = "USER_WRITE")] caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Issued<PasswordLinkView>, Failure<{ FORBIDDEN | CONFLICT }>> {
        let link = self.users.issue_password_link(&caller.0, UserId::from_uuid(id.0)).await?;
        Ok(Issued(PasswordLinkView::new(&link, &self.public_url.0)))
    }
}

#[cfg(test)]
mod tests;
