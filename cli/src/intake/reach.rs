//! How the switch is reached: an instance over HTTP, or the database itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base::exit;
use client::http::{CallError, Client, Reply, Request, Trust};
use db::{Db, DbError, Options};
use gate::GateError;
use serde::de::DeserializeOwned;

use super::bearer::{self, BearerArgs};
use super::holder::Holder;
use crate::called;
use crate::ended::stop;

/// The longest that an instance may take: a close waits for its grace of a second, and
/// for two more until what it ended is gone.
const ANSWER: Duration = Duration::from_secs(10);

/// Where the switch is.
#[derive(Debug, clap::Args)]
pub(crate) struct Reach {
    /// Address of an instance; of several, the first that answers.
    #[arg(long = "url", env = "BACKSTOP_URL", value_name = "URL", value_delimiter = ',')]
    urls: Vec<String>,
    /// Break-glass, when no instance answers: the database itself, `sqlite:FILE` or `postgres://…`.
    #[arg(long, value_name = "DATABASE_URL")]
    direct: Option<String>,
    /// File of the authorities that instances' certificates are signed by (PEM).
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    bearer: BearerArgs,
}

/// What answers.
pub(crate) enum Way {
    Service(Instances),
    Direct(Db),
}

/// The instances of a service, and who asks.
pub(crate) struct Instances {
    clients: Vec<Client>,
    signed_in: bool,
}

impl Reach {
    /// What the gate's refusal comes to; of a file, who keeps it from being written.
    pub(crate) fn of_gate(&self, error: &GateError) -> anyhow::Error {
        let held = matches!(error, GateError::Db(DbError::Unavailable(_) | DbError::Timeout));
        let file = self.direct.as_deref().and_then(file).filter(|_| held);
        match file.and_then(Holder::of) {
            Some(holder) => stop(
                exit::UNREACHABLE,
                format!("nothing is acknowledged ({error})\n{holder}"),
            ),
            None => of_gate(error),
        }
    }

    /// Opens the way that was asked for; `--direct` counts before an address in the environment.
    pub(crate) async fn open(&self) -> anyhow::Result<Way> {
        if let Some(url) = &self.direct {
            return Ok(Way::Direct(direct(url).await?));
        }
        if self.urls.is_empty() {
            let text = "where is it? --url URL of an instance, or --direct DATABASE_URL when none answers";
            return Err(stop(exit::USAGE, text));
        }
        let trust = match &self.ca {
            Some(path) => Trust::default().authority(path),
            None => Ok(Trust::default()),
        };
        let trust = trust.map_err(|error| stop(exit::USAGE, format!("--ca: {error}")))?;
        let client = |url: &String| {
            let client = Client::trusting(url, "", ANSWER, &trust);
            client.map_err(|error| stop(exit::USAGE, format!("--url {url}: {error}")))
        };
        let mut instances = Instances {
            clients: self.urls.iter().map(client).collect::<anyhow::Result<_>>()?,
            signed_in: false,
        };
        let (token, signed_in) = bearer::token(&self.bearer, &instances).await?;
        let with = |client: &Client| client.with_token(&token);
        let clients: Result<_, _> = instances.clients.iter().map(with).collect();
        instances.clients = clients.map_err(|error| stop(exit::USAGE, error.to_string()))?;
        instances.signed_in = signed_in;
        Ok(Way::Service(instances))
    }
}

impl Instances {
    /// The same request to one instance after another, until one has said yes or no. They share
    /// a database, so that a repetition under the same key is the same order.
    pub(crate) async fn send<T: DeserializeOwned>(&self, request: &Request<T>) -> anyhow::Result<Reply<T>> {
        let mut unknown = None;
        let mut last = None;
        for client in &self.clients {
            match client.send(request).await {
                Ok(reply) => return Ok(reply),
                Err(error) if error.is_ambiguous() => unknown = Some(refused(client.base_url(), &error)),
                Err(error @ CallError::NotSent { .. }) => last = Some(refused(client.base_url(), &error)),
                // 503 is said before anything starts: another instance may be better off.
                Err(error) if error.status() == Some(503) => last = Some(refused(client.base_url(), &error)),
                Err(error) => return Err(refused(client.base_url(), &error)),
            }
        }
        Err(unknown
            .or(last)
            .unwrap_or_else(|| stop(exit::USAGE, "no instance was named")))
    }

    /// Ends the session that was begun for this command.
    pub(crate) async fn leave(&self) {
        if self.signed_in {
            // A session that could not be ended is idle soon.
            drop(self.send(&Request::sign_out()).await);
        }
    }
}

/// What a call came to, as an exit code and what to do.
fn refused(base: &str, error: &CallError) -> anyhow::Error {
    let code = called::code(error);
    let hint = match code {
        exit::AMBIGUOUS => "; look with `intake status`, and do it again",
        exit::UNREACHABLE => NONE_ANSWERS,
        _ => "",
    };
    stop(code, format!("{base}: {error}{hint}"))
}

const NONE_ANSWERS: &str = "; when no instance answers, `intake close --direct DATABASE_URL` closes";

/// The file of an address, if it is SQLite's.
fn file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
}

/// The database that is there: one that is not must not be made by looking for it.
pub(crate) async fn direct(url: &str) -> anyhow::Result<Db> {
    if let Some(file) = file(url).filter(|file| !file.is_file()) {
        return Err(stop(
            exit::UNREACHABLE,
            format!("there is no database {}", file.display()),
        ));
    }
    let options = Options {
        readers: 1,
        writers: 1,
        ..Options::default()
    };
    Db::open(url, options).await.map_err(|error| match error {
        DbError::Other(message) => stop(exit::USAGE, format!("--direct: {message}")),
        error => stop(
            exit::UNREACHABLE,
            format!("the database cannot be opened: {error}"),
        ),
    })
}

/// What the gate's refusal comes to.
pub(crate) fn of_gate(error: &GateError) -> anyhow::Error {
    let (code, hint) = match error {
        GateError::Db(DbError::Ambiguous(_)) => (exit::AMBIGUOUS, "; closing again is always right"),
        GateError::Db(DbError::Unavailable(_) | DbError::Timeout | DbError::Overloaded) => (
            exit::UNREACHABLE,
            "; nothing is acknowledged: close again, and on SQLite first end the process that holds the file",
        ),
        GateError::StillHeld { .. } => (exit::FAILED, "; nothing is acknowledged: close again"),
        GateError::Incomplete(_) | GateError::Unfit(_) | GateError::GraceTooLong => (exit::USAGE, ""),
        GateError::TooManyScopes | GateError::NoDoubt | GateError::Settled => (exit::REFUSED, ""),
        _ => (exit::FAILED, ""),
    };
    stop(code, format!("{error}{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ended;

    #[test]
    fn what_nobody_answered_and_what_nobody_knows_have_codes_of_their_own() {
        let reason = || "seen".to_owned();
        for (error, code) in [
            (CallError::NotSent { reason: reason() }, exit::UNREACHABLE),
            (CallError::Ambiguous { reason: reason() }, exit::AMBIGUOUS),
            (CallError::Failed { status: 500 }, exit::AMBIGUOUS),
            (CallError::Failed { status: 503 }, exit::UNREACHABLE),
            (CallError::Failed { status: 403 }, exit::REFUSED),
        ] {
            assert_eq!(ended::code(&refused("http://a", &error)), code, "{error}");
        }
        for (error, code) in [
            (GateError::Db(DbError::Timeout), exit::UNREACHABLE),
            (GateError::Db(DbError::Ambiguous(reason())), exit::AMBIGUOUS),
            (GateError::StillHeld { ended: Vec::new() }, exit::FAILED),
            (GateError::Incomplete("reason"), exit::USAGE),
        ] {
            assert_eq!(ended::code(&of_gate(&error)), code, "{error}");
        }
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("typo.db");
        let Err(error) = direct(&format!("sqlite:{}", file.display())).await else {
            panic!("opened");
        };
        assert_eq!(ended::code(&error), exit::UNREACHABLE);
        assert!(!file.exists());
    }
}
