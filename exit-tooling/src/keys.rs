//! A customer's keys: opened to fill the archive, destroyed with everything that they sealed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::clock::Clock;
use db::{Db, Options};
use domain::ids::FirmId;
use vault::suite::Suites;
use vault::{Category, Custodian, FileKek, KekError, KekProvider, KeyStore, Parts, VaultError};

/// The file of destroyed keys, beside the KEK files.
const DESTROYED: &str = "destroyed.journal";

/// Where keys are.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder of the KEK files and of the journal of destroyed keys.
    pub folder: PathBuf,
    /// The identity custodian's KEK file, where another person keeps it elsewhere.
    pub identity_kek: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://…` of the key store.
    pub store: String,
}

/// Why keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A KEK file.
    #[error("the {0} custodian's KEK file cannot be used")]
    Kek(&'static str, #[source] KekError),
    /// The key store's database.
    #[error("the key store cannot be opened")]
    Database(#[from] db::DbError),
    /// There is none, and a new one would open nothing.
    #[error("there is no key store at this address")]
    NoStore,
    /// The key store.
    #[error("the key store refuses")]
    Vault(#[from] VaultError),
    /// A firm's id is none.
    #[error("a firm's id is not one")]
    Id,
}

/// Opens the key store; never makes one.
///
/// # Errors
/// [`KeysError`].
pub async fn open(place: &Place, clock: Clock) -> Result<Arc<KeyStore>, KeysError> {
    let kek = |custodian: Custodian| -> Result<Arc<dyn KekProvider>, KeysError> {
        let path = match (custodian, &place.identity_kek) {
            (Custodian::Identity, Some(path)) => path.clone(),
            _ => place.folder.join(format!("{}.kek", custodian.as_str())),
        };
        let kek = FileKek::open(path, custodian, Suites::standard());
        Ok(Arc::new(
            kek.map_err(|error| KeysError::Kek(custodian.as_str(), error))?,
        ))
    };
    let (affairs, identity) = (kek(Custodian::Affairs)?, kek(Custodian::Identity)?);
    if crate::sqlite::file(&place.store).is_some_and(|path| !path.is_file()) {
        return Err(KeysError::NoStore);
    }
    let options = Options {
        readers: 2,
        ..Options::default()
    };
    let db = Db::open(&place.store, options).await?;
    if !vault::is_key_store(&db).await? {
        return Err(KeysError::NoStore);
    }
    let parts = Parts {
        db,
        affairs,
        identity,
        suites: Suites::standard(),
        clock,
        journal: Some(place.folder.join(DESTROYED)),
    };
    Ok(Arc::new(KeyStore::open(parts).await?))
}

/// Whether a path lies in the folder of the KEK files.
#[must_use]
pub fn beside(place: &Place, path: &Path) -> bool {
    let folder = std::fs::canonicalize(&place.folder).ok();
    let parent = path.parent().map(|parent| {
        if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        }
    });
    let parent = parent.and_then(|parent| std::fs::canonicalize(parent).ok());
    folder.is_some() && folder == parent
}

/// The vault's subject of a firm.
///
/// # Errors
/// [`KeysError::Id`].
pub fn subject(firm: &str) -> Result<uuid::Uuid, KeysError> {
    firm.parse::<FirmId>()
        .map(|id| id.uuid())
        .map_err(|_| KeysError::Id)
}

/// Destroys all keys of a firm and takes its row out of the key store. Repeating it changes nothing.
///
/// # Errors
/// [`KeysError`].
pub async fn destroy(store: &KeyStore, firm: &str) -> Result<(), KeysError> {
    let subject = subject(firm)?;
    match store.shred(subject, &Category::ALL).await {
        // Buried before this run.
        Ok(_) | Err(VaultError::NoSubject) => {}
        Err(error) => return Err(error.into()),
    }
    store.bury(subject).await?;
    Ok(())
}

/// Wraps all that is left under new KEKs and destroys the old ones, so that copies of a wrapped key in backups and
/// logs open no more. Gives the epochs that count from now on, by custodian.
///
/// # Errors
/// [`KeysError`].
pub async fn rotate(store: &KeyStore) -> Result<Vec<(&'static str, u32)>, KeysError> {
    // Nobody else has the store open: whoever gave a sign of life was killed since.
    store.forget_instances().await?;
    let mut epochs = Vec::new();
    for custodian in Custodian::ALL {
        let rotated = store.rotate(custodian, |_| {}).await?;
        epochs.push((custodian.as_str(), rotated.epoch));
    }
    Ok(epochs)
}
