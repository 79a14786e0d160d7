//! What the OpenAPI documents of both planes share.

use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, Required, Response, ResponseBuilder, Type};

use crate::key;

/// The header of a write; `means` says what the key counts for.
#[must_use]
pub fn idempotency_key(means: &str) -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(key::MAX_LENGTH))
        .build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(means))
        .schema(Some(text))
        .build()
}

/// The one body of every refusal.
#[must_use]
pub fn problem() -> Response {
    let schema = Ref::from_schema_name(client::problem::Problem::name());
    ResponseBuilder::new()
        .description("What went wrong, with a stable code.")
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(schema)).build(),
        )
        .build()
}
