//! Where the keys of customer data are, for every subcommand that needs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::clock::Clock;
use base::exit;
use db::{Db, DbError, Options};
use vault::suite::Suites;
use vault::{Custodian, FileKek, KekError, KekProvider, KeyStore, Parts, VaultError};

use crate::cli::{because, stop};

/// The file of destroyed keys, beside the KEK files and in no backup of the key store.
const DESTROYED: &str = "destroyed.journal";

/// KEK files and key store.
#[derive(clap::Args, Debug)]
pub(crate) struct KeysArgs {
    /// Folder with the KEK files and the journal of destroyed keys; `financing init` makes it.
    #[arg(long, env = "FINANCING_KEYS", value_name = "DIR")]
    keys: PathBuf,
    /// The identity custodian's KEK file, where another person keeps it elsewhere.
    #[arg(long, env = "FINANCING_IDENTITY_KEK", value_name = "FILE")]
    identity_kek: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://…` of the key store: a database of its own.
    #[arg(long, env = "FINANCING_KEY_STORE", value_name = "URL", hide_env_values = true)]
    key_store: String,
}

impl KeysArgs {
    /// The folder of the KEK files.
    pub(crate) fn folder(&self) -> &Path {
        &self.keys
    }

    /// Where a custodian's KEK file is.
    fn kek(&self, custodian: Custodian) -> PathBuf {
        match (custodian, &self.identity_kek) {
            (Custodian::Identity, Some(path)) => path.clone(),
            _ => kek_file(&self.keys, custodian),
        }
    }
}

/// The name of a custodian's KEK file in the folder of keys.
pub(crate) fn kek_file(folder: &Path, custodian: Custodian) -> PathBuf {
    folder.join(format!("{}.kek", custodian.as_str()))
}

/// The file of destroyed keys in the folder of keys.
pub(crate) fn journal_file(folder: &Path) -> PathBuf {
    folder.join(DESTROYED)
}

/// Opens the key store; never makes one, since a new one opens nothing that was sealed.
pub(crate) async fn open(args: &KeysArgs, data: &str, clock: Clock) -> anyhow::Result<Arc<KeyStore>> {
    apart(&args.key_store, data, &args.keys)?;
    let kek = |custodian| -> anyhow::Result<Arc<dyn KekProvider>> {
        let path = args.kek(custodian);
        let kek =
            FileKek::open(&path, custodian, Suites::standard()).map_err(|error| no_kek(&path, &error))?;
        Ok(Arc::new(kek))
    };
    let (affairs, identity) = (kek(Custodian::Affairs)?, kek(Custodian::Identity)?);
    if file(&args.key_store).is_some_and(|path| !path.exists()) {
        return Err(no_store());
    }
    let db = database(&args.key_store).await?;
    if !vault::is_key_store(&db).await.map_err(|error| failed(&error))? {
        return Err(no_store());
    }
    let parts = Parts {
        db: db.clone(),
        affairs,
        identity,
        suites: Suites::standard(),
        clock,
        journal: Some(journal_file(&args.keys)),
    };
    let store = KeyStore::open(parts).await.map_err(|error| failed(&error))?;
    let unmapped = store::schema::check_key_map(&db)
        .await
        .map_err(|error| because(exit::UNREACHABLE, "the key store's schema cannot be read", &error))?;
    if !unmapped.is_empty() {
        return Err(stop(
            exit::REFUSED,
            format!("the key store: {}", unmapped.join("; ")),
        ));
    }
    Ok(Arc::new(store))
}

/// Opens the database of a key store.
pub(crate) async fn database(url: &str) -> anyhow::Result<Db> {
    // Keys are read once a firm and minute and kept; two readers are one more than is used.
    let options = Options {
        readers: 2,
        ..Options::default()
    };
    Db::open(url, options).await.map_err(|error| match error {
        DbError::Other(message) => stop(
            exit::USAGE,
            format!("the key store's address is wrong: {message}"),
        ),
        error => because(exit::UNREACHABLE, "the key store cannot be opened", &error),
    })
}

/// Refuses a key store in the data's database or beside the KEK files: one backup,
/// or one thief, would have both.
pub(crate) fn apart(key_store: &str, data: &str, keys: &Path) -> anyhow::Result<()> {
    let same_file = file(key_store)
        .zip(file(data))
        .is_some_and(|(one, other)| real(&one) == real(&other));
    if key_store == data || same_file {
        return Err(stop(
            exit::USAGE,
            "the key store must be a database of its own: in the data's, one backup would hold both",
        ));
    }
    let beside = file(key_store).is_some_and(|path| real(folder_of(&path)) == real(keys));
    if beside {
        return Err(stop(
            exit::USAGE,
            "the key store must not lie beside the KEK files: one backup would hold both",
        ));
    }
    Ok(())
}

/// The file of an SQLite address.
pub(crate) fn file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A path without links and dots, as far as it exists.
fn real(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}

fn no_kek(path: &Path, error: &KekError) -> anyhow::Error {
    let file = path.display();
    stop(
        exit::USAGE,
        format!("{file}: {error}; `financing init DIR` makes the KEK files"),
    )
}

fn no_store() -> anyhow::Error {
    stop(
        exit::USAGE,
        "there is no key store at this address; `financing init DIR` makes one, once",
    )
}

/// What a failure of the vault means to whoever called the program.
pub(crate) fn failed(error: &VaultError) -> anyhow::Error {
    let code = match error {
        VaultError::Store(_) | VaultError::Stale => exit::UNREACHABLE,
        VaultError::Kek(_) => exit::USAGE,
        VaultError::NoSubject => exit::REFUSED,
        _ => exit::FAILED,
    };
    because(code, "the vault", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_store_is_apart_from_the_data_and_from_the_keys() {
        let folder = tempfile::tempdir().unwrap();
        let (etc, store) = (folder.path().join("etc"), folder.path().join("keys"));
        fs::create_dir(&etc).unwrap();
        fs::create_dir(&store).unwrap();
        let url = |path: &str| format!("sqlite:{}", folder.path().join(path).display());
        let data = url("financing.db");
        assert!(apart(&url("keys/keys.db"), &data, &etc).is_ok());
        assert!(apart("postgres://h/keys", "postgres://h/data", &etc).is_ok());
        for beside in ["etc/keys.db", "keys/../etc/keys.db"] {
            assert!(apart(&url(beside), &data, &etc).is_err(), "{beside}");
        }
        assert!(apart(&data, &data, &etc).is_err());
        let other_spelling = format!("sqlite://{}", folder.path().join("financing.db").display());
        assert!(apart(&other_spelling, &data, &etc).is_err());
        assert!(apart("postgres://h/data", "postgres://h/data", &etc).is_err());
    }
}
