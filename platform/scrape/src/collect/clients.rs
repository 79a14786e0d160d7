//! HTTP clients, one for each file of authorities.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, tls};

use super::failure::{Failure, reasons};

/// A larger file holds no authorities.
const LARGEST: u64 = 1 << 20;

/// A file of authorities, if it is not the system's; and whether there is TLS at all.
type Key = (Option<PathBuf>, bool);
/// When the file was changed last, and what was made of it.
type Made = (Option<SystemTime>, Client);

/// Made when they are first needed: the system's authorities alone take a megabyte, which a watcher of plain
/// addresses would hold for nothing.
#[derive(Debug, Default)]
pub(super) struct Clients {
    made: Mutex<HashMap<Key, Made>>,
}

impl Clients {
    /// The one for these authorities; made anew when their file has changed.
    pub(super) fn of(&self, authorities: Option<&Path>, encrypted: bool) -> Result<Client, Failure> {
        let changed = match authorities {
            Some(path) => fs::metadata(path)
                .map_err(|_| Failure::Authorities)?
                .modified()
                .ok(),
            None => None,
        };
        let key = (authorities.map(Path::to_owned), encrypted);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read, client)) = made.get(&key)
            && *read == changed
        {
            return Ok(client.clone());
        }
        let client = client(authorities, encrypted)?;
        made.insert(key, (changed, client.clone()));
        Ok(client)
    }
}

fn client(authorities: Option<&Path>, encrypted: bool) -> Result<Client, Failure> {
    let mut builder = Client::builder()
        // Straight to the target: a proxy of the environment would be what is watched.
        .no_proxy()
        // A redirect would carry the token elsewhere.
        .redirect(Policy::none())
        .tls_version_min(tls::Version::TLS_1_2)
        // One loop a target, which never overlaps itself.
        .pool_max_idle_per_host(1)
        .user_agent("backstop-watch");
    if let Some(path) = authorities {
        builder = builder.tls_certs_only(read(path)?);
    } else if !encrypted {
        builder = builder.tls_certs_only([]);
    }
    builder
        .build()
        .map_err(|error| Failure::Http(reasons(&error.without_url())))
}

fn read(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let unusable = || Failure::Authorities;
    if fs::metadata(path).map_err(|_| unusable())?.len() > LARGEST {
        return Err(unusable());
    }
    let text = fs::read(path).map_err(|_| unusable())?;
    let all = Certificate::from_pem_bundle(&text).map_err(|_| unusable())?;
    if all.is_empty() { Err(unusable()) } else { Ok(all) }
}
