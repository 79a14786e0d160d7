//! What a flag says in a context.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use client::ofrep::{Evaluate, Evaluation, EvaluationFailure, Metadata};
use gate::{Act, Door, Hint, NotAScope, Scope, State, UNVERIFIED};
use serde_json::{Map, Value};
use web::{Failure, body};

use crate::app::App;
use crate::endpoint::Endpoint;
use crate::extract::caller;

/// Named so that a client that errs, and takes its default of false, takes intake for closed.
const FLAG: &str = "intake-open";

/// The flags: for everything, and for each act.
pub(super) fn flags() -> impl Iterator<Item = Option<Act>> {
    std::iter::once(None).chain(Act::ALL.iter().copied().map(Some))
}

/// `intake-open`, or with an act after it.
pub(super) fn key(act: Option<Act>) -> String {
    act.map_or_else(
        || FLAG.to_owned(),
        |act| format!("{FLAG}-{}", act.as_str().replace('_', "-")),
    )
}

/// A question by somebody who may ask.
pub struct Asked {
    endpoint: Endpoint,
    context: Result<Scope, Refused>,
    /// What the caller has already.
    pub(super) seen: Option<String>,
}

/// Why there is no value.
pub struct Refused {
    code: &'static str,
    details: String,
}

impl Asked {
    /// What is known of the business, in the context.
    pub(super) fn context(&self) -> Result<&Scope, &Refused> {
        self.context.as_ref()
    }

    fn app(&self) -> &App {
        self.endpoint.app()
    }

    /// One flag's value; an act in the context counts where the flag names none.
    pub(super) fn evaluate(&self, act: Option<Act>, context: &Scope) -> Evaluation {
        let asked = Scope {
            act: act.or(context.act),
            ..context.clone()
        };
        evaluate(
            &self.app().door,
            key(act),
            &asked,
            *context != Scope::everything(),
        )
    }
}

fn evaluate(door: &Door, key: String, asked: &Scope, narrowed: bool) -> Evaluation {
    let (state, epoch, variant) = match door.hint_for(asked) {
        Hint::Open => (State::Open.as_str(), door.last_epoch(), "open"),
        Hint::Shut { state, epoch } => (state.as_str(), epoch, "closed"),
        Hint::Unverified => (UNVERIFIED, door.last_epoch(), "unverified"),
    };
    let reason = match variant {
        "unverified" => "UNKNOWN",
        _ if narrowed => "TARGETING_MATCH",
        _ => "STATIC",
    };
    Evaluation {
        key,
        value: variant == "open",
        reason: reason.to_owned(),
        variant: variant.to_owned(),
        metadata: Metadata {
            state: state.to_owned(),
            epoch,
        },
    }
}

impl FromRequest<Endpoint> for Asked {
    type Rejection = Failure;

    async fn from_request(request: Request, endpoint: &Endpoint) -> Result<Self, Failure> {
        let (parts, sent) = request.into_parts();
        caller::identify(&parts, endpoint).await?;
        body::must_be_json(&parts.headers)?;
        let bytes = body::read(&parts.headers, sent, &endpoint.app().limits.wire).await?;
        let seen = parts.headers.get(header::IF_NONE_MATCH);
        Ok(Self {
            endpoint: endpoint.clone(),
            context: context(&bytes),
            seen: seen.and_then(|seen| seen.to_str().ok()).map(str::to_owned),
        })
    }
}

/// The parts of the context that tell a scope.
fn context(bytes: &[u8]) -> Result<Scope, Refused> {
    let asked: Evaluate = serde_json::from_slice(bytes).map_err(|_| Refused {
        code: "PARSE_ERROR",
        details: "the body is an object with a `context`".to_owned(),
    })?;
    let mut parts = Vec::new();
    for name in ["act", "product", "channel", "region"] {
        if let Some(value) = text(&asked.context, name)? {
            parts.push(format!("{name}={value}"));
        }
    }
    if parts.is_empty() {
        return Ok(Scope::everything());
    }
    parts.join(",").parse().map_err(|error: NotAScope| Refused {
        code: "INVALID_CONTEXT",
        details: error.to_string(),
    })
}

fn text<'c>(context: &'c Map<String, Value>, name: &str) -> Result<Option<&'c str>, Refused> {
    match context.get(name) {
        None | Some(Value::Null) => Ok(None),
        // They part a written scope.
        Some(Value::String(text)) if !text.contains([',', '=']) => Ok(Some(text)),
        Some(_) => Err(Refused {
            code: "INVALID_CONTEXT",
            details: format!("{name} is a name or a code"),
        }),
    }
}

impl Refused {
    /// There is no such flag.
    pub(super) fn unknown(key: &str) -> Response {
        let known: Vec<String> = flags().map(self::key).collect();
        let failure = EvaluationFailure {
            key: Some(key.to_owned()),
            error_code: "FLAG_NOT_FOUND".to_owned(),
            error_details: format!("the flags are {}", known.join(", ")),
        };
        (StatusCode::NOT_FOUND, Json(failure)).into_response()
    }

    /// As the protocol answers it, of one flag or of all.
    pub(super) fn response(&self, key: Option<&str>) -> Response {
        let failure = EvaluationFailure {
            key: key.map(str::to_owned),
            error_code: self.code.to_owned(),
            error_details: self.details.clone(),
        };
        (StatusCode::BAD_REQUEST, Json(failure)).into_response()
    }
}
