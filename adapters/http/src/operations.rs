use crate::answer::{line, told};
use crate::middleware::Progress;
use crate::oauth::OAuthError;
use crate::problem::{Problem, ProblemView};
use crate::query;
use domain::access::{Scope, Scopes};
use poem::endpoint::{BoxEndpoint, make};
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, EndpointExt, Request, Response};
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaApi, MetaOperation, MetaParamIn, MetaPath, Registry};
use poem_openapi::types::Type;
use std::collections::HashMap;
use std::sync::Arc;

/// All rooms, and what holds for each operation of theirs.
///
/// The rooms say what is special about an operation. What follows from its kind is added here, to the document
/// as well as to the routes: how a body, a token or a scope can fail, which scopes a token must have, and which
/// methods an address takes. With `None` there is a document, but nothing to serve.
pub struct Operations<T>(pub Option<T>);

impl<T: OpenApi> OpenApi for Operations<T> {
    fn meta() -> Vec<MetaApi> {
        let mut paths = joined(T::meta());
        for path in &mut paths {
            for operation in &mut path.operations {
                query::describe(operation);
                complete(operation, path.path.starts_with("/oauth2/"));
            }
        }
        vec![MetaApi { paths }]
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
        ProblemView::register(registry);
    }

    fn add_routes(self, table: &mut Table) {
        if let Some(rooms) = self.0 {
            rooms.add_routes(table);
            table.values_mut().for_each(refuse_other_methods);
            follow_the_document(&joined(T::meta()), table);
        }
    }
}

type Methods = HashMap<Method, BoxEndpoint<'static>>;
type Table = HashMap<String, Methods>;

/// Every address once, also where two rooms share it; the document would name it twice.
fn joined(apis: Vec<MetaApi>) -> Vec<MetaPath> {
    let mut paths: Vec<MetaPath> = Vec::new();
    for path in apis.into_iter().flat_map(|api| api.paths) {
        match paths.iter_mut().find(|known| known.path == path.path) {
            Some(known) => known.operations.extend(path.operations),
            None => paths.push(path),
        }
    }
    paths
}

/// Adds the ways to fail that follow from the kind of an operation. OAuth2 has its own form of errors and tells
/// them itself.
fn complete(operation: &mut MetaOperation, is_oauth: bool) {
    let known = &mut operation.responses.responses;
    let mut can = |condition: bool, status: StatusCode, description: &'static str| {
        if condition && !is_oauth && !known.iter().any(|answer| answer.status == Some(status.as_u16())) {
            known.push(told(status, description));
        }
    };
    let has_body = operation.request.is_some();
    let takes = |place| operation.params.iter().any(|parameter| parameter.in_type == place);
    let (has_query, has_id) = (takes(MetaParamIn::Query), takes(MetaParamIn::Path));
    let has_token = !operation.security.is_empty();
    let has_scope = operation.security.iter().flat_map(HashMap::values).any(|scopes| !scopes.is_empty());
    can(has_body, StatusCode::BAD_REQUEST, "The body is not what it must be; each member says why.");
    can(has_body, StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive.");
    can(has_body, StatusCode::PAYLOAD_TOO_LARGE, "The body holds more than 64 KiB.");
    can(has_body, StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON in UTF-8, or it is compressed.");
    can(has_query, StatusCode::BAD_REQUEST, "A parameter is not what it must be; each one says why.");
    can(has_id, StatusCode::NOT_FOUND, "There is nothing of that name.");
    can(has_token, StatusCode::UNAUTHORIZED, "The token is missing, not valid, or no longer.");
    can(has_scope, StatusCode::FORBIDDEN, "The token or the role does not reach that far.");
    can(true, StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.");
    can(true, StatusCode::SERVICE_UNAVAILABLE, "Not now; nothing was changed.");
    if is_oauth && has_token {
        known.retain(|answer| answer.status != Some(StatusCode::UNAUTHORIZED.as_u16()));
        known.extend(OAuthError::token_refused());
    }
    known.sort_by_key(|answer| answer.status);
    for answer in known {
        answer.headers.push(line("X-Request-Id", "string", "Names this request in the log."));
    }
}

/// Tells each route the scopes and the pattern that the document names for it, so that the two are never different.
fn follow_the_document(paths: &[MetaPath], table: &mut Table) {
    for path in paths {
        let Some((_, methods)) = table.iter_mut().find(|(route, _)| is_route(&path.path, route)) else {
            continue;
        };
        let pattern: Arc<str> = path.path.as_str().into();
        let described = methods.drain().map(|(method, inner)| {
            let operation = path.operations.iter().find(|operation| operation.method == method);
            let needed = operation.map(needed).unwrap_or_default();
            (method, Described { inner, pattern: Arc::clone(&pattern), needed }.boxed())
        });
        *methods = described.collect();
    }
}

/// The scopes that an operation needs.
fn needed(operation: &MetaOperation) -> Scopes {
    let names: Vec<&str> = operation.security.iter().flat_map(HashMap::values).flatten().copied().collect();
    Scope::ALL.into_iter().filter(|scope| names.contains(&scope.name())).collect()
}

/// An endpoint that knows what the document says of it.
struct Described {
    inner: BoxEndpoint<'static>,
    /// Where it is; the router of the framework calls parameters by numbers.
    pattern: Arc<str>,
    /// Which scopes it needs.
    needed: Scopes,
}

impl Endpoint for Described {
    type Output = Response;

    // No state of its own: each one between here and the room would be one more place that the request is moved to.
    fn call(&self, request: Request) -> impl Future<Output = poem::Result<Response>> + Send {
        if let Some(progress) = request.data::<Arc<Progress>>() {
            progress.is_at(&self.pattern, self.needed);
        }
        self.inner.call(request)
    }
}

/// Whether a path of the document, with names in `{}`, is the one of a route, with names after `:`.
fn is_route(path: &str, route: &str) -> bool {
    let same = |(one, other): (&str, &str)| one == other || (one.starts_with('{') && other.starts_with(':'));
    path.split('/').count() == route.split('/').count() && path.split('/').zip(route.split('/')).all(same)
}

/// Lets an address answer each method that it does not take with 405 and those that it takes (RFC 9110,
/// section 15.5.6).
fn refuse_other_methods(methods: &mut Methods) {
    let takes = |method: &Method| {
        methods.contains_key(method) || (method == Method::HEAD && methods.contains_key(&Method::GET))
    };
    let (allowed, refused): (Vec<Method>, Vec<Method>) = all_methods().into_iter().partition(takes);
    let allow = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    let Ok(allow) = HeaderValue::try_from(allow) else { return };
    let problem = Problem::of(StatusCode::METHOD_NOT_ALLOWED).with(header::ALLOW, allow);
    for method in refused {
        let problem = problem.clone();
        let refuse = make(move |_| {
            let problem = problem.clone();
            async move { Err::<Response, poem::Error>(problem.into()) }
        });
        methods.insert(method, refuse.map_to_response().boxed());
    }
}

/// The methods of RFC 9110, section 9, and of RFC 5789.
pub const fn all_methods() -> [Method; 9] {
    [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ]
}

#[cfg(test)]
mod tests {
    use super::is_route;

    #[test]
    fn a_path_of_the_document_is_found_among_the_routes() {
        assert!(is_route("/api/v1/users/{id}/role", "/api/v1/users/:param0/role"));
        assert!(!is_route("/api/v1/users/{id}", "/api/v1/users/me"));
        assert!(!is_route("/api/v1/users", "/api/v1/users/:param0"));
        assert!(!is_route("/api/v1/users", "/api/v1/keys"));
    }
}
