//! Long lists, a page at a time.

use crate::answer::{JSON, Straight, content, described, line};
use crate::form::{ANY, Fields, Kind, Member};
use crate::wire::OrNull;
use application::Limit;
use domain::violation::{Violation, Violations};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaHeader, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use poem_openapi::{ApiResponse, Object};
use serde::Serialize;

/// How many entries somebody asks for.
pub const LIMIT: Member = Member::optional(
    "limit",
    Kind::Number { minimum: 1, maximum: Limit::MAXIMUM },
    "How many entries at most; 50 without it. There may be fewer although others follow.",
);
/// Where the page begins.
pub const CURSOR: Member = Member::optional(
    "cursor",
    Kind::Text { minimum: 1, maximum: ANY },
    "The `next_cursor` of the page before; the first page comes without it.",
);

/// Reads how many entries are asked for.
pub fn limit(wrong: &mut Violations, fields: &Fields<'_>) -> Option<Limit> {
    let limit = wrong.optional("limit", fields.text("limit"), |text| {
        let number = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let limit = number.and_then(|number| number.parse().ok()).and_then(Limit::new);
        limit.ok_or(Violation::UnknownValue { allowed: "the whole numbers from 1 to 200" })
    });
    limit.map(Option::unwrap_or_default)
}

/// Reads where the page begins; the outer `None` says that it can't be read.
#[allow(clippy::option_option, reason = "absent and refused are two answers")]
pub fn cursor<C>(
    wrong: &mut Violations,
    fields: &Fields<'_>,
    parse: impl FnOnce(&str) -> Option<C>,
) -> Option<Option<C>> {
    let parse = |text: &str| parse(text).ok_or(Violation::InvalidCursor);
    wrong.optional("cursor", fields.text("cursor"), parse)
}

/// 200 with a page; made by [`Query::page`](crate::query::Query::page).
pub struct Paged<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The address and the cursor of the next page, unless this is the last one.
    pub next: Option<(String, String)>,
}

/// A page of a list.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Page")]
struct PageView<T: ParseFromJSON + ToJSON> {
    /// The entries.
    items: Vec<T>,
    /// Where the next page begins; `null` on the last one.
    next_cursor: OrNull<String>,
}

impl<T: ParseFromJSON + ToJSON + Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let (address, cursor) = self.next.unzip();
        let page = PageView { items: self.items, next_cursor: OrNull(cursor) };
        let mut response = Straight(page).into_response();
        let link = address.map(|address| HeaderValue::try_from(format!("<{address}>; rel=\"next\"")));
        if let Some(Ok(link)) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

impl<T: ParseFromJSON + ToJSON + Serialize> ApiResponse for Paged<T> {
    fn meta() -> MetaResponses {
        let about = "The address of the next page (RFC 8288), unless this is the last one.";
        let page = MetaResponse {
            content: content::<PageView<T>>(JSON),
            headers: vec![MetaHeader { required: false, ..line("Link", "string", about) }],
            ..described(StatusCode::OK, "A page of the list.")
        };
        MetaResponses { responses: vec![page] }
    }

    fn register(registry: &mut Registry) {
        PageView::<T>::register(registry);
    }
}

/// A short list, all of it.
#[derive(Debug, Object)]
#[oai(rename = "List")]
pub struct ListView<T: ParseFromJSON + ToJSON> {
    /// The entries.
    pub items: Vec<T>,
}
