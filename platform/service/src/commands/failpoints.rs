//! Planted bugs. Only a build with feature `chaos` has any; another refuses to
//! start when one is asked for, so that nobody believes it armed.

use base::config::Env;
use base::exit;
use db::Db;

use crate::cli::stop;

/// Names, separated by commas.
const VARIABLE: &str = "BACKSTOP_FAILPOINTS";

/// Arms what the variable names.
pub(crate) async fn arm(env: &dyn Env, db: &Db) -> anyhow::Result<()> {
    let names = env.get(VARIABLE).unwrap_or_default();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if plant(name, db).await? {
            tracing::warn!(name, "a planted bug is armed");
        } else {
            return Err(stop(
                exit::USAGE,
                format!("{VARIABLE}: this build has no failpoint {name:?}"),
            ));
        }
    }
    Ok(())
}

#[cfg(feature = "chaos")]
async fn plant(name: &str, db: &Db) -> anyhow::Result<bool> {
    if name == gate::failpoint::GATE_FROM_CACHE {
        gate::failpoint::plant_cached_gate(db).await?;
        return Ok(true);
    }
    Ok(db::failpoint::arm(name) || lending::failpoint::arm(name))
}

#[cfg(not(feature = "chaos"))]
async fn plant(_name: &str, _db: &Db) -> anyhow::Result<bool> {
    Ok(false)
}
