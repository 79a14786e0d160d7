//! The command `reads`.

use std::time::Duration;

use super::engine::{self, Plan};
use super::result::Measured;
use super::wire::Prepared;
use crate::cli::ReadsArgs;
use crate::target;
use crate::tokens::Tokens;

/// Measures reads of the paths, in turn.
///
/// # Errors
/// When the service can't be reached, a path is none, or nothing succeeded.
pub async fn run(args: &ReadsArgs) -> anyhow::Result<String> {
    let lean = &args.lean;
    let url = target::check(&lean.target.url, lean.target.leave())?;
    anyhow::ensure!(
        url.scheme() == "http",
        "a measurement speaks plain HTTP only; `run` speaks https"
    );
    for path in &args.path {
        let sound = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic());
        anyhow::ensure!(sound, "{path:?} is not a path");
    }
    let tokens = args.token_file.as_deref().map(Tokens::read).transpose()?;
    let token = tokens.as_ref().map(|tokens| tokens.channel.as_str());
    let requests: Vec<Prepared> = args
        .path
        .iter()
        .map(|path| Prepared::get(&url, path, token))
        .collect();
    let plan = Plan {
        clients: lean.clients,
        warm_up: Duration::from_secs(lean.warm_up),
        measured: Duration::from_secs(lean.duration.max(1)),
        random_keys: false,
        rate: lean.rate,
        expect: None,
    };
    let (seen, cpu) = engine::measure(&url, plan, |_| requests.clone()).await?;
    let what = match args.path.as_slice() {
        [one] => format!("GET {one}"),
        many => format!("GET of {} paths", many.len()),
    };
    Measured::of(what, plan, seen, cpu).print(lean.json)
}
