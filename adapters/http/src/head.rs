//! HEAD: what GET would say in its header, and nothing of what GET would do (RFC 9110, section 9.3.2).

use poem::http::Method;
use poem::{FromRequest, Request, RequestBody};

/// Whether only the header of an answer is asked for.
///
/// The framework passes HEAD on as GET and drops the body of the answer. That will do where GET only reads; where it
/// writes something down or uses something up, the route asks for this and stops short of it. The front puts it into each
/// request.
#[derive(Clone, Copy)]
pub struct HeaderOnly(pub bool);

impl HeaderOnly {
    /// As it is asked by that method.
    pub fn of(method: &Method) -> Self {
        Self(method == Method::HEAD)
    }
}

impl<'a> FromRequest<'a> for HeaderOnly {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(request.data().copied().unwrap_or(Self(false)))
    }
}
