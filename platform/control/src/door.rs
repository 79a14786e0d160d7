//! What every request passes: a rate, a deadline, its caller's role; and, if it writes, a key and a bounded body.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auth::Principal;
use axum::RequestPartsExt as _;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::problem::Code;
use notify::channel::signed;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use web::bearer::bearer;
use web::listener::Source;
use web::{Failure, body, deadline, key, panics};

use crate::App;
use crate::drills::Call;
use crate::route::Route;

/// Longest a request may take: a body that came at the last moment, and a few statements on the plane's own store.
const REQUEST: Duration = Duration::from_secs(20);

/// State of one route's handler. Cheap to clone.
#[derive(Clone)]
pub struct Endpoint(Arc<(Arc<App>, Route)>);

impl Endpoint {
    /// One route of the control plane.
    #[must_use]
    pub fn new(app: Arc<App>, route: Route) -> Self {
        Self(Arc::new((app, route)))
    }

    /// The whole.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.0.0
    }

    fn route(&self) -> &Route {
        &self.0.1
    }
}

/// Around every handler: counts, bounds, catches.
pub async fn pass(State(endpoint): State<Endpoint>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (app, route) = (endpoint.app(), endpoint.route());
    let source = request.extensions().get::<Source>().copied();
    let allowed = match (&app.rate_address, source) {
        (Some(rate), Some(Source(address))) => route.roles.is_empty() || rate.allows(address),
        _ => true,
    };
    let response = match allowed {
        true => panics::caught(deadline::within(REQUEST, next.run(request))).await,
        false => Failure::of(Code::RateLimited).into_response(),
    };
    let metrics = &app.metrics;
    let status = response.status();
    metrics
        .requests
        .with_label_values(&[route.name, status.as_str()])
        .inc();
    metrics
        .seconds
        .with_label_values(&[route.name])
        .observe(begun.elapsed().as_secs_f64());
    // 503 is told to whoever can come again: a probe, or a client of a store that is down.
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        let code = response
            .extensions()
            .get::<Code>()
            .map_or("", |code| code.as_str());
        tracing::error!(
            route = route.name,
            status = status.as_u16(),
            code,
            "request failed"
        );
    }
    response
}

/// Finds who calls and holds them against the route's roles.
fn identify(parts: &Parts, endpoint: &Endpoint) -> Result<Principal, Failure> {
    let token = bearer(&parts.headers).ok_or_else(|| Failure::of(Code::Unauthenticated))?;
    let principal = endpoint.app().tokens.principal(token);
    let principal = principal.ok_or_else(|| Failure::of(Code::Unauthenticated))?;
    match endpoint.route().roles.contains(&principal.role) {
        true => Ok(principal),
        false => Err(Failure::of(Code::Forbidden)),
    }
}

/// Paths that go on with an id or a name.
const WITH_ID: &[&str] = &[
    "/v1/drills/",
    "/v1/runs/",
    "/v1/watch/silences/",
    "/v1/alerts/replies/",
];

async fn id(parts: &mut Parts) -> Result<String, Failure> {
    let path = parts.uri.path();
    if !WITH_ID.iter().any(|with_id| path.starts_with(with_id)) {
        return Ok(String::new());
    }
    let path = parts.extract::<Path<String>>().await;
    path.map(|Path(id)| id).map_err(|_| Failure::of(Code::NotFound))
}

/// A read by somebody who may; the path's id, empty where it has none.
pub struct Read(pub String);

impl FromRequestParts<Endpoint> for Read {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, endpoint: &Endpoint) -> Result<Self, Failure> {
        identify(parts, endpoint)?;
        Ok(Self(id(parts).await?))
    }
}

/// What another system hands over, without a key of its own.
pub struct Machine {
    /// The path's id, empty where it has none.
    pub id: String,
    /// The body as it is.
    pub body: Bytes,
}

impl FromRequest<Endpoint> for Machine {
    type Rejection = Failure;

    async fn from_request(request: Request, endpoint: &Endpoint) -> Result<Self, Failure> {
        let (mut parts, sent) = request.into_parts();
        identify(&parts, endpoint)?;
        body::must_be_json(&parts.headers)?;
        let id = id(&mut parts).await?;
        let bytes = body::read(&parts.headers, sent, &endpoint.app().limits).await?;
        Ok(Self {
            id,
            body: bytes.into(),
        })
    }
}

/// What another system hands over under a signature instead of a token; whoever takes it checks the signature.
pub struct Signed {
    /// When it was signed, as it was sent.
    pub timestamp: String,
    /// The signature, as it was sent.
    pub signature: String,
    /// The body as it is.
    pub body: Bytes,
}

impl FromRequest<Endpoint> for Signed {
    type Rejection = Failure;

    /// Bounded for each source address, since anybody may knock.
    async fn from_request(request: Request, endpoint: &Endpoint) -> Result<Self, Failure> {
        let (parts, sent) = request.into_parts();
        let app = endpoint.app();
        if let Some(Source(address)) = parts.extensions.get::<Source>()
            && !app.rate_signed.allows(address)
        {
            return Err(Failure::of(Code::RateLimited));
        }
        let header = |name: &str| {
            let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
            value
                .map(str::to_owned)
                .ok_or_else(|| Failure::of(Code::Unauthenticated))
        };
        let (timestamp, signature) = (header(signed::TIMESTAMP)?, header(signed::SIGNATURE)?);
        body::must_be_json(&parts.headers)?;
        let bytes = body::read(&parts.headers, sent, &app.limits).await?;
        Ok(Self {
            timestamp,
            signature,
            body: bytes.into(),
        })
    }
}

/// A write by somebody who may.
pub struct Write<B> {
    /// Who, under which key, and when.
    pub call: Call,
    /// The path's id, empty where it has none.
    pub id: String,
    /// What is asked.
    pub body: B,
}

impl<B: DeserializeOwned> FromRequest<Endpoint> for Write<B> {
    type Rejection = Failure;

    /// Cheapest refusals first: nobody makes this read a body who may not send one.
    async fn from_request(request: Request, endpoint: &Endpoint) -> Result<Self, Failure> {
        let (mut parts, sent) = request.into_parts();
        let principal = identify(&parts, endpoint)?;
        let key = key::key(&parts.headers)?;
        body::must_be_json(&parts.headers)?;
        let id = id(&mut parts).await?;
        let app = endpoint.app();
        let bytes = body::read(&parts.headers, sent, &app.limits).await?;
        let key = Sha256::digest(key)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let call = Call {
            principal,
            key,
            now: app.clock.now_micros(),
        };
        Ok(Self {
            call,
            id,
            body: body::parse(&bytes)?,
        })
    }
}
