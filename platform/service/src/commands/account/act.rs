//! The verbs of `financing account`.

use std::io::Write;
use std::path::{Path, PathBuf};

use auth::{AccessKey, Account, AccountError, By, Credentials, Role, accounts, is_name};
use base::clock::Clock;
use base::config::ProcessEnv;
use base::exit;
use clap::Subcommand;
use db::{Db, DbError};
use jiff::Timestamp;

use super::prompt;
use crate::cli::{because, stop};
use crate::commands::actor;
use crate::commands::clock;
use crate::commands::database::{self, DatabaseArgs};

/// Makes, lists, disables and resets accounts, beside a service if one runs.
#[derive(clap::Args)]
#[command(
    after_help = "A password is asked for, or read as one line from standard input; it is never an argument.\n\
    Each act leaves its leaf in the evidence log.\n\n\
    Exit codes: 0 done · 2 wrong usage · 5 database unreachable · 6 refused, nothing changed\n\n\
    Example:\n  financing account --database sqlite:financing.db add ann --role operator --access-key etc/access.key\n  \
    financing account --database sqlite:financing.db disable ann --dry-run"
)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Who does it, for the evidence log.
    #[arg(
        long,
        env = "FINANCING_ACTOR",
        value_name = "NAME",
        default_value = "command-line",
        value_parser = actor::name,
        global = true
    )]
    actor: String,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists every account, without anything secret.
    List {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Makes an account; shows once what its person's authenticator app needs.
    Add {
        /// Its name.
        name: String,
        /// Its role.
        #[arg(long)]
        role: Role,
        #[command(flatten)]
        key: KeyArgs,
    },
    /// Disables an account and ends its sessions on every instance at once.
    Disable {
        /// Its name.
        name: String,
        /// Say what would be done, and do nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Replaces an account's password and one-time secret, ends its sessions, and enables it.
    Reset {
        /// Its name.
        name: String,
        /// Say what would be done, and do nothing.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        key: KeyArgs,
    },
    /// Names a deputy, who may approve in an absent person's place until a moment.
    Deputy {
        /// The account that will be absent.
        absent: String,
        /// The account that stands in.
        deputy: String,
        /// Until when, with its offset (RFC 3339).
        #[arg(long, value_name = "TIME")]
        until: Timestamp,
        /// Say what would be done, and do nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(clap::Args)]
struct KeyArgs {
    /// File with the key of accounts; `financing init` makes one.
    #[arg(long, env = "FINANCING_ACCESS_KEY", value_name = "FILE")]
    access_key: PathBuf,
}

/// Reads the access key, or says what to do.
pub(crate) fn key(path: &Path) -> anyhow::Result<AccessKey> {
    AccessKey::load(path).map_err(|error| {
        stop(
            exit::USAGE,
            format!("{}: {error}; `financing init DIR` makes one", path.display()),
        )
    })
}

/// Runs one verb.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let db = database::open(&args.database).await?;
    let clock = clock::of(&ProcessEnv);
    let by = By {
        actor: args.actor,
        via: "command line",
        at: clock.now_micros(),
    };
    let done = act(&db, &clock, by, args.verb).await;
    db.close().await;
    done.map(|()| exit::OK)
}

async fn act(db: &Db, clock: &Clock, by: By, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List { json } => list(db, clock, json).await,
        Verb::Add {
            name,
            role,
            key: args,
        } => {
            let made = credentials(&key(&args.access_key)?, &name)?;
            let uri = made.secret().uri("financing", &name);
            write(db, move |tx| {
                Box::pin(async move { accounts::create(tx, made, role, &by).await })
            })
            .await?;
            say(&format!(
                "{name} may sign in as {role}. For the authenticator app, shown only now:\n{}",
                *uri
            ))
        }
        Verb::Disable { name, dry_run: true } => preview(db, clock, &name, "would be disabled").await,
        Verb::Disable { name, dry_run: false } => {
            let said = name.clone();
            let ended = write(db, move |tx| {
                Box::pin(async move { accounts::disable(tx, &name, &by).await })
            })
            .await?;
            say(&format!("{said} is disabled; {ended} sessions ended"))
        }
        Verb::Reset {
            name, dry_run: true, ..
        } => preview(db, clock, &name, "would get a new password and one-time secret").await,
        Verb::Reset {
            name,
            dry_run: false,
            key: args,
        } => {
            look(db, clock, &name).await?;
            let made = credentials(&key(&args.access_key)?, &name)?;
            let uri = made.secret().uri("financing", &name);
            let ended = write(db, move |tx| {
                Box::pin(async move { accounts::reset(tx, made, &by).await })
            })
            .await?;
            say(&format!(
                "{name} is reset; {ended} sessions ended. For the authenticator app, shown only now:\n{}",
                *uri
            ))
        }
        Verb::Deputy {
            absent,
            deputy,
            until,
            dry_run,
        } => {
            look(db, clock, &absent).await?;
            look(db, clock, &deputy).await?;
            let said = format!("{deputy} approve in the place of {absent} until {until}");
            if dry_run {
                return say(&format!("would let {said}"));
            }
            write(db, move |tx| {
                Box::pin(async move {
                    let until = until.as_microsecond();
                    auth::approvals::deputies::appoint(tx, &absent, &deputy, until, &by).await?;
                    Ok(())
                })
            })
            .await?;
            say(&format!("lets {said}"))
        }
    }
}

fn credentials(key: &AccessKey, name: &str) -> anyhow::Result<Credentials> {
    if !is_name(name) {
        return Err(refused(&AccountError::BadName));
    }
    let password = prompt::password(name).map_err(|error| stop(exit::USAGE, error.to_string()))?;
    Credentials::make(key, name, &password).map_err(|error| refused(&error))
}

async fn write<T, F>(db: &Db, job: F) -> anyhow::Result<T>
where
    F: for<'t> FnOnce(&'t mut db::Tx) -> db::Job<'t, T, AccountError> + Send + 'static,
    T: Send + 'static,
{
    db.write(job).await.map_err(|error| refused(&error))
}

fn refused(error: &AccountError) -> anyhow::Error {
    match error {
        AccountError::Db(DbError::Ambiguous(_)) => because(exit::AMBIGUOUS, "the outcome is unknown", error),
        AccountError::Db(_) => because(exit::UNREACHABLE, "the database refused", error),
        AccountError::Secrets(_) => because(exit::FAILED, "nothing was done", error),
        _ => stop(exit::REFUSED, error.to_string()),
    }
}

async fn look(db: &Db, clock: &Clock, name: &str) -> anyhow::Result<Account> {
    let (name, now) = (name.to_owned(), clock.now_micros());
    let found: Result<Option<Account>, DbError> = db
        .read(move |tx| Box::pin(async move { accounts::find(tx, &name, now).await }))
        .await;
    let found = found.map_err(|error| because(exit::UNREACHABLE, "accounts cannot be read", &error))?;
    found.ok_or_else(|| refused(&AccountError::Unknown))
}

async fn preview(db: &Db, clock: &Clock, name: &str, what: &str) -> anyhow::Result<()> {
    let account = look(db, clock, name).await?;
    let Account {
        state,
        role,
        sessions,
        ..
    } = account;
    say(&format!(
        "{name} ({role}, {state}) {what}; {sessions} sessions would end. Nothing was done."
    ))
}

async fn list(db: &Db, clock: &Clock, json: bool) -> anyhow::Result<()> {
    let now = clock.now_micros();
    let all: Result<Vec<Account>, DbError> = db
        .read(move |tx| Box::pin(async move { accounts::list(tx, now).await }))
        .await;
    let all = all.map_err(|error| because(exit::UNREACHABLE, "accounts cannot be read", &error))?;
    if json {
        let rows: Vec<_> = all
            .iter()
            .map(|account| {
                serde_json::json!({
                    "name": account.name, "role": account.role, "state": account.state,
                    "sessions": account.sessions, "changed_at": account.changed_at,
                })
            })
            .collect();
        return say(&serde_json::json!({ "accounts": rows }).to_string());
    }
    for Account {
        name,
        role,
        state,
        sessions,
        ..
    } in &all
    {
        say(&format!("{name}  {role}  {state}  {sessions} sessions"))?;
    }
    Ok(())
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
