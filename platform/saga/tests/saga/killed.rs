//! A process that is really killed, by SIGKILL, while it runs sagas over SQLite.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use db::{Db, Options};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use saga::effects::Doing;
use saga::{
    Answer, Call, Effect, Effects, Found, Interrupt, Journal, New, Outcome, Performed, Plan, Ran, Ruling,
    Runner, SagaError, Step, StoreError, Undo, Way,
};
use serde_json::json;

use crate::drive::plan;

/// Set in the process that is killed: its folder.
const FOLDER: &str = "BACKSTOP_SAGA_KILLED";
/// How often it is killed.
const KILLS: usize = 30;
/// So short that whoever comes after a kill need not wait for long.
const LEASE: Duration = Duration::from_millis(60);

/// Each effect is a line in a file, which outlives its process.
struct Lines(PathBuf);

impl Lines {
    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn count(&self, saga: &str, step: &str, way: Way) -> usize {
        let line = format!("{saga} {step} {}", way.as_str());
        self.lines().iter().filter(|other| **other == line).count()
    }

    async fn act(&self, call: &Call) -> Performed {
        // A while before and after, for kills to meet.
        tokio::time::sleep(Duration::from_millis(3)).await;
        if call.step.id == "last" {
            return Performed::Failed("as it always does".to_owned());
        }
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.0);
        let line = format!("{} {} {}\n", call.saga, call.step.id, call.way.as_str());
        file.unwrap().write_all(line.as_bytes()).unwrap();
        tokio::time::sleep(Duration::from_millis(3)).await;
        Performed::Done(json!({}))
    }
}

impl Effects for Lines {
    fn perform<'a>(&'a self, call: &'a Call) -> Doing<'a, Performed> {
        Box::pin(self.act(call))
    }

    fn verify<'a>(&'a self, call: &'a Call) -> Doing<'a, Found> {
        Box::pin(async move {
            match self.count(&call.saga, &call.step.id, call.way) {
                0 => Found::NotDone,
                _ => Found::Done(json!({})),
            }
        })
    }
}

/// Done and undone: the last step always fails.
fn steps() -> Arc<Plan> {
    let effect = |idempotent, verifies| Effect { idempotent, verifies };
    let step = |id: &str, act, undo| Step {
        act,
        undo: Undo::By(undo),
        attempts: 1000,
        ..Step::new(id)
    };
    plan(vec![
        step("plain", effect(false, false), effect(false, true)),
        step("seen", effect(false, true), effect(true, false)),
        step("idempotent", effect(true, false), effect(false, false)),
        Step::new("last"),
    ])
}

async fn runner(folder: &Path) -> Runner {
    let url = format!("sqlite:{}", folder.join("sagas.db").display());
    let db = Db::open(&url, Options::default()).await.unwrap();
    db::migrate(&db, saga::MIGRATIONS).await.unwrap();
    let holder = format!("process {}", std::process::id());
    Runner::new(Arc::new(Journal::new(db)), Clock::system(), &holder).lasting(LEASE)
}

/// Begins sagas and runs all that are not over, until it is killed or none is left. Answers of a person are in the
/// folder: what was not answered waits.
async fn work(folder: &Path, all: usize) -> BTreeMap<String, Ran> {
    let (runner, plan, effects) = (runner(folder).await, steps(), Lines(folder.join("effects")));
    let mut came_to = BTreeMap::new();
    for number in 0..all {
        let id = format!("saga-{number}");
        let new = New {
            id: &id,
            kind: "test",
            context: &json!({}),
            by: "ann",
        };
        runner.begin(new, &plan).await.unwrap();
        let ran = loop {
            match runner.run(&id, &plan, &effects, &Interrupt::default()).await {
                Ok(ran) => break ran,
                // The lease of a process that was killed, or a machine that is busy for longer than so short a lease.
                Err(SagaError::Store(StoreError::Held { .. } | StoreError::Lost) | SagaError::TooSlow) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(error) => panic!("{error}"),
            }
        };
        came_to.insert(id, ran);
    }
    came_to
}

/// If this process is the one that is killed, works until it is.
fn work_if_asked() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how a test tells its second process what to do"
    )]
    let Ok(folder) = std::env::var(FOLDER) else { return };
    runtime().block_on(work(Path::new(&folder), usize::MAX));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn spawn(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "killed::kill_9_repeats_nothing_by_itself",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A person looks at the file and answers whatever waits.
async fn answer_all(folder: &Path, asked: &BTreeMap<String, Ran>) -> usize {
    let (runner, plan, effects) = (runner(folder).await, steps(), Lines(folder.join("effects")));
    let mut answered = 0;
    for (id, ran) in asked {
        let Ran::Waits { question, seq } = ran else {
            continue;
        };
        let done = effects.count(id, &question.step, question.way) > 0;
        let answer = Answer {
            step: &question.step,
            way: question.way,
            seq: *seq,
            ruling: if done { Ruling::Done } else { Ruling::Retry },
            by: "bob",
            reason: "looked into the file",
        };
        runner.answer(id, &plan, &answer).await.unwrap();
        answered += 1;
    }
    answered
}

#[test]
fn kill_9_repeats_nothing_by_itself() {
    work_if_asked();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..KILLS {
        let mut child = spawn(folder);
        // From the start-up to several sagas on.
        std::thread::sleep(Duration::from_millis(random.random_range(20..260)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let begun = runtime().block_on(async {
        let store = Journal::new(
            Db::open(
                &format!("sqlite:{}", folder.join("sagas.db").display()),
                Options::default(),
            )
            .await
            .unwrap(),
        );
        saga::Store::list(&store, 100_000).await.unwrap().len()
    });
    assert!(begun > 3, "{begun} sagas were begun");
    let (mut answered, mut rounds) = (0, 0);
    loop {
        let came_to = runtime().block_on(work(folder, begun));
        let now = runtime().block_on(answer_all(folder, &came_to));
        answered += now;
        rounds += 1;
        assert!(rounds < 100, "{came_to:?}");
        if now == 0 {
            assert!(
                came_to.values().all(|ran| *ran == Ran::Ended(Outcome::Undone)),
                "{came_to:?}"
            );
            break;
        }
    }
    let effects = Lines(folder.join("effects"));
    let mut repeated = 0;
    for number in 0..begun {
        let id = format!("saga-{number}");
        for step in steps().steps().iter().filter(|step| step.id != "last") {
            for way in [Way::Do, Way::Undo] {
                let count = effects.count(&id, &step.id, way);
                if step.effect(way).idempotent {
                    assert!(count >= 1, "{id} {} {way:?}", step.id);
                    repeated += count - 1;
                } else {
                    assert_eq!(count, 1, "{id} {} {way:?}", step.id);
                }
            }
        }
    }
    println!(
        "{KILLS} kills, {begun} sagas, {answered} answers, {repeated} repetitions of what is idempotent"
    );
}
