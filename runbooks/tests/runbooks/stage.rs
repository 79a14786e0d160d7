//! A store, a clock that the test moves, a twin, and a page of every kind of step.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::clock::{Clock, ManualClock};
use db::{Db, Options};
use runbooks::{Bound, Engine, Plan, compile};
use saga::{Interrupt, Journal, Memory, Ran, Store};
use tempfile::TempDir;

use crate::twin::Twin;

/// Tells a story, an async function of a [`Stage`], over the twin of the store, SQLite and PostgreSQL.
macro_rules! on_all {
    ($($story:ident),+ $(,)?) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn twin() {
                super::$story(crate::stage::Stage::twin()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$story(crate::stage::Stage::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$story(crate::stage::Stage::postgres().await).await;
            }
        }
    )+ };
}
pub(crate) use on_all;

/// A page with every kind of step, of condition and of undo.
pub(crate) const PAGE: &str = r#"---
id: every-kind
title_zh: 各类步骤
title_en: Every kind of step
owner: sre
severity: critical
minutes: 15
alerts: [IntakeClosed]
needs: [operator]
parameters:
  url: {type: url, title_zh: 地址, title_en: Address, default: "http://127.0.0.1:7100/"}
  reason: {type: text, max: 40, title_zh: 原因, title_en: Why}
  source: {type: name, title_zh: 数据源, title_en: Source, default: tax}
  level: {type: integer, min: 1, max: 5, title_zh: 级别, title_en: Level, default: "2"}
  word: {type: choice, of: [slow, fast], title_zh: 快慢, title_en: Pace, default: slow}
---

# 各类步骤 · Every kind of step

仅供测试。 For tests only.

```step id=agree kind=approval people=2 timeout=30m
请同意：{{reason}} / please agree
```

```step id=close kind=command undo=reopen verify=is-closed timeout=30s
backstop intake close --reason {{reason}} --url {{url}}
```

```verify id=is-closed of=command pointer=/state equals=closed
backstop intake status --url {{url}} --json
```

```undo id=reopen kind=command verify=is-open
backstop intake reopen --url {{url}}
```

```verify id=is-open of=command pointer=/state equals=open
backstop intake status --json
```

```step id=ack kind=command undo=unack idempotent=true
backstop watch ack --pace {{word}} "{{source}} of {{reason}}"
```

```undo id=unack kind=human confirm=好了
请撤销确认，见 {{steps.close.epoch}} / take it back
```

```step id=note kind=http expect=200,201 undo=unnote on-failure=undo
POST {{url}}/v1/{{source}}/note

{"reason": "为 {{reason}}", "level": "{{level}}", "fixed": [1, true]}
```

```undo id=unnote kind=http idempotent=true
DELETE {{url}}/v1/unnote
```

```step id=seen kind=wait-until of=promql timeout=10m interval=20s
max(financing_source_breaker{source="{{source}}"}) >= {{level}}
```

```step id=look kind=http undo=nothing
GET {{url}}/v1/{{source}}?q={{reason}}
```

```step id=told kind=human confirm=已通知
请通知，编号 {{steps.note.id}}，{{steps.close.nothing}} / tell them
```

```step id=last kind=command undo=never why="它已发出 / it is out" on-failure=undo
backstop watch silence x
```
"#;

#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) hand: ManualClock,
    pub(crate) run: String,
    _folder: Option<Arc<TempDir>>,
}

impl Stage {
    pub(crate) fn twin() -> Self {
        Self::over(Arc::new(Memory::default()), None)
    }

    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("runs.db").display());
        Self::at(&url, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        let url = tokio::task::spawn_blocking(|| cluster::fresh_database().unwrap())
            .await
            .unwrap();
        Self::at(&url, None).await
    }

    async fn at(url: &str, folder: Option<TempDir>) -> Self {
        let db = Db::open(url, Options::default()).await.unwrap();
        db::migrate(&db, saga::MIGRATIONS).await.unwrap();
        Self::over(Arc::new(Journal::new(db)), folder)
    }

    fn over(store: Arc<dyn Store>, folder: Option<TempDir>) -> Self {
        let (clock, hand) = Clock::manual("2026-11-27T02:00:00Z".parse().unwrap());
        Self {
            store,
            clock,
            hand,
            run: "run-0".to_owned(),
            _folder: folder.map(Arc::new),
        }
    }

    pub(crate) fn another(&self, number: i64) -> Self {
        let run = format!("run-{number}");
        Self { run, ..self.clone() }
    }

    pub(crate) fn around(&self, store: Arc<dyn Store>) -> Self {
        Self {
            store,
            ..self.clone()
        }
    }

    pub(crate) fn hands(&self) -> Twin {
        Twin::new(&self.clock, &self.hand)
    }

    pub(crate) fn engine(&self) -> Engine {
        Engine::new(Arc::clone(&self.store), self.clock.clone(), "this process")
            .lasting(Duration::from_secs(30))
    }

    /// Until every lease has run out.
    pub(crate) fn wait_for_lease(&self) {
        self.hand.advance_micros(30_000_001);
    }

    pub(crate) async fn begin(&self, bound: &Bound) {
        self.engine().begin(&self.run, bound).await.unwrap();
    }

    pub(crate) async fn run(&self, hands: &Twin) -> Ran {
        self.engine()
            .run(&self.run, hands, &Interrupt::default())
            .await
            .unwrap()
    }
}

/// The page of every kind, with some text in it replaced.
pub(crate) fn plan(changes: &[(&str, &str)]) -> Plan {
    let mut text = PAGE.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    compile("every-kind.md", &text).unwrap()
}

/// That page with values.
pub(crate) fn bound(plan: Plan, values: &[(&str, &str)]) -> Bound {
    let given: BTreeMap<String, String> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Bound::new(plan, &given, "ann").unwrap()
}

/// With a reason, and defaults for the rest.
pub(crate) fn ready(changes: &[(&str, &str)]) -> Bound {
    bound(plan(changes), &[("reason", "core is down")])
}

/// Two people agree to what waits; gives what they agreed to.
pub(crate) fn agree(hands: &Twin) -> String {
    let digest = hands.with(|world| world.proposals.last().unwrap().digest.clone());
    hands.judge("bob", true, &digest);
    hands.judge("eve", true, &digest);
    digest
}
