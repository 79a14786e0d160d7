//! The one layer around every handler: count, admit, bound, catch.
//!
//! It is one service with one boxed future, where a stack of ready-made
//! layers would box several times: a loan read is some tens of microseconds.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use base::problem::Code;
use tower::{Layer, Service};

use super::deadline;
use crate::endpoint::Endpoint;
use web::Failure;
use web::listener::Source;
use web::panics;

/// Puts a [`Door`] before a route's handler.
#[derive(Clone)]
pub struct DoorLayer(pub Endpoint);

impl<S> Layer<S> for DoorLayer {
    type Service = Door<S>;

    fn layer(&self, inner: S) -> Door<S> {
        Door {
            endpoint: self.0.clone(),
            inner,
        }
    }
}

/// A handler behind its door.
#[derive(Clone)]
pub struct Door<S> {
    endpoint: Endpoint,
    inner: S,
}

/// What a door answers, boxed once.
type Answered = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S> Service<Request> for Door<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answered;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let endpoint = self.endpoint.clone();
        let class = endpoint.route().class;
        let timing = endpoint.meters().start();
        if !is_within_rate(&endpoint, &request) {
            timing.shed();
            return refused(&endpoint, Code::RateLimited);
        }
        let Some(place) = endpoint.app().admission.admit(class) else {
            timing.shed();
            return refused(&endpoint, Code::Overloaded);
        };
        let time = deadline::of(class, &endpoint.app().limits);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = async { answer.await.unwrap_or_else(|never| match never {}) };
            let response = panics::caught(web::deadline::within(time, answer)).await;
            timing.done(response.status());
            told(&endpoint, &response);
            drop(place);
            Ok(response)
        })
    }
}

/// Answers without the handler, and counts why.
fn refused(endpoint: &Endpoint, code: Code) -> Answered {
    endpoint.meters().problem(code);
    Box::pin(std::future::ready(Ok(Failure::of(code).into_response())))
}

/// Whether the address that the request came from may still ask. The listener
/// names it; where no rate is set, nobody looks.
fn is_within_rate(endpoint: &Endpoint, request: &Request) -> bool {
    let Some(rate) = &endpoint.app().rate_address else {
        return true;
    };
    let source = request.extensions().get::<Source>();
    !endpoint.route().class.is_rated() || source.is_none_or(|Source(address)| rate.allows(address))
}

/// Successes are for the metrics; the log tells what went wrong on our side.
/// Neither path nor body is written: the template says which route it was.
fn told(endpoint: &Endpoint, response: &Response) {
    let status = response.status().as_u16();
    let route = endpoint.route();
    let code = response.extensions().get::<Code>().copied();
    if let Some(code) = code {
        endpoint.meters().problem(code);
    }
    let code = code.map_or("", Code::as_str);
    if status >= 500 && status != 503 {
        tracing::error!(route = route.name, status, code, "request failed");
    } else {
        tracing::debug!(route = route.name, status, code, "request answered");
    }
}
