//! Whether an answer is as a step says, and what later steps need of it.

use reqwest::Response;
use serde_json::Value;

use super::{Values, fill};
use crate::targets::{Scalar, Step};

/// A longer answer, in bytes, fails its step: it is none of one firm or loan.
const LONGEST: usize = 64 << 10;

/// What is captured; `None` if anything is not as it should be.
pub(super) async fn judge(answer: Response, step: &Step, values: &Values) -> Option<Values> {
    if !step.expect.status.has(answer.status().as_u16()) {
        return None;
    }
    // Read in any case: an answer that breaks off is none.
    let body = body(answer).await?;
    if step.expect.json.is_empty() && step.capture.is_empty() {
        return Some(Values::new());
    }
    let body: Value = serde_json::from_slice(&body).ok()?;
    for (pointer, wanted) in &step.expect.json {
        let wanted = fill::document(&wanted.to_json(), values)?;
        if body.pointer(pointer)? != &wanted {
            return None;
        }
    }
    let captured = step
        .capture
        .iter()
        .map(|(name, pointer)| Some((name.clone(), Scalar::captured(body.pointer(pointer)?)?)));
    captured.collect()
}

/// `None` if it breaks off or is too long, which is not read to its end.
async fn body(mut answer: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        if body.len() + chunk.len() > LONGEST {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}
