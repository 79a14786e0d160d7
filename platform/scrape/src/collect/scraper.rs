//! Starts and ends the loops as the configuration and its files say.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use promql::Labels;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

use super::clients::Clients;
use super::fetch::Fetch;
use super::intake::Intake;
use super::round::{Origin, Round};
use crate::health::Health;
use crate::host::Host;
use crate::probe::Probe;
use crate::store::Store;
use crate::store::limits::millis;
use crate::targets::files::Files;
use crate::targets::{Config, ConfigError, Scrape, Target};

/// How often files of targets are looked at: as often as a target is scraped.
const LOOK: Duration = Duration::from_secs(5);
/// How often the store lets go of what is old.
const UPKEEP: Duration = Duration::from_secs(30);
/// Loops are between two rounds, or in one that is cut off; what takes longer than this hangs in the kernel.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything that fills a store.
pub struct Scraper {
    config: Config,
    store: Arc<Store>,
    clock: Clock,
    health: Arc<Health>,
    clients: Arc<Clients>,
    files: Vec<Files>,
    loops: HashMap<(usize, Target), Loop>,
}

/// All loops, at work.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Loop {
    removed: Shutdown,
    task: JoinHandle<()>,
}

impl Scraper {
    /// Looks at the configuration; `folder` is where its relative paths begin. A file of targets that is
    /// broken is no error here, since it may be mended while this runs: it is logged.
    ///
    /// # Errors
    /// A field that is wrong, with its name.
    pub fn new(
        mut config: Config,
        folder: &Path,
        store: Arc<Store>,
        clock: Clock,
    ) -> Result<Self, ConfigError> {
        config.settle(folder)?;
        Ok(Self {
            files: config.scrape.iter().map(|_| Files::default()).collect(),
            health: Arc::new(Health::new(Arc::clone(&store))),
            clients: Arc::default(),
            loops: HashMap::new(),
            config,
            store,
            clock,
        })
    }

    /// What there is to say about the store and the loops; the same before, while and after it runs.
    #[must_use]
    pub fn health(&self) -> Arc<Health> {
        Arc::clone(&self.health)
    }

    /// Fills the store until shutdown. No series ends by that: after a restart they go on.
    #[must_use]
    pub fn run(self, shutdown: Shutdown) -> Running {
        Box::pin(self.work(shutdown))
    }

    async fn work(mut self, shutdown: Shutdown) {
        let mut others = JoinSet::new();
        others.spawn(upkeep(
            Arc::clone(&self.store),
            self.clock.clone(),
            shutdown.clone(),
        ));
        for round in self.fixed() {
            others.spawn(round.run(Shutdown::new(), shutdown.clone()));
        }
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = looks.tick() => self.look(&shutdown).await,
            }
        }
        let finished = async {
            for (_, each) in self.loops.drain() {
                let _ended = each.task.await;
            }
            while others.join_next().await.is_some() {}
        };
        if tokio::time::timeout(PATIENCE, finished).await.is_err() {
            tracing::warn!("a loop of the watcher did not end in time");
        }
    }

    /// The machine and the probes, which no file adds to.
    fn fixed(&self) -> Vec<Round> {
        let mut rounds = Vec::new();
        if let Some(host) = &self.config.host {
            let looks = Host::new(host);
            let labels = with(&host.labels, &host.job, &looks.instance());
            let interval = host.interval.0;
            rounds.push(self.round(
                Origin::Host(looks),
                labels,
                interval,
                interval / 5 * 4,
                "this machine",
            ));
        }
        for probe in &self.config.probe {
            for target in &probe.targets {
                let labels = with(&probe.labels, &probe.job, target);
                let origin = Origin::Probe(Probe::new(probe, target, self.clock.clone()));
                rounds.push(self.round(origin, labels, probe.interval.0, probe.patience(), target));
            }
        }
        rounds
    }

    fn round(
        &self,
        origin: Origin,
        labels: Labels,
        interval: Duration,
        patience: Duration,
        name: &str,
    ) -> Round {
        let every = u32::try_from(millis(interval)).unwrap_or(u32::MAX);
        Round {
            origin,
            intake: Intake::new(Arc::clone(&self.store), labels, every),
            interval,
            patience,
            clock: self.clock.clone(),
            health: Arc::clone(&self.health),
            name: name.to_owned(),
        }
    }

    /// Ends the loops of targets that are gone, then begins those that have come.
    async fn look(&mut self, shutdown: &Shutdown) {
        let mut wanted = HashSet::new();
        for (at, scrape) in self.config.scrape.iter().enumerate() {
            let Some(files) = self.files.get_mut(at) else {
                continue;
            };
            for error in files.refresh(scrape) {
                self.health.broken_file();
                tracing::error!(%error, "a file of targets is refused; those before it stay in force");
            }
            let fixed = scrape
                .targets
                .iter()
                .filter_map(|text| Target::new(scrape, text).ok());
            wanted.extend(fixed.chain(files.targets().cloned()).map(|target| (at, target)));
        }
        let gone: Vec<_> = self
            .loops
            .keys()
            .filter(|key| !wanted.contains(*key))
            .cloned()
            .collect();
        for key in gone {
            if let Some(each) = self.loops.remove(&key) {
                each.removed.trigger();
                // Before another loop may fill the same series.
                let _ended = each.task.await;
            }
        }
        for key in wanted {
            if !self.loops.contains_key(&key)
                && let Some(scrape) = self.config.scrape.get(key.0)
            {
                let round = self.target(scrape, &key.1);
                let removed = Shutdown::new();
                let task = tokio::spawn(round.run(removed.clone(), shutdown.clone()));
                self.loops.insert(key, Loop { removed, task });
            }
        }
    }

    fn target(&self, scrape: &Scrape, target: &Target) -> Round {
        let fetch = Fetch {
            clients: Arc::clone(&self.clients),
            url: target.url.clone(),
            bearer_token_file: scrape.bearer_token_file.clone(),
            ca_file: scrape.ca_file.clone(),
            largest: scrape.bounds.body,
            patience: scrape.patience(),
        };
        let labels = target.labels.clone();
        let interval = scrape.interval.0;
        let mut round = self.round(
            Origin::Target(fetch),
            labels,
            interval,
            scrape.patience(),
            target.url.as_str(),
        );
        round.intake.honor_labels = scrape.honor_labels;
        round.intake.honor_timestamps = scrape.honor_timestamps;
        round.intake.bounds = scrape.bounds.clone();
        round
    }
}

fn with(given: &BTreeMap<String, String>, job: &str, instance: &str) -> Labels {
    let own = [("job", job), ("instance", instance)];
    let given = given.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Labels::new(own.into_iter().chain(given))
}

async fn upkeep(store: Arc<Store>, clock: Clock, until: Shutdown) {
    let mut ticks = interval(UPKEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = until.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let (store, now) = (Arc::clone(&store), clock.now_micros().div_euclid(1_000));
        // A pass over all series takes some milliseconds of a processor.
        let _done = tokio::task::spawn_blocking(move || store.upkeep(now)).await;
    }
}
