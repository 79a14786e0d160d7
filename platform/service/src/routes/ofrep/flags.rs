//! `POST /ofrep/v1/evaluate/flags`

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use client::ofrep::{Evaluate, EvaluationFailure, Evaluations};
use sha2::{Digest, Sha256};

use super::evaluation::{Asked, flags};

/// Says of every act, and of everything, whether new business is taken; 304 where that is what `If-None-Match` names.
#[utoipa::path(
    post,
    path = "/ofrep/v1/evaluate/flags",
    tag = "ofrep",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of an answer that the caller has.")),
    request_body = Evaluate,
    responses(
        (status = 200, body = Evaluations, headers(("ETag" = String, description = "Names this answer."))),
        (status = 304, description = "As it was."),
        (status = 400, body = EvaluationFailure, description = "No context, or one that names what there is not.")
    )
)]
pub async fn evaluate_flags(asked: Asked) -> Response {
    let context = match asked.context() {
        Ok(context) => context,
        Err(refused) => return refused.response(None),
    };
    let flags = flags().map(|act| asked.evaluate(act, context)).collect();
    let Ok(body) = serde_json::to_vec(&Evaluations { flags }) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tag = tag(&body);
    let same = asked.seen.as_deref().is_some_and(|seen| names(seen, &tag));
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// The first half of the answer's SHA-256, in quotes as RFC 9110 has it.
fn tag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Whether a list of tags, weak or not, names this one.
fn names(seen: &str, tag: &str) -> bool {
    seen.split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_named_alone_in_a_list_or_weakly_and_by_any() {
        let tag = tag(b"x");
        for seen in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"a\", {tag}"),
            "*".to_owned(),
        ] {
            assert!(names(&seen, &tag), "{seen}");
        }
        assert!(!names("\"a\"", &tag) && !names("", &tag));
    }
}
