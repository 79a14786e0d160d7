//! A control plane that watches a stage, in a clock that the test moves.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use base::clock::{Clock, ManualClock};
use base::ids::Ids;
use db::{Db, Options};
use notify::{Channels, Notifier};
use tempfile::TempDir;
use watch::{Config, Rounds, Watch};

use crate::stage::Stage;
use crate::stand::Stand;

/// A Friday, ten in the morning in China.
const START: &str = "2026-11-27T02:00:00Z";
const CHANNELS: [&str; 2] = ["desk", "sms"];

pub(crate) struct Plane {
    pub(crate) rounds: Rounds,
    pub(crate) watch: Watch,
    pub(crate) stand: Stand,
    pub(crate) hand: ManualClock,
    pub(crate) clock: Clock,
    config: String,
    url: String,
    db: Db,
    folder: TempDir,
    lives: u64,
}

impl Plane {
    /// With the shipped rules, routes, inhibitions and escalations.
    pub(crate) async fn shipped() -> Self {
        Self::shipped_without("no such table").await
    }

    /// The same without the tables of this head.
    pub(crate) async fn shipped_without(head: &str) -> Self {
        let shipped = include_str!("../../../../deploy/watch.toml");
        let mut left_out = false;
        let kept = shipped.lines().filter(|line| {
            left_out = if line.starts_with('[') {
                *line == head
            } else {
                left_out
            };
            !left_out
        });
        let config = kept.collect::<Vec<_>>().join("\n");
        let secrets = ["desk.mail", "sms.url", "sms.token", "first.phone", "second.phone"];
        let secrets = secrets.map(|name| format!("secrets/{name}"));
        let files: Vec<(&str, &str)> = secrets
            .iter()
            .map(|name| {
                (
                    name.as_str(),
                    if name.ends_with("url") {
                        "http://127.0.0.1:1/sms\n"
                    } else {
                        if name.ends_with("mail") {
                            "desk@bank.example\n"
                        } else {
                            "13800000000\n"
                        }
                    },
                )
            })
            .collect();
        Self::prepared(&config, &files).await
    }

    /// With another configuration, whose channels are `desk` and `sms`, and the files that it names.
    pub(crate) async fn prepared(config: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("secrets")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let url = format!("sqlite:{}", folder.path().join("control.db").display());
        let db = Db::open(&url, Options::default()).await.unwrap();
        db::migrate(&db, &watch::migrations()).await.unwrap();
        let (clock, hand) = Clock::manual(START.parse().unwrap());
        let stand = Stand::default();
        let (watch, rounds) = opened(&db, config, folder.path(), &clock, &stand, 1).await;
        Self {
            rounds,
            watch,
            stand,
            hand,
            clock,
            config: config.to_owned(),
            url,
            db,
            folder,
            lives: 1,
        }
    }

    /// The process is gone with all that it had in memory, its samples too; another one starts on the same store.
    pub(crate) async fn die(&mut self) {
        self.db.close().await;
        self.db = Db::open(&self.url, Options::default()).await.unwrap();
        self.lives += 1;
        let folder = self.folder.path();
        (self.watch, self.rounds) = opened(
            &self.db,
            &self.config,
            folder,
            &self.clock,
            &self.stand,
            self.lives,
        )
        .await;
    }

    /// What the rules knew is gone from the store, too.
    pub(crate) async fn forget(&mut self) {
        self.sql("DELETE FROM watch_state").await;
        self.die().await;
    }

    /// The store takes no more of what the rules know.
    pub(crate) async fn lose_the_state(&self) {
        self.sql("ALTER TABLE watch_state RENAME TO watch_state_gone")
            .await;
    }

    async fn sql(&self, sql: &'static str) {
        let done = self.db.write(move |tx| -> db::Job<'_, u64, db::DbError> {
            Box::pin(async move { tx.exec(sql, &[]).await })
        });
        done.await.unwrap();
    }

    pub(crate) fn notifier(&self) -> &Notifier {
        self.watch.notifier().unwrap()
    }

    /// Milliseconds since 1970.
    pub(crate) fn at(&self) -> i64 {
        self.clock.now_micros() / 1_000
    }

    /// So many seconds later the stage is scraped, and what follows from it follows.
    pub(crate) async fn step(&mut self, stage: &mut Stage, seconds: i64) {
        self.hand.advance_micros(seconds * 1_000_000);
        stage.scraped(self.watch.store(), self.at(), seconds);
        self.rounds.round().await;
        while self.notifier().tick().await.unwrap() {}
        for channel in CHANNELS {
            while self.notifier().send_next(channel).await.unwrap().is_some() {}
        }
    }
}

async fn opened(
    db: &Db,
    config: &str,
    folder: &Path,
    clock: &Clock,
    stand: &Stand,
    seed: u64,
) -> (Watch, Rounds) {
    let mut config = Config::parse(config, folder).unwrap();
    let notify = Arc::new(config.notify.take().unwrap());
    let ids = Ids::seeded(clock.clone(), seed);
    let channels: Channels = CHANNELS
        .into_iter()
        .map(|name| (name.to_owned(), stand.channel(name)))
        .collect();
    let notifier = Notifier::open_with(db.clone(), notify, clock.clone(), ids, channels)
        .await
        .unwrap();
    let watch = Watch::open_with(db.clone(), config, None, clock.clone(), Some(notifier))
        .await
        .unwrap();
    let rounds = watch.rounds().unwrap();
    (watch, rounds)
}
