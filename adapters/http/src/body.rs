//! Bodies: how much of them is read, as what they may come, and how they become forms.

use crate::answer::JSON;
use crate::form::{self, Fields, Form};
use crate::json::Members;
use crate::problem::Problem;
use bytes::Bytes;
use domain::violation::FieldViolation;
use poem::error::ReadBodyError;
use poem::http::{HeaderMap, StatusCode, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use std::marker::PhantomData;

/// The most bytes of a body that are read.
pub const MAXIMUM: usize = 64 * 1024;

/// A body that is a JSON object, to be read as the form `F`.
pub struct Body<F> {
    members: Members,
    form: PhantomData<fn() -> F>,
}

impl<F: Form> Body<F> {
    /// Reads the form; answers with all that is wrong with it at once.
    pub fn read<T>(
        &self,
        parse: impl FnOnce(&Fields<'_>) -> Result<T, Vec<FieldViolation>>,
    ) -> Result<T, Problem> {
        form::read::<F, T>(&self.members, parse).map_err(Problem::invalid)
    }
}

impl<'a, F: Form> ApiExtractor<'a> for Body<F> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        register::<F>(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(described::<F>())
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        if !comes_as(request.headers(), F::MEDIA_TYPES) {
            return Err(Problem::of(StatusCode::UNSUPPORTED_MEDIA_TYPE).into());
        }
        let members = Members::parse(&read(request, body).await?).map_err(Problem::malformed)?;
        Ok(Self { members, form: PhantomData })
    }
}

/// A body that is a JSON object, to be read as one of two forms: who asks decides which.
pub struct EitherBody<A, B> {
    members: Members,
    forms: PhantomData<fn() -> (A, B)>,
}

impl<A: Form, B: Form> EitherBody<A, B> {
    /// The body as the first form.
    pub fn first(self) -> Body<A> {
        Body { members: self.members, form: PhantomData }
    }

    /// The body as the second form.
    pub fn second(self) -> Body<B> {
        Body { members: self.members, form: PhantomData }
    }
}

impl<'a, A: Form, B: Form> ApiExtractor<'a> for EitherBody<A, B> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        register::<A>(registry);
        register::<B>(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let any_of = [A::NAME, B::NAME].map(|name| MetaSchemaRef::Reference(name.to_owned())).to_vec();
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema { any_of, ..MetaSchema::ANY }));
        let content = vec![MetaMediaType { content_type: JSON, schema }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let Body { members, .. } = Body::<A>::from_request(request, body, options).await?;
        Ok(Self { members, forms: PhantomData })
    }
}

/// Adds a form to the document.
pub fn register<F: Form>(registry: &mut Registry) {
    registry.create_schema::<F, _>(F::NAME.to_owned(), |_| form::schema::<F>());
}

/// Describes a body that is a form.
pub fn described<F: Form>() -> MetaRequest {
    let schema = || MetaSchemaRef::Reference(F::NAME.to_owned());
    let content = F::MEDIA_TYPES.iter().map(|content_type| MetaMediaType { content_type, schema: schema() });
    MetaRequest { description: Some(F::ABOUT), content: content.collect(), required: true }
}

/// Reads a body to its end, or as far as it may go; one that announces itself as too long is not read at all.
pub async fn read(request: &Request, body: &mut RequestBody) -> poem::Result<Bytes> {
    let announced = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAXIMUM as u64) {
        return Err(ReadBodyError::PayloadTooLarge.into());
    }
    Ok(body.take()?.into_bytes_limit(MAXIMUM).await?)
}

/// Whether a body comes as one of these media types, in UTF-8 and not compressed (RFC 9110, sections 8.3 and 8.4).
pub fn comes_as(headers: &HeaderMap, media_types: &[&str]) -> bool {
    let mut named = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(content_type), None) = (named.next(), named.next()) else { return false };
    let Ok(content_type) = content_type.to_str() else { return false };
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let is_plain = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    is_utf8 && is_plain && media_types.iter().any(|known| known.eq_ignore_ascii_case(essence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes(lines: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        comes_as(&headers, &["application/json"])
    }

    /// M6.
    #[test]
    fn a_body_comes_as_one_known_type_in_utf_8_and_as_it_is() {
        assert!(comes(&[("content-type", "application/json")]));
        assert!(comes(&[("content-type", "APPLICATION/json ; CHARSET = \"Utf-8\"; x=y")]));
        assert!(comes(&[("content-type", "application/json"), ("content-encoding", "Identity")]));
        for refused in [
            "",
            "json",
            "application/json; charset=latin1",
            "application/json; charset=",
            "application/jsons",
        ] {
            assert!(!comes(&[("content-type", refused)]), "{refused}");
        }
        assert!(!comes(&[]));
        assert!(!comes(&[("content-type", "application/json"), ("content-type", "text/plain")]));
        for coding in ["gzip", "deflate", "br", "identity, gzip", ""] {
            assert!(
                !comes(&[("content-type", "application/json"), ("content-encoding", coding)]),
                "{coding}"
            );
        }
    }
}
