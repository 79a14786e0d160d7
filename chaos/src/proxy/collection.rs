//! The proxies by name. One lock is held over each change, none while anything waits for a peer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::Mutex;

use crate::proxy::api::problem::Problem;
use crate::proxy::meters;
use crate::proxy::server::{Proxy, Settings, resolve};
use crate::proxy::toxic::Toxic;
use crate::proxy::toxics::{self, Active, NotAdded};

/// Most proxies: each listens.
const MOST: usize = 1_000;

/// All proxies of a process. Cheap to clone.
#[derive(Clone)]
pub struct Collection {
    inner: Arc<Inner>,
}

struct Inner {
    proxies: Mutex<State>,
    beyond_loopback: bool,
}

struct State {
    by_name: BTreeMap<String, Arc<Proxy>>,
    random: StdRng,
}

/// A proxy as the API shows it.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) settings: Settings,
    pub(super) toxics: Vec<Toxic>,
}

impl Collection {
    /// Of no proxies. The seed is that of all chances: which links a toxicity spares, jitters, sizes of slices.
    #[must_use]
    pub fn new(seed: u64, beyond_loopback: bool) -> Self {
        let state = State {
            by_name: BTreeMap::new(),
            random: StdRng::seed_from_u64(seed),
        };
        Self {
            inner: Arc::new(Inner {
                proxies: Mutex::new(state),
                beyond_loopback,
            }),
        }
    }

    pub(super) async fn all(&self) -> Vec<Shown> {
        let state = self.inner.proxies.lock().await;
        state.by_name.values().map(|proxy| shown(proxy)).collect()
    }

    pub(super) async fn get(&self, name: &str) -> Result<Shown, Problem> {
        Ok(shown(self.find(name).await?.as_ref()))
    }

    async fn find(&self, name: &str) -> Result<Arc<Proxy>, Problem> {
        let state = self.inner.proxies.lock().await;
        state
            .by_name
            .get(name)
            .map(Arc::clone)
            .ok_or_else(Problem::proxy_not_found)
    }

    pub(super) async fn create(&self, settings: Settings) -> Result<Shown, Problem> {
        self.allowed(&settings.listen).await?;
        let mut state = self.inner.proxies.lock().await;
        if state.by_name.contains_key(&settings.name) {
            return Err(Problem::proxy_exists());
        }
        state.add(settings).await
    }

    /// Adds, or replaces one that listens or leads elsewhere; one that is the same stays with its toxics.
    pub(super) async fn create_or_replace(&self, settings: Settings) -> Result<Shown, Problem> {
        self.allowed(&settings.listen).await?;
        let mut state = self.inner.proxies.lock().await;
        if let Some(before) = state.by_name.get(&settings.name).map(Arc::clone) {
            if !differs(&before.settings(), &settings.listen, &settings.upstream).await? {
                return Ok(shown(&before));
            }
            before.stop().await;
            state.by_name.remove(&settings.name);
        }
        state.add(settings).await
    }

    pub(super) async fn update(&self, name: &str, to: &Settings) -> Result<Shown, Problem> {
        self.allowed(&to.listen).await?;
        // Held throughout, so that two changes of one proxy do not mix.
        let state = self.inner.proxies.lock().await;
        let proxy = state.by_name.get(name).ok_or_else(Problem::proxy_not_found)?;
        if differs(&proxy.settings(), &to.listen, &to.upstream).await? {
            proxy.stop().await;
            proxy.set_place(&to.listen, &to.upstream);
        }
        if to.enabled {
            proxy.start().await.map_err(|error| Problem::listen(&error))?;
        } else {
            proxy.stop().await;
        }
        Ok(shown(proxy))
    }

    pub(super) async fn remove(&self, name: &str) -> Result<(), Problem> {
        let mut state = self.inner.proxies.lock().await;
        let proxy = state.by_name.remove(name).ok_or_else(Problem::proxy_not_found)?;
        proxy.stop().await;
        Ok(())
    }

    /// Every proxy listens, and no toxic is left.
    pub(super) async fn reset(&self) -> Result<(), Problem> {
        let state = self.inner.proxies.lock().await;
        for proxy in state.by_name.values() {
            proxy.start().await.map_err(|error| Problem::listen(&error))?;
            proxy.toxics.clear();
        }
        Ok(())
    }

    pub(super) async fn toxic(&self, proxy: &str, name: &str) -> Result<Toxic, Problem> {
        let toxic = self.find(proxy).await?.toxics.get(name);
        toxic.ok_or_else(Problem::toxic_not_found)
    }

    pub(super) async fn add_toxic(&self, proxy: &str, toxic: Toxic) -> Result<Toxic, Problem> {
        let proxy = self.find(proxy).await?;
        let active = proxy.toxics.add(toxic).map_err(|why| match why {
            NotAdded::Exists => Problem::toxic_exists(),
            NotAdded::TooMany => Problem::too_many("toxics of a proxy", toxics::MOST),
        })?;
        expire(&proxy, &active);
        Ok(active.toxic)
    }

    pub(super) async fn update_toxic(
        &self,
        proxy: &str,
        name: &str,
        change: impl FnOnce(&mut Toxic) -> Result<(), Problem>,
    ) -> Result<Toxic, Problem> {
        let proxy = self.find(proxy).await?;
        let active = proxy
            .toxics
            .update(name, change)
            .ok_or_else(Problem::toxic_not_found)??;
        expire(&proxy, &active);
        Ok(active.toxic)
    }

    pub(super) async fn remove_toxic(&self, proxy: &str, name: &str) -> Result<(), Problem> {
        if self.find(proxy).await?.toxics.remove(name) {
            Ok(())
        } else {
            Err(Problem::toxic_not_found())
        }
    }

    pub(super) async fn exposition(&self) -> String {
        let state = self.inner.proxies.lock().await;
        let proxies: Vec<(Settings, &Arc<Proxy>)> = state
            .by_name
            .values()
            .map(|proxy| (proxy.settings(), proxy))
            .collect();
        let rows: Vec<meters::Row<'_>> = proxies
            .iter()
            .map(|(settings, proxy)| {
                (
                    settings.name.as_str(),
                    settings.listen.as_str(),
                    settings.upstream.as_str(),
                    &proxy.meters,
                )
            })
            .collect();
        meters::exposition(&rows)
    }

    /// Whoever reaches a proxy reaches what is behind it, so it stays on this machine unless it is told otherwise.
    async fn allowed(&self, listen: &str) -> Result<(), Problem> {
        let address = resolve(listen).await.map_err(|error| Problem::listen(&error))?;
        if self.inner.beyond_loopback || address.ip().is_loopback() {
            Ok(())
        } else {
            Err(Problem::beyond_loopback(listen))
        }
    }
}

impl State {
    async fn add(&mut self, settings: Settings) -> Result<Shown, Problem> {
        if self.by_name.len() >= MOST {
            return Err(Problem::too_many("proxies", MOST));
        }
        let (name, enabled) = (settings.name.clone(), settings.enabled);
        let proxy = Arc::new(Proxy::new(settings, StdRng::seed_from_u64(self.random.random())));
        if enabled {
            proxy.start().await.map_err(|error| Problem::listen(&error))?;
        }
        let answer = shown(&proxy);
        self.by_name.insert(name, proxy);
        Ok(answer)
    }
}

fn shown(proxy: &Proxy) -> Shown {
    Shown {
        settings: proxy.settings(),
        toxics: proxy.toxics.all(),
    }
}

async fn differs(now: &Settings, listen: &str, upstream: &str) -> Result<bool, Problem> {
    if now.upstream != upstream {
        return Ok(true);
    }
    if now.listen == listen {
        return Ok(false);
    }
    let address = resolve(listen).await.map_err(|error| Problem::listen(&error))?;
    Ok(now.listen != address.to_string())
}

/// Removes a toxic when its time is over, unless it was updated or removed meanwhile.
fn expire(proxy: &Arc<Proxy>, active: &Active) {
    let Ok(millis @ 1..) = u64::try_from(active.toxic.expires_in_ms) else {
        return;
    };
    // The proxy may go before its toxics are over.
    let (proxy, number, version) = (Arc::downgrade(proxy), active.number, active.version);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        if let Some(proxy) = proxy.upgrade()
            && proxy.toxics.expire(number, version)
        {
            tracing::info!("a toxic has lasted its time");
        }
    });
}
