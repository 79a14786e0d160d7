//! `financing init`: there is no default secret, so a new place gets its own.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use auth::Role;
use base::clock::Clock;
use base::exit;
use vault::suite::{Suite, Suites};
use vault::{Custodian, FileKek, KekProvider, KeyStore, Parts};

use super::{evidence, keys};
use crate::cli::{because, stop};

/// Makes keys, a key store and tokens in a new place; never overwrites.
#[derive(clap::Args)]
#[command(after_help = "Writes, with mode 0600:\n  \
    affairs.kek   what wraps the keys of names and affairs; keep a copy apart\n  \
    identity.kek  what wraps the keys of ID numbers, phones and accounts; best kept by another person\n  \
    access.key    the key that seals accounts' secrets; every instance has the same\n  \
    evidence.key  the key that signs the evidence log\n  \
    tokens.toml   what the service checks tokens against: hashes only\n  \
    tokens.json   the tokens themselves; hand them out, then delete the file\n\
    and, for everybody:\n  \
    evidence.pub  the evidence log's public key; hand it to whoever audits\n\
    and makes the key store, a database of its own.\n\nExample:\n  \
    financing init etc --key-store sqlite:keys/keys.db")]
pub(crate) struct Args {
    /// Directory to write to; made if absent.
    dir: PathBuf,
    /// `sqlite:PATH` or `postgres://…` of the key store to make; not in the directory above.
    #[arg(
        long,
        env = "FINANCING_KEY_STORE",
        value_name = "URL",
        hide_env_values = true,
        default_value = "sqlite:keys/keys.db"
    )]
    key_store: String,
    /// What new keys seal with: aes-256-gcm, or sm4-gcm (国密; software is no proof of 密评).
    #[arg(long, value_name = "NAME", default_value = "aes-256-gcm")]
    suite: String,
}

/// Who gets a token at first: programs, and the operator until people have accounts. Officers are people.
const HOLDERS: &[(&str, Role)] = &[
    ("channel", Role::Channel),
    ("operator", Role::Operator),
    ("auditor", Role::Auditor),
    ("control-plane", Role::Plane),
];

const ACCESS: &str = "access.key";
const HASHES: &str = "tokens.toml";
const CLEAR: &str = "tokens.json";

/// Writes the files and makes the key store, or nothing when one is there already.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let dir = &args.dir;
    let suite = Suites::standard()
        .by_name(&args.suite)
        .ok_or_else(|| stop(exit::USAGE, "the suites are aes-256-gcm and sm4-gcm"))?;
    make_folder(dir)?;
    keys::apart(&args.key_store, "", dir)?;
    let [affairs, identity] = Custodian::ALL.map(|custodian| keys::kek_file(dir, custodian));
    let journal = keys::journal_file(dir);
    let mut files = vec![affairs, identity, journal.clone()];
    files.extend([ACCESS, evidence::KEY, evidence::PUBLIC, HASHES, CLEAR].map(|name| dir.join(name)));
    for path in files {
        if path.exists() {
            let name = path.file_name().unwrap_or_default().display();
            return Err(stop(
                exit::REFUSED,
                format!("{name} is there already, and is never overwritten"),
            ));
        }
    }
    make_keys(&args, suite, journal).await?;
    let (private, public) = (dir.join(evidence::KEY), dir.join(evidence::PUBLIC));
    ::evidence::key_file::create(::evidence::FINANCING, &private, &public)
        .map_err(|error| because(exit::FAILED, "no evidence key", &error))?;
    auth::create_access_key(dir.join(ACCESS))
        .map_err(|error| because(exit::FAILED, "no access key", &error))?;
    auth::create_tokens(HOLDERS, &dir.join(HASHES), &dir.join(CLEAR))
        .map_err(|error| because(exit::FAILED, "no tokens", &error))?;
    writeln!(
        io::stdout(),
        "wrote affairs.kek, identity.kek, {}, {}, {ACCESS}, {HASHES} and {CLEAR} in {}, and made the key store",
        evidence::KEY,
        evidence::PUBLIC,
        dir.display()
    )?;
    Ok(exit::OK)
}

/// KEK files, and the key store over them.
async fn make_keys(args: &Args, suite: Arc<dyn Suite>, journal: PathBuf) -> anyhow::Result<()> {
    if let Some(path) = keys::file(&args.key_store) {
        make_folder(keys::folder_of(&path))?;
    }
    let db = keys::database(&args.key_store).await?;
    if vault::is_key_store(&db)
        .await
        .map_err(|error| keys::failed(&error))?
    {
        return Err(stop(
            exit::REFUSED,
            "there is a key store at this address already, and it is never overwritten",
        ));
    }
    let kek = |custodian| -> anyhow::Result<Arc<dyn KekProvider>> {
        let path = keys::kek_file(&args.dir, custodian);
        let failed = |error| because(exit::FAILED, "no KEK file", &error);
        FileKek::create(&path, custodian, Arc::clone(&suite)).map_err(failed)?;
        Ok(Arc::new(
            FileKek::open(path, custodian, Suites::standard()).map_err(failed)?,
        ))
    };
    let parts = Parts {
        db,
        affairs: kek(Custodian::Affairs)?,
        identity: kek(Custodian::Identity)?,
        suites: Suites::standard(),
        clock: Clock::system(),
        journal: Some(journal),
    };
    let store = KeyStore::open(parts)
        .await
        .map_err(|error| keys::failed(&error))?;
    store.close().await;
    Ok(())
}

fn make_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("failed to make {}", path.display()))
}
