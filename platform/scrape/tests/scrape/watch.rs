//! A watcher under test.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::clock::Clock;
use base::shutdown::Shutdown;
use promql::{Matcher, Sample, Series, Source, is_stale};
use scrape::{Config, Health, Limits, Scraper, Store};

/// Runs until it is dropped.
pub(crate) struct Watch {
    pub(crate) store: Arc<Store>,
    pub(crate) health: Arc<Health>,
    shutdown: Shutdown,
}

impl Watch {
    pub(crate) fn start(config: &str, folder: &Path) -> Self {
        let config: Config = toml::from_str(config).unwrap();
        let store = Arc::new(Store::new(Limits::default()));
        let scraper = Scraper::new(config, folder, Arc::clone(&store), Clock::system()).unwrap();
        let health = scraper.health();
        let shutdown = Shutdown::new();
        tokio::spawn(scraper.run(shutdown.clone()));
        Self {
            store,
            health,
            shutdown,
        }
    }

    pub(crate) fn all(&self) -> Vec<Series> {
        self.store.select(&[], i64::MIN, i64::MAX)
    }

    /// Samples of one series; none if it is not there.
    pub(crate) fn samples(&self, name: &str, labels: &[(&str, &str)]) -> Vec<Sample> {
        let mut matchers = vec![Matcher::equal("__name__", name)];
        matchers.extend(labels.iter().map(|(name, value)| Matcher::equal(*name, *value)));
        let mut found = self.store.select(&matchers, i64::MIN, i64::MAX);
        assert!(found.len() <= 1, "{found:?}");
        found.pop().map(|series| series.samples).unwrap_or_default()
    }

    /// The newest value; none if there is none, or the series has ended.
    pub(crate) fn last(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.samples(name, labels)
            .last()
            .map(|sample| sample.value)
            .filter(|value| !is_stale(*value))
    }

    /// Waits until it is so; 20 s at most, since the machine may be busy.
    pub(crate) async fn until(&self, what: &str, mut so: impl FnMut(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !so(self) {
            assert!(Instant::now() < end, "{what}: {:#?}", self.health.targets());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}
