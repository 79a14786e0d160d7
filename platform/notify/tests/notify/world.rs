//! A notifier over a database of its own, with a clock that the test moves and receivers that note what they get.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use base::clock::{Clock, ManualClock};
use base::ids::Ids;
use db::{Db, Options};
use notify::{Channels, Config, Notice, Notifier};
use tempfile::TempDir;

use crate::stand::{Receipt, Stand};

/// Tells a story, an async function of a [`World`], on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$story(crate::world::World::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$story(crate::world::World::postgres().await).await;
            }
        }
    )+ };
}
pub(crate) use on_both;

/// A Friday, ten in the morning in China.
pub(crate) const START: &str = "2026-11-27T02:00:00Z";
pub(crate) const SECOND: i64 = 1_000_000;

/// The configuration of most stories; channels are replaced by stand-ins.
pub(crate) const CONFIG: &str = r#"
external_url = "https://ops.example/backstop"

[route]
receiver = "ops"
group_by = ["alertname"]
group_wait = "30s"
group_interval = "5m"
repeat_interval = "4h"

[[route.routes]]
matchers = ['severity="critical"']
escalation = "core"

[[route.routes]]
matchers = ['team="night"']
mute = ["night"]

[[receivers]]
name = "ops"
channels = ["chat"]

[[channels]]
name = "chat"
per_minute = 600
exec = { program = "/bin/true" }

[[channels]]
name = "sms"
per_minute = 600
exec = { program = "/bin/true" }

[[people]]
id = "li"
contacts = [{ channel = "sms", to_file = "li.phone" }]
[[people]]
id = "wang"
contacts = [{ channel = "sms", to_file = "wang.phone" }]
[[people]]
id = "zhao"
contacts = [{ channel = "sms", to_file = "zhao.phone" }]
[[people]]
id = "qian"
contacts = [{ channel = "sms", to_file = "qian.phone", resolved = false }]

[[rotas]]
name = "core"
people = ["li", "wang"]
starts = "2026-11-23T09:00:00+08:00"
shift = "7d"

[[escalations]]
name = "core"
steps = [{ page = ["rota:core"] }, { page = ["person:zhao"] }, { after = "5m", page = ["person:qian"] }]

[[inhibit]]
source = ['alertname="HostDown"']
target = ['severity="warning"']
equal = ["host"]

[[mutes]]
name = "night"
from = "22:00"
to = "07:00"

[call_tree]
escalation = "core"
day = 27
at = "14:00"

[tickets]
key_file = "itsm.key"
"#;

pub(crate) struct World {
    pub(crate) notifier: Notifier,
    pub(crate) config: Arc<Config>,
    pub(crate) stand: Stand,
    pub(crate) clock: Clock,
    pub(crate) hand: ManualClock,
    pub(crate) url: String,
    pub(crate) db: Db,
    pub(crate) folder: TempDir,
    seed: u64,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        Self::sqlite_with(CONFIG).await
    }

    pub(crate) async fn sqlite_with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("control.db").display());
        Self::over(url, folder, config).await
    }

    pub(crate) async fn postgres() -> Self {
        let url = cluster::fresh_database().unwrap();
        Self::over(url, tempfile::tempdir().unwrap(), CONFIG).await
    }

    async fn over(url: String, folder: TempDir, config: &str) -> Self {
        let config = configured(folder.path(), config);
        let (clock, hand) = Clock::manual(START.parse().unwrap());
        let db = Db::open(&url, Options::default()).await.unwrap();
        db::migrate(&db, notify::MIGRATIONS).await.unwrap();
        let stand = Stand::default();
        let notifier = opened(&db, &config, &clock, &stand, 1).await;
        Self {
            notifier,
            config,
            stand,
            clock,
            hand,
            url,
            db,
            folder,
            seed: 1,
        }
    }

    /// The process is gone with all that it had in memory, and another one starts on the same store.
    pub(crate) async fn restart(&mut self) {
        self.db.close().await;
        self.db = Db::open(&self.url, Options::default()).await.unwrap();
        self.seed += 1;
        self.notifier = opened(&self.db, &self.config, &self.clock, &self.stand, self.seed).await;
    }

    /// As [`World::restart`], with another configuration.
    pub(crate) async fn reconfigure(&mut self, config: &str) {
        self.config = configured(self.folder.path(), config);
        self.restart().await;
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now_micros()
    }

    pub(crate) async fn fire(&self, labels: &[(&str, &str)]) {
        self.hand_in(labels, self.now(), None).await;
    }

    pub(crate) async fn end(&self, labels: &[(&str, &str)]) {
        self.hand_in(labels, self.now(), Some(self.now())).await;
    }

    async fn hand_in(&self, labels: &[(&str, &str)], starts_at: i64, ends_at: Option<i64>) {
        let taken = self
            .notifier
            .take(&[notice(labels, starts_at, ends_at)])
            .await
            .unwrap();
        assert_eq!(taken.refused, []);
    }

    /// Decides and sends all that is due now.
    pub(crate) async fn settle(&self) {
        while self.notifier.tick().await.unwrap() {}
        for channel in ["chat", "sms"] {
            while self.notifier.send_next(channel).await.unwrap().is_some() {}
        }
    }

    /// Lets so many seconds pass, five at a time, of hours thirty.
    pub(crate) async fn pass(&self, seconds: i64) {
        let step = if seconds <= 1800 { 5 } else { 30 };
        for _ in 0..seconds / step {
            self.hand.advance_micros(step * SECOND);
            self.settle().await;
        }
    }

    /// What arrived on a channel.
    pub(crate) fn got(&self, channel: &str) -> Vec<Receipt> {
        self.stand
            .receipts()
            .into_iter()
            .filter(|receipt| receipt.channel == channel)
            .collect()
    }
}

async fn opened(db: &Db, config: &Arc<Config>, clock: &Clock, stand: &Stand, seed: u64) -> Notifier {
    let ids = Ids::seeded(clock.clone(), seed);
    let channels: Channels = ["chat", "sms"]
        .into_iter()
        .map(|name| (name.to_owned(), stand.channel(name)))
        .collect();
    Notifier::open_with(db.clone(), Arc::clone(config), clock.clone(), ids, channels)
        .await
        .unwrap()
}

/// Checks a configuration, with the files that it names.
pub(crate) fn configured(folder: &Path, config: &str) -> Arc<Config> {
    fs::write(folder.join("itsm.key"), "shared").unwrap();
    for (i, person) in ["li", "wang", "zhao", "qian"].iter().enumerate() {
        fs::write(folder.join(format!("{person}.phone")), format!("1380000000{i}\n")).unwrap();
    }
    Arc::new(Config::parse(config, folder).unwrap())
}

pub(crate) fn notice(labels: &[(&str, &str)], starts_at: i64, ends_at: Option<i64>) -> Notice {
    Notice {
        labels: labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        annotations: BTreeMap::from([("summary".to_owned(), "数据库不可用".to_owned())]),
        starts_at,
        ends_at,
        generator: "http://prometheus.example/graph".to_owned(),
    }
}
