//! The parts of a world as the command line names them.

use std::path::Path;

use base::config::ProcessEnv;
use base::exit;
use base::ids::Ids;
use db::Db;
use domain::lane::Live;
use lending::World;
use service::wiring::{self, Parts};
use vault::{Vault, VaultError};

use super::clock;
use super::keys::{self, KeysArgs};
use crate::cli::{because, stop};

/// What a world needs besides its database.
#[derive(clap::Args, Debug)]
pub(crate) struct WorldArgs {
    #[command(flatten)]
    keys: KeysArgs,
    /// Base URL of the outside sources and the core bank.
    #[arg(long, env = "FINANCING_SOURCES", value_name = "URL")]
    sources: String,
}

impl WorldArgs {
    /// The folder of the keys.
    pub(crate) fn keys(&self) -> &Path {
        self.keys.folder()
    }
}

/// Opens the vault. Without KEKs and key store there is no world: no key is made up.
pub(crate) async fn vault(args: &WorldArgs, data: &str) -> anyhow::Result<Vault> {
    let store = keys::open(&args.keys, data, clock::of(&ProcessEnv)).await?;
    Vault::open(store).await.map_err(|error| keys::failed(&error))
}

/// Puts it together.
pub(crate) async fn open(args: &WorldArgs, db: Db, vault: Vault) -> anyhow::Result<World<Live>> {
    let clock = clock::of(&ProcessEnv);
    belong_together(&db, &vault).await?;
    wiring::live(Parts {
        db,
        vault,
        sources: args.sources.clone(),
        ids: Ids::system(clock.clone()),
        clock,
    })
    .map_err(|error| because(exit::USAGE, "the service cannot be set up", &error))
}

/// Another database's key store opens nothing, and what is sealed under it would be
/// lost when the mistake is mended. One that was restored from an older backup lacks
/// the newest firms' keys: those are gone, and the others still served.
async fn belong_together(db: &Db, vault: &Vault) -> anyhow::Result<()> {
    let ends = store::firms::first_and_last(db).await;
    let ends = ends.map_err(|error| because(exit::UNREACHABLE, "the firms cannot be read", &error))?;
    let Some((first, last)) = ends else {
        return Ok(());
    };
    for (id, is_first) in [(first, true), (last, false)] {
        let Ok(firm) = id.parse::<domain::ids::FirmId>() else {
            continue;
        };
        match vault.keys(firm.uuid()).await {
            Ok(_) => {}
            Err(VaultError::NoSubject) if is_first => {
                return Err(stop(
                    exit::REFUSED,
                    "the key store is another database's: it has no keys of the first firm",
                ));
            }
            Err(VaultError::NoSubject) => {
                tracing::error!(
                    firm = domain::ids::tail(&id),
                    "the key store is older than the data: it has no keys of the last firm"
                );
            }
            Err(error) => return Err(keys::failed(&error)),
        }
    }
    Ok(())
}
