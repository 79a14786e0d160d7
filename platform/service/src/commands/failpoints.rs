//! Planted bugs. Only a build with feature `chaos` has any; another refuses to
//! start when one is asked for, so that nobody believes it armed.

use base::config::Env;
use base::exit;
use db::Db;

use crate::cli::stop;

/// Names, separated by commas.
const VARIABLE: &str = "BACKSTOP_FAILPOINTS";

/// What the variable names, armed; some can only be planted in an open database.
pub(crate) struct Planted {
    in_database: Vec<String>,
}

/// Arms what the variable names, before any database is opened.
pub(crate) fn arm(env: &dyn Env) -> anyhow::Result<Planted> {
    let names = env.get(VARIABLE).unwrap_or_default();
    let mut in_database = Vec::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match known(name) {
            Known::Armed => tracing::warn!(name, "a planted bug is armed"),
            Known::InDatabase => in_database.push(name.to_owned()),
            Known::No => {
                return Err(stop(
                    exit::USAGE,
                    format!("{VARIABLE}: this build has no failpoint {name:?}"),
                ));
            }
        }
    }
    Ok(Planted { in_database })
}

#[cfg_attr(
    not(feature = "chaos"),
    expect(dead_code, reason = "a build without planted bugs knows none")
)]
enum Known {
    Armed,
    InDatabase,
    No,
}

#[cfg(feature = "chaos")]
fn known(name: &str) -> Known {
    if name == gate::failpoint::GATE_FROM_CACHE {
        Known::InDatabase
    } else if db::failpoint::arm(name)
        || evidence::failpoint::arm(name)
        || lending::failpoint::arm(name)
        || service::failpoint::arm(name)
    {
        Known::Armed
    } else {
        Known::No
    }
}

#[cfg(not(feature = "chaos"))]
fn known(_name: &str) -> Known {
    Known::No
}

impl Planted {
    /// Plants what lives in the database, once its schema is there.
    #[cfg(feature = "chaos")]
    pub(crate) async fn plant(&self, db: &Db) -> anyhow::Result<()> {
        for name in &self.in_database {
            gate::failpoint::cache_the_door();
            // A service that is started again finds it planted.
            if gate::triggers::missing(db).await?.is_empty() {
                gate::failpoint::plant_cached_gate(db).await?;
            }
            tracing::warn!(name, "a planted bug is armed");
        }
        Ok(())
    }

    /// Nothing to plant.
    #[cfg(not(feature = "chaos"))]
    pub(crate) async fn plant(&self, _db: &Db) -> anyhow::Result<()> {
        debug_assert!(
            self.in_database.is_empty(),
            "a build without planted bugs knows none"
        );
        Ok(())
    }
}
