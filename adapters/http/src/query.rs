//! Queries: the same tables that describe and read bodies do so for what stands after the `?` of an address.

use crate::Given;
use crate::form::{self, Fields, Form};
use crate::json::{Members, Value};
use crate::paging::Paged;
use crate::problem::Problem;
use crate::urlencoded;
use domain::violation::FieldViolation;
use poem::http::StatusCode;
use poem::{Request, RequestBody};
use poem_openapi::registry::{
    MetaMediaType, MetaOperation, MetaOperationParam, MetaParamIn, MetaRequest, MetaSchemaRef,
};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use std::fmt::Display;
use std::marker::PhantomData;
use std::sync::Arc;

/// Where the service is reached from outside, for those who write an address into an answer.
#[derive(Clone)]
pub struct PublicUrl(pub Arc<str>);

/// The query of a request, to be read as the form `F`.
pub struct Query<F> {
    members: Members,
    address: String,
    form: PhantomData<fn() -> F>,
}

impl<F: Form> Query<F> {
    /// Reads the form; answers with all that is wrong with it at once.
    pub fn read<T>(
        &self,
        parse: impl FnOnce(&Fields<'_>) -> Result<T, Vec<FieldViolation>>,
    ) -> Result<T, Problem> {
        form::read::<F, T>(&self.members, parse).map_err(Problem::invalid)
    }

    /// A page of what was asked for. Where it is not the last one, it says at which address the next one is: this
    /// one, with another cursor.
    pub fn page<T>(&self, items: Vec<T>, next: Option<impl Display>) -> Paged<T> {
        let next = next.map(|cursor| {
            let cursor = cursor.to_string();
            let kept = self.members.iter().filter_map(|(name, value)| match value {
                Value::Text(text) if name != "cursor" => Some((name, text.as_str())),
                _ => None,
            });
            let query = urlencoded::write(kept.chain([("cursor", cursor.as_str())]));
            (format!("{}?{query}", self.address), cursor)
        });
        Paged { items, next }
    }
}

impl<'a, F: Form> ApiExtractor<'a> for Query<F> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    /// What [`describe`] turns into parameters.
    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchemaRef::Inline(Box::new(form::schema::<F>()));
        let content = vec![MetaMediaType { content_type: QUERY, schema }];
        Some(MetaRequest { description: Some(F::ABOUT), content, required: false })
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let query = request.uri().query().unwrap_or_default();
        let pairs = urlencoded::parse(query.as_bytes())
            .map_err(|flaw| Problem::new(StatusCode::BAD_REQUEST, "malformed-query", flaw.told("query")))?;
        let public_url = request.data::<Arc<Given>>().map_or("", |given| &given.public_url.0);
        let address = format!("{public_url}{}", request.uri().path());
        Ok(Self { members: Members::of_texts(pairs), address, form: PhantomData })
    }
}

/// Marks what comes as a body and is none. poem-openapi knows one parameter for each argument, and this is one
/// argument with all of them.
const QUERY: &str = "query";

/// Turns a query into the parameters of its operation.
pub fn describe(operation: &mut MetaOperation) {
    let is_query = |request: &mut MetaRequest| request.content.iter().any(|kind| kind.content_type == QUERY);
    let Some(request) = operation.request.take_if(is_query) else { return };
    for kind in request.content {
        let MetaSchemaRef::Inline(form) = kind.schema else { continue };
        for (name, mut schema) in form.properties {
            let about = match &mut schema {
                MetaSchemaRef::Inline(schema) => schema.description.take(),
                MetaSchemaRef::Reference(_) => None,
            };
            operation.params.push(MetaOperationParam {
                name: name.to_owned(),
                schema,
                in_type: MetaParamIn::Query,
                description: about.map(str::to_owned),
                required: form.required.contains(&name),
                deprecated: false,
                explode: true,
                style: None,
            });
        }
    }
}
