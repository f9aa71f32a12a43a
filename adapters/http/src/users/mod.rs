//! Accounts: signing up, the own profile, the password, taking one's data away, and leaving. What administrators do
//! with the accounts of others stands in `others`.

mod erasure;
mod export;
mod model;
pub mod others;
mod view;

pub use view::UserView;

use crate::Tag;
use crate::answer::{CONFLICT, Created, Done, FORBIDDEN, Failure, Issued, Json, MISSING, Straight, TOO_MANY};
use crate::authentication::{Caller, CallerOrVisitor, PROFILE_READ, PROFILE_WRITE, USER_WRITE, Visitor};
use crate::body::{Body, EitherBody};
use crate::head::HeaderOnly;
use crate::paging::ListView;
use crate::query::{PublicUrl, Query};
use application::actor::{Identity, Refusal};
use application::users::UserService;
use erasure::Erased;
use export::{ExportRequest, ExportTicketQuery, ExportTicketView, PersonalDataFile};
use model::{
    DeletionRequest, NoticesSeen, PasswordChangeRequest, PasswordSettingRequest, ProfilePatchRequest,
    SignUpRequest,
};
use others::model::NewUserRequest;
use poem_openapi::OpenApi;
use std::sync::Arc;
use view::{NewUserView, NoticeView, PasswordLinkView};

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub users: Arc<UserService>,
    /// Where links lead.
    pub public_url: PublicUrl,
}

#[OpenApi(tag = "Tag::Users")]
impl Routes {
    /// Sign up, or make an account for somebody else
    ///
    /// Without a token: makes an account with the role `user`, by the form `SignUpRequest`. It is not logged in by
    /// that. With a token of the scope `user:write`: makes an account for somebody else, by the form
    /// `NewUserRequest`; where that has no password, the answer holds a link by which its owner sets one, and with
    /// a role above `user` it needs `admin:write` as well.
    ///
    /// User name and e-mail address are unique without regard to case; names that look alike are the same name.
    #[oai(path = "/api/v1/users", method = "post", operation_id = "signUp")]
    async fn sign_up(
        &self,
        #[oai(scope = "USER_WRITE")] caller: CallerOrVisitor,
        body: EitherBody<SignUpRequest, NewUserRequest>,
    ) -> Result<Created<NewUserView>, Failure<{ FORBIDDEN | CONFLICT }>> {
        let policy = self.users.password_policy();
        let (id, value) = if caller.0.identity == Identity::Visitor {
            let form = body.first().read(|fields| SignUpRequest::parse(fields, policy))?;
            let profile = self.users.sign_up(&caller.0, form).await?;
            (profile.user.id, NewUserView::new(profile, None))
        } else {
            let form = body.second().read(|fields| NewUserRequest::parse(fields, policy))?;
            let made = self.users.create(&caller.0, form).await?;
            let link = made.password_link.map(|link| PasswordLinkView::new(&link, &self.public_url.0));
            (made.record.user.id, NewUserView::new(made.record, link))
        };
        Ok(Created { location: format!("/api/v1/users/{id}"), value })
    }

    /// Read the own profile
    #[oai(path = "/api/v1/me", method = "get", operation_id = "ownProfile")]
    async fn own_profile(
        &self,
        #[oai(scope = "PROFILE_READ")] caller: Caller,
    ) -> Result<Straight<UserView>, Failure<0>> {
        let profile = self.users.own_profile(&caller.0).await?;
        Ok(Straight(profile.into()))
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

    /// Set the password by a link
    ///
    /// Needs no token but the secret of the link, which an administrator has made and which works once. Ends every
    /// session of the account.
    #[oai(path = "/api/v1/password", method = "put", operation_id = "setPassword")]
    async fn set_password(
        &self,
        visitor: Visitor,
        body: Body<PasswordSettingRequest>,
    ) -> Result<Done, Failure<{ MISSING | CONFLICT }>> {
        let (token, password) = body.read(PasswordSettingRequest::parse)?;
        self.users.set_password(&visitor.0, &token, password).await?;
        Ok(Done)
    }

    /// Delete the own account
    ///
    /// With everything that is in it, for ever; the key of its data is destroyed with it. Asks for the password, and
    /// answers with a receipt. The user name is free again at once.
    #[oai(path = "/api/v1/me/deletion", method = "post", operation_id = "closeAccount")]
    async fn close_account(
        &self,
        #[oai(scope = "PROFILE_WRITE")] caller: Caller,
        body: Body<DeletionRequest>,
    ) -> Result<Erased, Failure<{ FORBIDDEN | CONFLICT | TOO_MANY }>> {
        let password = body.read(DeletionRequest::parse)?;
        Ok(Erased(self.users.close(&caller.0, &password).await?))
    }

    /// Ask for everything that is held about you
    ///
    /// It gathers all of a person in one file, so it asks for the password. Gives an address at which it can be fetched
    /// once, for an hour; any earlier one stops working.
    #[oai(path = "/api/v1/me/export", method = "post", operation_id = "prepareExport")]
    async fn prepare_export(
        &self,
        #[oai(scope = "PROFILE_READ")] caller: Caller,
        body: Body<ExportRequest>,
    ) -> Result<Issued<ExportTicketView>, Failure<{ FORBIDDEN | CONFLICT | TOO_MANY }>> {
        let password = body.read(ExportRequest::parse)?;
        let ticket = self.users.prepare_export(&caller.0, &password).await?;
        Ok(Issued(ExportTicketView::new(&ticket, &self.public_url.0)))
    }

    /// Fetch everything that is held about you
    ///
    /// With a ticket from `POST /api/v1/me/export`, once; HEAD does not use it up. Without one, the password is needed
    /// first.
    ///
    /// The file is one JSON object. Its `data` holds the profile, the sessions, the notices, what happened to the
    /// account (`activity`) and, picked out of that, who looked at the personal data and why (`who_looked`) and every
    /// change of role (`role_history`), and what else the person did (`actions`). No secret is in it, and no address
    /// of others.
    ///
    /// Its `signature` is a detached JWS, `<protected header>..<signature>` (RFC 7515, appendix F), with the `alg`
    /// `EdDSA` (RFC 8037) and the `typ` `xtrem-personal-data-export`. To verify it, write `data` in its canonical form
    /// (RFC 8785), put its base64url between the two dots, and verify the whole with the key of that `kid` from
    /// `GET /.well-known/document-keys.json`; or let `xtrem document verify FILE` do it.
    #[oai(path = "/api/v1/me/export", method = "get", operation_id = "exportOwnData")]
    async fn export_own_data(
        &self,
        #[oai(scope = "PROFILE_READ")] caller: Caller,
        header_only: HeaderOnly,
        query: Query<ExportTicketQuery>,
    ) -> Result<PersonalDataFile, Failure<{ FORBIDDEN | MISSING }>> {
        let ticket = query.read(ExportTicketQuery::parse)?.ok_or(Refusal::PasswordNeeded)?;
        if header_only.0 {
            return Ok(PersonalDataFile(None));
        }
        Ok(PersonalDataFile(Some(self.users.export_own(&caller.0, &ticket).await?)))
    }

    /// List what you have to be told
    ///
    /// What happened to the account that its owner should know of, the latest first, until they say that they have
    /// seen it.
    #[oai(path = "/api/v1/me/notices", method = "get", operation_id = "listNotices")]
    async fn notices(
        &self,
        #[oai(scope = "PROFILE_READ")] caller: Caller,
    ) -> Result<Json<ListView<NoticeView>>, Failure<0>> {
        let notices = self.users.notices(&caller.0).await?;
        Ok(Json(ListView { items: notices.into_iter().map(NoticeView::from).collect() }))
    }

    /// Say that you have seen it
    #[oai(path = "/api/v1/me/notices", method = "delete", operation_id = "dismissNotices")]
    async fn dismiss_notices(
        &self,
        #[oai(scope = "PROFILE_WRITE")] caller: Caller,
        query: Query<NoticesSeen>,
    ) -> Result<Done, Failure<CONFLICT>> {
        let until = query.read(NoticesSeen::parse)?;
        self.users.dismiss_notices(&caller.0, until).await?;
        Ok(Done)
    }
}

#[cfg(test)]
mod tests;
