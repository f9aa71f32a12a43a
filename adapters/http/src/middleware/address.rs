use super::Progress;
use poem::PathPattern;
use poem::http::Method;
use std::sync::Arc;

/// What an address is called: by its pattern and never by its path, which may hold a secret.
pub struct Address {
    /// As the document writes it; nothing where nothing matched.
    pattern: Option<Arc<str>>,
}

impl Address {
    /// The address of a request: what the API has noted of it, or what an answer of the pages tells. An empty pattern is
    /// what the pages say of a path that leads nowhere.
    pub fn of(progress: &Progress, told: Option<&PathPattern>) -> Self {
        let told = || told.filter(|told| !told.0.is_empty()).map(|PathPattern(pattern)| written(pattern));
        Self { pattern: progress.pattern().cloned().or_else(told) }
    }

    /// The pattern, for whatever is told of the request.
    pub const fn pattern(&self) -> Option<&Arc<str>> {
        self.pattern.as_ref()
    }

    /// Whether it is asked by machines that want to know how the service is, again and again.
    pub fn is_probe(&self) -> bool {
        self.pattern().is_some_and(|pattern| **pattern == *"/health" || pattern.starts_with("/health/"))
    }

    /// For the audit trail: method and pattern. Who asks for a header asks for what it heads.
    pub fn operation(&self, method: &Method) -> String {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        format!("{method} {}", self.pattern.as_deref().unwrap_or_default())
    }
}

/// A pattern of the pages' router as the document would write it: `/users/{id}` for `/users/:id`.
fn written(pattern: &Arc<str>) -> Arc<str> {
    if !pattern.contains(':') {
        return Arc::clone(pattern);
    }
    let parts = pattern.split('/').map(|part| match part.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/").into()
}
