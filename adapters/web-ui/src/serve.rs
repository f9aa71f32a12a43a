//! Doors: who may come in, with what, and what happens before a page is asked.

use crate::csrf::{self, NoEntropy, Sender};
use crate::fields::Fields;
use crate::form;
use crate::page::Answer;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visit::Visit;
use domain::access::Scope;
use poem::error::NotFoundError;
use poem::http::{Method, header};
use poem::{Endpoint, PathPattern, Request, Response};
use std::pin::Pin;
use std::sync::Arc;

type Work = Pin<Box<dyn Future<Output = Answer> + Send>>;
type Show = Box<dyn Fn(Arc<Visit>) -> Work + Send + Sync>;
type Take = Box<dyn Fn(Arc<Visit>, Fields) -> Work + Send + Sync>;

/// One path: what it shows, which form it takes, and from whom.
pub(crate) struct Door {
    site: Arc<Site>,
    show: Option<Show>,
    take: Option<Take>,
    members_only: bool,
    needed: Option<Scope>,
}

impl Door {
    pub(crate) fn new(site: &Arc<Site>) -> Self {
        Self { site: Arc::clone(site), show: None, take: None, members_only: false, needed: None }
    }

    /// What GET answers with.
    pub(crate) fn shows<F>(mut self, show: fn(Arc<Visit>) -> F) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        self.show = Some(Box::new(move |visit| Box::pin(show(visit))));
        self
    }

    /// What POST does, once the form has proved where it comes from.
    pub(crate) fn takes<F>(mut self, take: fn(Arc<Visit>, Fields) -> F) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        self.take = Some(Box::new(move |visit, form| Box::pin(take(visit, form))));
        self
    }

    /// Sends whoever is not logged in to do so.
    pub(crate) fn for_members(mut self) -> Self {
        self.members_only = true;
        self
    }

    /// Lets in only those who may do what `scope` names: nobody else learns whether a form is right or what there is.
    pub(crate) fn needs(mut self, scope: Scope) -> Self {
        self.needed = Some(scope);
        self.for_members()
    }

    fn methods(&self) -> &'static str {
        match (&self.show, &self.take) {
            (Some(_), Some(_)) => "GET, HEAD, POST",
            (Some(_), None) => "GET, HEAD",
            (None, _) => "POST",
        }
    }

    async fn open(&self, visit: &Arc<Visit>, request: Request) -> Answer {
        match (request.method(), &self.show, &self.take) {
            (&Method::GET | &Method::HEAD, Some(show), _) => {
                self.admit(visit)?;
                show(Arc::clone(visit)).await
            }
            (&Method::POST, _, Some(take)) => {
                let sender = csrf::sender(request.headers(), &visit.site.address);
                if sender != Sender::Own {
                    return Err(Trouble::Sender(sender));
                }
                self.admit(visit)?;
                let (parts, body) = request.into_parts();
                let fields = form::read(&parts.headers, body).await?;
                let token = fields.get(csrf::FIELD).unwrap_or_default();
                if !visit.site.tokens.accepts(&visit.binding, token) {
                    return Err(Trouble::Forged);
                }
                take(Arc::clone(visit), fields).await
            }
            _ => Err(Trouble::Method(self.methods())),
        }
    }

    fn admit(&self, visit: &Visit) -> Result<(), Trouble> {
        if self.members_only {
            visit.known()?;
        }
        match self.needed {
            Some(scope) => Ok(visit.actor().require(scope)?),
            None => Ok(()),
        }
    }
}

impl Endpoint for Door {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let (visit, trouble) = begin(&self.site, &request).await?;
        let visit = Arc::new(visit);
        let answer = match trouble {
            Ok(()) => self.open(&visit, request).await,
            Err(trouble) => Err(trouble),
        };
        Ok(answer.unwrap_or_else(|trouble| trouble.answer(&visit)))
    }
}

async fn begin(site: &Arc<Site>, request: &Request) -> poem::Result<(Visit, Result<(), Trouble>)> {
    Visit::begin(site, request).await.map_err(|error: NoEntropy| {
        tracing::error!(%error, "a page failed");
        poem::error::InternalServerError(error)
    })
}

/// Answers for the paths behind which there is no door.
pub(crate) struct Nowhere(pub(crate) Arc<Site>);

impl Endpoint for Nowhere {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let mut answer = if reads_html(&request) {
            refuse(&self.0, &request, Trouble::Nowhere).await
        } else {
            Err(NotFoundError.into())
        };
        // The router would say that its pattern for everything was found.
        let nowhere = PathPattern("".into());
        match &mut answer {
            Ok(response) => response.set_data(nowhere),
            Err(error) => error.set_data(nowhere),
        }
        answer
    }
}

/// Answers with a page that says why there is nothing else.
pub(crate) async fn refuse(site: &Arc<Site>, request: &Request, why: Trouble) -> poem::Result<Response> {
    let (visit, trouble) = begin(site, request).await?;
    Ok(trouble.err().unwrap_or(why).answer(&visit))
}

fn reads_html(request: &Request) -> bool {
    let mut accepted =
        request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.to_ascii_lowercase().contains("text/html"))
}
