//! Proxies from a file, as `toxiproxy-server -config` reads it.

use std::path::Path;

use crate::proxy::api::{problem::Problem, proxies};
use crate::proxy::collection::Collection;

/// Makes the proxies of a `toxiproxy.json`; how many there are.
///
/// # Errors
/// When a proxy is not valid or cannot listen; those before it were made.
pub async fn load(all: &Collection, text: &[u8]) -> Result<usize, Problem> {
    match proxies::populated(all, text).await {
        (made, None) => Ok(made.len()),
        (_, Some(problem)) => Err(problem),
    }
}

/// Whether a file can be read, without making anything.
///
/// # Errors
/// When it cannot.
pub fn check(path: &Path, text: &[u8]) -> Result<usize, String> {
    crate::proxy::api::bodies::list(text)
        .map(|list| list.len())
        .map_err(|problem| format!("{}: {problem}", path.display()))
}
