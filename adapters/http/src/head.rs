//! HEAD: what GET would say in its header, and nothing of what GET would do (RFC 9110, section 9.3.2).

use crate::middleware::Progress;
use poem::{FromRequest, Request, RequestBody};
use std::sync::Arc;

/// Whether only the header of an answer is asked for.
///
/// The framework passes HEAD on as GET and drops the body of the answer. That will do where GET only reads; where it
/// writes something down or uses something up, the route asks for this and stops short of it.
#[derive(Clone, Copy)]
pub struct HeaderOnly(pub bool);

impl<'a> FromRequest<'a> for HeaderOnly {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self(request.data::<Arc<Progress>>().is_some_and(|progress| progress.is_header_only())))
    }
}
