//! The command `existing`.

use std::time::Duration;

use super::engine::{self, Plan};
use super::result::Measured;
use super::wire::Prepared;
use crate::cli::ExistingArgs;
use crate::target;
use crate::tokens::Tokens;

/// What is repaid each time, in fen: little, so that a loan lasts for a whole measurement.
const AMOUNT: &[u8] = br#"{"amount":100}"#;

/// Measures what borrowers do: two repayments, then a look at the loan, its statement and its payoff.
///
/// # Errors
/// When the service can't be reached, an id is none, or nothing succeeded.
pub async fn run(args: &ExistingArgs) -> anyhow::Result<String> {
    let lean = &args.lean;
    let url = target::check(&lean.target.url, lean.target.leave())?;
    anyhow::ensure!(
        url.scheme() == "http",
        "a measurement speaks plain HTTP only; `run` speaks https"
    );
    let tokens = Tokens::read(&args.token_file)?;
    let token = Some(tokens.channel.as_str());
    let mut requests = Vec::new();
    for loan in &args.loan {
        let sound = loan
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        anyhow::ensure!(sound && !loan.is_empty(), "{loan:?} is not a loan's id");
        let at = |end: &str| format!("/v1/loans/{loan}{end}");
        let repay = Prepared::post(&url, &at("/repayments"), token, AMOUNT);
        requests.extend([repay.clone(), repay]);
        requests.extend(["", "/statement", "/payoff"].map(|end| Prepared::get(&url, &at(end), token)));
    }
    let plan = Plan {
        clients: lean.clients,
        warm_up: Duration::from_secs(lean.warm_up),
        measured: Duration::from_secs(lean.duration.max(1)),
        random_keys: false,
        rate: lean.rate,
        expect: None,
    };
    // Each client begins with another loan.
    let turn = |n: u32| {
        let mut requests = requests.clone();
        let first = usize::try_from(n).unwrap_or(0) * 5 % requests.len();
        requests.rotate_left(first);
        requests
    };
    let (seen, cpu) = engine::measure(&url, plan, turn).await?;
    let what = format!("existing business of {} loans", args.loan.len());
    Measured::of(what, plan, seen, cpu).print(lean.json)
}
