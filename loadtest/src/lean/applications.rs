//! The command `applications`.

use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::ids::Ids;
use client::http::{CallError, Client};
use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;

use super::engine::{self, Plan};
use super::result::Measured;
use super::wire::Prepared;
use crate::bodies;
use crate::cli::ApplicationsArgs;
use crate::firms::Firms;
use crate::target;
use crate::tokens::Tokens;

/// Firms passed over at most because an earlier run registered them.
const KNOWN: u32 = 10_000;

/// Registers the firms, then measures.
///
/// # Errors
/// When the service can't be reached, a firm can't be registered, or nothing succeeded.
pub async fn run(args: &ApplicationsArgs) -> anyhow::Result<String> {
    let lean = &args.lean;
    let url = target::check(&lean.target.url, lean.target.leave())?;
    anyhow::ensure!(
        url.scheme() == "http",
        "a measurement speaks plain HTTP only; `run` speaks https"
    );
    let tokens = Tokens::read(&args.token_file)?;
    let bodies = applications(args, &tokens).await?;
    let prepared = |body: &Vec<u8>| Prepared::post(&url, "/v1/applications", Some(&tokens.channel), body);
    let requests: Vec<Prepared> = bodies.iter().map(prepared).collect();
    let plan = Plan {
        clients: lean.clients,
        warm_up: Duration::from_secs(lean.warm_up),
        measured: Duration::from_secs(lean.duration.max(1)),
        random_keys: args.random_keys,
        rate: lean.rate,
        expect: args.expect,
    };
    // Each client begins with another firm.
    let turn = |n: u32| {
        let mut requests = requests.clone();
        let first = usize::try_from(n).unwrap_or(0) % requests.len();
        requests.rotate_left(first);
        requests
    };
    let (seen, cpu) = engine::measure(&url, plan, turn).await?;
    Measured::of("POST /v1/applications".to_owned(), plan, seen, cpu).print(lean.json)
}

/// One body per registered firm.
async fn applications(args: &ApplicationsArgs, tokens: &Tokens) -> anyhow::Result<Vec<Vec<u8>>> {
    let client = Client::new(&args.lean.target.url, &tokens.channel)?;
    let firms = Firms::open(
        args.firms.firms.as_deref(),
        args.firms.seed,
        args.firms.first_firm,
    )?;
    let mut rng = ChaCha12Rng::seed_from_u64(args.firms.seed);
    let keys = Ids::system(Clock::system());
    let wanted = usize::try_from(args.firm_count)?;
    let mut made = Vec::with_capacity(wanted);
    let mut known = 0;
    while made.len() < wanted {
        let firm = firms.next().context("there are not enough firms")?;
        let key = keys.next().simple().to_string();
        match client.register_firm(&key, &bodies::register(&firm)).await {
            Ok(registered) => {
                let consents = bodies::consents(usize::from(args.consents));
                let body = bodies::apply(&firm, &registered.body.id, consents, &mut rng);
                made.push(serde_json::to_vec(&body)?);
            }
            Err(error) if error.code() == Some("already-exists") && known < KNOWN => known += 1,
            Err(error @ CallError::NotSent { .. }) => {
                let refused = std::io::ErrorKind::ConnectionRefused;
                return Err(std::io::Error::new(refused, error.to_string()).into());
            }
            Err(error) => return Err(error).context("failed to register a firm"),
        }
    }
    Ok(made)
}
