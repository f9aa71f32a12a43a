//! Accounts: signing up, the own profile, the password, and leaving.

mod model;

use crate::Tag;
use crate::answer::{CONFLICT, Created, Done, FORBIDDEN, Failure, Json, TOO_MANY};
use crate::authentication::{Caller, PROFILE_READ, PROFILE_WRITE, Visitor};
use crate::body::Body;
use application::users::UserService;
use model::{DeletionRequest, PasswordChangeRequest, ProfilePatchRequest, SignUpRequest, UserView};
use poem_openapi::OpenApi;
use std::sync::Arc;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub users: Arc<UserService>,
}

#[OpenApi(tag = "Tag::Users")]
impl Routes {
    /// Sign up
    ///
    /// Makes an account with the role `user`. It is not logged in by that. User name and e-mail address are
    /// unique without regard to case; names that look alike are the same name.
    #[oai(path = "/api/v1/users", method = "post", operation_id = "signUp")]
    async fn sign_up(
        &self,
        visitor: Visitor,
        body: Body<SignUpRequest>,
    ) -> Result<Created<UserView>, Failure<CONFLICT>> {
        let form = body.read(|fields| SignUpRequest::parse(fields, self.users.password_policy()))?;
        let profile = self.users.sign_up(&visitor.0, form).await?;
        Ok(Created { location: format!("/api/v1/users/{}", profile.user.id), value: profile.into() })
    }

    /// Read the own profile
    #[oai(path = "/api/v1/me", method = "get", operation_id = "ownProfile")]
    async fn own_profile(
        &self,
        #[oai(scope = "PROFILE_READ")] caller: Caller,
    ) -> Result<Json<UserView>, Failure<0>> {
        let profile = self.users.own_profile(&caller.0).await?;
        Ok(Json(profile.into()))
    }

    /// Edit the own profile
    ///
    /// A merge patch (RFC 7396): a member that is absent stays as it is, `null` clears it.
    #[oai(path = "/api/v1/me", method = "patch", operation_id = "editProfile")]
    async fn edit_profile(
        &self,
        #[oai(scope = "PROFILE_WRITE")] caller: Caller,
        body: Body<ProfilePatchRequest>,
    ) -> Result<Json<UserView>, Failure<CONFLICT>> {
        let patch = body.read(ProfilePatchRequest::parse)?;
        let profile = self.users.edit_profile(&caller.0, patch).await?;
        Ok(Json(profile.into()))
    }

    /// Change the password
    ///
    /// Ends every other session of the account.
    #[oai(path = "/api/v1/me/password", method = "put", operation_id = "changePassword")]
    async fn change_password(
        &self,
        #[oai(scope = "PROFILE_WRITE")] caller: Caller,
        body: Body<PasswordChangeRequest>,
    ) -> Result<Done, Failure<{ FORBIDDEN | CONFLICT | TOO_MANY }>> {
        let form = body.read(PasswordChangeRequest::parse)?;
        self.users.change_password(&caller.0, form).await?;
        Ok(Done)
    }

    /// Delete the own account
    ///
    /// With everything that is in it, for ever. Asks for the password. The user name is free again at once.
    #[oai(path = "/api/v1/me/deletion", method = "post", operation_id = "closeAccount")]
    async fn close_account(
        &self,
        #[oai(scope = "PROFILE_WRITE")] caller: Caller,
        body: Body<DeletionRequest>,
    ) -> Result<Done, Failure<{ FORBIDDEN | CONFLICT | TOO_MANY }>> {
        let password = body.read(DeletionRequest::parse)?;
        self.users.close(&caller.0, &password).await?;
        Ok(Done)
    }
}

#[cfg(test)]
mod tests;
