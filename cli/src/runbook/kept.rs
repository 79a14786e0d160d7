//! Where runs are kept: a store of the operator's own, so that a run goes on while every plane is down.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::exit;
use db::{Db, DbError, Dialect, Migration, Options};
use runbooks::{Engine, RunError, Shown};
use saga::runner::LEASE;
use saga::{Journal, SagaError, StoreError};

use super::owed::{self, Owed};
use super::progress::Progress;
use crate::ended::stop;

/// A lease on a file of this machine: no failover has to be waited out, and whoever resumes after a death waits so long.
const HERE: Duration = Duration::from_secs(10);

/// Where runs are kept.
#[derive(Debug, clap::Args)]
pub(super) struct StoreArgs {
    /// The store of runs: `sqlite:FILE` or `postgres://…`. A run is resumed with the store that it was begun in.
    #[arg(
        long,
        env = "BACKSTOP_RUNBOOKS",
        value_name = "DATABASE_URL",
        default_value = "sqlite:runbooks.db"
    )]
    pub(super) store: String,
}

/// An open store.
pub(super) struct Kept {
    db: Db,
    clock: Clock,
    lease: Duration,
}

impl StoreArgs {
    /// Opens it, and makes it if it is not there.
    pub(super) async fn make(&self) -> anyhow::Result<Kept> {
        // One command at a time reads and writes a run.
        let options = Options {
            readers: 1,
            writers: 1,
            ..Options::default()
        };
        let db = Db::open(&self.store, options)
            .await
            .map_err(|error| match error {
                DbError::Other(message) => stop(exit::USAGE, format!("--store: {message}")),
                error => stop(exit::UNREACHABLE, format!("--store cannot be opened: {error}")),
            })?;
        let mut migrations: Vec<Migration> = saga::MIGRATIONS.to_vec();
        migrations.push(owed::MIGRATION);
        db::migrate(&db, &migrations)
            .await
            .map_err(|error| stop(exit::UNREACHABLE, format!("--store cannot be used: {error}")))?;
        let lease = match db.dialect() {
            Dialect::Sqlite => HERE,
            Dialect::Postgres => LEASE,
        };
        Ok(Kept {
            db,
            clock: Clock::system(),
            lease,
        })
    }

    /// Opens one that is there: none is made by looking for a run.
    pub(super) async fn open(&self) -> anyhow::Result<Kept> {
        let file = self.store.strip_prefix("sqlite:");
        let file = file.map(|path| Path::new(path.strip_prefix("//").unwrap_or(path)));
        if let Some(file) = file.filter(|file| !file.is_file()) {
            let text = format!(
                "there is no store {}: --store names the one that the run was begun in",
                file.display()
            );
            return Err(stop(exit::USAGE, text));
        }
        self.make().await
    }
}

impl Kept {
    /// The time, for whoever needs it.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What the control plane has yet to be told.
    pub(super) fn owed(&self) -> Owed {
        Owed::new(self.db.clone())
    }

    /// Runs of this store, carried out by nobody.
    pub(super) fn engine(&self) -> Engine {
        let store = Arc::new(Journal::new(self.db.clone()));
        Engine::new(store, self.clock.clone(), &holder()).lasting(self.lease)
    }

    /// Runs of this store, with each thing that happens told.
    pub(super) fn telling(&self, shown: &Shown) -> Engine {
        let steps = shown
            .bound
            .plan
            .steps
            .iter()
            .map(|step| step.id.clone())
            .collect();
        let store = Arc::new(Progress::new(Journal::new(self.db.clone()), steps));
        Engine::new(store, self.clock.clone(), &holder()).lasting(self.lease)
    }

    /// A run.
    pub(super) async fn show(&self, run: &str) -> anyhow::Result<Shown> {
        self.engine().show(run).await.map_err(|error| refused(&error))
    }

    /// Gives the store back.
    pub(super) async fn close(self) {
        self.db.close().await;
    }
}

/// Who holds a run, for whoever finds it held.
fn holder() -> String {
    format!("process {}", std::process::id())
}

/// What an error of a run comes to.
pub(super) fn refused(error: &RunError) -> anyhow::Error {
    let code = match error {
        RunError::Saga(SagaError::Store(StoreError::Db(DbError::Ambiguous(_)))) => exit::AMBIGUOUS,
        RunError::Saga(SagaError::Store(StoreError::Db(_))) => exit::UNREACHABLE,
        RunError::Saga(SagaError::Store(StoreError::Unknown | StoreError::TooLong(_)))
        | RunError::Other
        | RunError::Bind(_) => exit::USAGE,
        RunError::Saga(SagaError::Corrupt { .. } | SagaError::OtherPlan { .. }) => exit::FAILED,
        RunError::Saga(_) | RunError::Approval(_) => exit::REFUSED,
    };
    let text = match error {
        RunError::Saga(SagaError::Store(StoreError::Unknown)) => {
            "there is no such run in this store; `runbook show` lists those that are".to_owned()
        }
        RunError::Saga(SagaError::Store(StoreError::Held { by, .. })) => {
            format!("{by} carries this run out at the moment")
        }
        error => error.to_string(),
    };
    stop(code, text)
}
