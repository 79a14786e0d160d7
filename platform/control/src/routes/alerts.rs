//! What other systems say: what people replied, what became of a ticket, what firewalls saw.

use axum::Json;
use axum::extract::State;
use base::problem::Code;
use client::watch::{Answered, Counted};
use notify::NotifyError;
use notify::ack::Acked;
use notify::inbound::ticket::Signature;
use web::Failure;

use crate::door::{Endpoint, Machine, Signed};
use crate::{Refusal, security, watching};

/// Takes what somebody wrote or pressed from the gateway of a channel: `from` with `text` (the eight digits of the page),
/// or with `key` and `digit` 1. An act of whoever answers, once however often the gateway repeats it.
#[utoipa::path(post, path = "/v1/alerts/replies/{channel}", tag = "watch", params(("channel" = String, Path)), request_body = Object, responses((status = 200, body = Answered)))]
pub async fn reply(
    State(endpoint): State<Endpoint>,
    Machine { id, body }: Machine,
) -> Result<Json<Answered>, Failure> {
    let notifier = watching::notifier(endpoint.app())?;
    let acked = notifier.reply(&id, &body).await.map_err(|error| match error {
        // So many wrong codes are a guess, and no load.
        NotifyError::Full { .. } => Refusal::with(Code::RateLimited, &error.to_string()),
        error => error.into(),
    })?;
    let (about, until, changed) = match acked {
        Acked::Group { until, .. } => ("alerts", Some(until), true),
        Acked::Again { until, .. } => ("alerts", Some(until), false),
        Acked::CallTree { fresh, .. } => ("call-tree", None, fresh),
    };
    Ok(Json(Answered {
        about: about.to_owned(),
        until,
        changed,
    }))
}

/// Takes what became of a ticket (`ticket_key`, `ticket`, `event` created, acknowledged or closed, `by`) from a ticket
/// system, whose signature stands for a token. That it was acknowledged or closed is an act; a copy changes nothing.
#[utoipa::path(post, path = "/v1/alerts/tickets", tag = "watch", params(("x-backstop-timestamp" = String, Header), ("x-backstop-signature" = String, Header)), request_body = Object, responses((status = 200, body = Answered)))]
pub async fn ticket(State(endpoint): State<Endpoint>, signed: Signed) -> Result<Json<Answered>, Failure> {
    let notifier = watching::notifier(endpoint.app())?;
    let given = Signature {
        timestamp: &signed.timestamp,
        signature: &signed.signature,
    };
    let changed = notifier
        .ticket(given, &signed.body)
        .await
        .map_err(Refusal::from)?;
    Ok(Json(Answered {
        about: "alerts".to_owned(),
        until: None,
        changed,
    }))
}

/// Takes what a web application firewall or an intrusion detection saw, to be counted: `{source, events: [{kind, severity,
/// count, at}]}`, or objects of Suricata's EVE or `ModSecurity`'s audit log. Nothing else of it is kept; no act.
#[utoipa::path(post, path = "/v1/alerts/security-events", tag = "watch", request_body = Object, responses((status = 200, body = Counted)))]
pub async fn security_events(
    State(endpoint): State<Endpoint>,
    Machine { body, .. }: Machine,
) -> Result<Json<Counted>, Failure> {
    let app = endpoint.app();
    let seen = security::read(&body, app.clock.now_micros())?;
    Ok(Json(Counted {
        counted: app.metrics.security.count(&seen),
    }))
}
