//! The door of every route that writes.

use axum::RequestPartsExt;
use axum::extract::{FromRequest, Request};
use base::problem::Code;
use client::digest::request_digest;
use domain::lane::Live;
use lending::{Call, World};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::caller;
use super::id::Id;
use crate::endpoint::Endpoint;
use web::Failure;
use web::{body, key};

/// A write by somebody who may, with its key, its digest and its parsed body.
pub struct Write<B> {
    /// The world to write in.
    pub world: World<Live>,
    /// Who, under which key, and the digest of what was sent.
    pub call: Call,
    /// The path's id, empty where it has none.
    pub id: String,
    /// What is asked.
    pub body: B,
}

/// The body of a verb that needs no more than its path: `{}`.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<B: DeserializeOwned> FromRequest<Endpoint> for Write<B> {
    type Rejection = Failure;

    /// Cheapest refusals first: nobody makes the service read a body who may
    /// not send one.
    async fn from_request(request: Request, endpoint: &Endpoint) -> Result<Self, Failure> {
        let (mut parts, sent) = request.into_parts();
        let principal = caller::identify(&parts, endpoint).await?.principal;
        let key = key::key(&parts.headers)?;
        body::must_be_json(&parts.headers)?;
        if let Err(shed) = endpoint.shed_closed_intake() {
            // What was answered before intake closed is answered the same again. While nobody
            // knows whether it is closed, the database does not answer, and is not waited for.
            let ask = shed.code() == Code::IntakeClosed;
            let known = ask
                && lending::is_known(endpoint.world(), &principal.name, &key)
                    .await
                    .unwrap_or(false);
            if !known {
                return Err(shed);
            }
        }
        let id = match endpoint.route().has_id() {
            true => parts.extract::<Id>().await?.0,
            false => String::new(),
        };
        let bytes = body::read(&parts.headers, sent, &endpoint.app().limits.wire).await?;
        let call = Call {
            principal: principal.name.to_string(),
            role: principal.role,
            kind: principal.kind,
            route: endpoint.route().name,
            digest: request_digest(&key, &bytes),
            key,
        };
        Ok(Self {
            world: endpoint.world().clone(),
            call,
            id,
            body: body::parse(&bytes)?,
        })
    }
}
