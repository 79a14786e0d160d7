//! `backstop intake status`

use base::exit;
use client::http::Request;
use client::operations::Intake;
use gate::Scope;

use super::reach::{Reach, Way, of_gate};
use super::said;
use crate::called;

/// Says how intake stands: for everything, and which other scopes are not open.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
An instance that cannot ask its database says `closed (unverified)`, and refuses new business. So does a database that
was restored or promoted without its latest changes, until `financing reconcile` has brought it up to date.

Exit codes: 0 answered, whatever the state · 2 wrong usage · 5 nothing answers · 6 refused · 7 no clear answer

Example:
  backstop intake status --url https://lending.bank.example --account ann
  backstop intake status --direct sqlite:financing.db --json")]
pub struct Args {
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let intake = match args.reach.open().await? {
        Way::Service(instances) => {
            let asked = instances.send(&Request::<Intake>::intake()).await;
            instances.leave().await;
            asked?.body
        }
        Way::Direct(db) => {
            let scopes = gate::scopes(&db).await;
            db.close().await;
            let scopes = scopes.map_err(|error| of_gate(&error))?;
            said::of(scopes, &Scope::everything(), 0)?
        }
    };
    called::print(args.json, &intake, || said::lines(&intake))?;
    Ok(exit::OK)
}
