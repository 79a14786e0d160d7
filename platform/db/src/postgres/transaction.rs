//! One transaction from BEGIN to the answer.

use super::errors;
use super::session::{Session, bounded};
use crate::handle::Boxed;
use crate::tx::Inner;
use crate::{DbError, Job, Tx, failpoint};
use sqlx::pool::PoolConnection;
use sqlx::{Executor, PgPool, Postgres};
use std::time::{Duration, Instant};

/// Read committed: the gate's trigger locks in one statement and reads the state
/// in the next, which needs a new snapshot.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Without the statement's time limit: while COMMIT waits for a synchronous
/// standby, that limit would turn the wait into a success that the standby never
/// saw. One round trip; since version 13 the limit is reckoned per statement.
const COMMIT: &str = "SET LOCAL statement_timeout = 0; COMMIT";

/// How long a COMMIT may be in doubt before its caller is told so: longer than a
/// failover, which takes seconds.
const IN_DOUBT: Duration = Duration::from_secs(30);

/// How long a ROLLBACK may take before the connection is dropped instead: it has
/// nothing to sync.
const ROLLBACK_WAIT: Duration = Duration::from_secs(5);

/// How long a server may leave a statement without any answer: above whatever a
/// transaction grants itself by SET LOCAL.
pub(crate) const HANGS: Duration = Duration::from_secs(60);

/// Where a transaction runs, and how patient it is.
pub(crate) struct Course {
    pub(crate) pool: PgPool,
    /// Time to get a working connection.
    pub(crate) wait: Duration,
    /// A longer time for its statements than the connection's own.
    pub(crate) budget: Option<Duration>,
}

/// Runs a job in a transaction of its own.
pub(crate) async fn run<T, E, F>(course: Course, job: F) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    let mut tx = begin(&course).await?;
    let outcome = job(&mut tx).await;
    let doomed = tx.doomed();
    let Inner::Postgres(session) = tx.inner else {
        return Err(DbError::Other("not a PostgreSQL transaction".to_owned()).into());
    };
    match (outcome, doomed) {
        (Ok(answer), None) => {
            end(*session).await?;
            Ok(answer)
        }
        (Ok(_), Some(error)) => {
            roll_back(*session).await;
            Err(error.into())
        }
        (Err(error), _) => {
            roll_back(*session).await;
            Err(error)
        }
    }
}

/// Gets a connection on which BEGIN works. Nothing has been asked of it yet, so a
/// dead one is thrown away and the next is tried.
fn begin(course: &Course) -> Boxed<'_, Result<Tx, DbError>> {
    Box::pin(async move {
        let deadline = Instant::now() + course.wait;
        loop {
            let mut conn = acquire(&course.pool).await?;
            let begun = match course.budget {
                None => bounded(course.wait, conn.execute(BEGIN)).await,
                Some(budget) => {
                    let ms = budget.as_millis();
                    let sql =
                        format!("{BEGIN}; SET LOCAL statement_timeout = {ms}; SET LOCAL lock_timeout = {ms}");
                    bounded(course.wait, conn.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql)))).await
                }
            };
            let Err(error) = begun else {
                let mut session = Session::new(conn, course.budget.map_or(HANGS, |budget| budget + HANGS));
                session.open = true;
                return Ok(Tx {
                    inner: Inner::Postgres(Box::new(session)),
                });
            };
            conn.close_on_drop();
            if !errors::is_lost(&error) || Instant::now() >= deadline {
                return Err(errors::map(error));
            }
        }
    })
}

/// Tells a pool that is busy from a server that is gone.
pub(crate) fn acquire(pool: &PgPool) -> Boxed<'_, Result<PoolConnection<Postgres>, DbError>> {
    Box::pin(async move {
        pool.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut if pool.size() >= pool.options().get_max_connections() => {
                DbError::Overloaded
            }
            other => errors::map(other),
        })
    })
}

fn end(session: Session) -> Boxed<'static, Result<(), DbError>> {
    Box::pin(async move {
        let mut session = session;
        if failpoint::armed(failpoint::COMMIT_FAILS) {
            return Err(DbError::Ambiguous("the connection was cut at COMMIT".to_owned()));
        }
        if failpoint::armed(failpoint::ACK_BEFORE_COMMIT) {
            drop(tokio::spawn(async move {
                // Long enough for a kill to land in between.
                tokio::time::sleep(Duration::from_millis(20)).await;
                commit(&mut session).await
            }));
            return Ok(());
        }
        commit(&mut session).await
    })
}

async fn commit(session: &mut Session) -> Result<(), DbError> {
    bounded(IN_DOUBT, session.conn.execute(sqlx::raw_sql(COMMIT)))
        .await
        .map_err(errors::commit)?;
    session.open = false;
    Ok(())
}

/// Where this fails, dropping the session ends the connection instead.
fn roll_back(session: Session) -> Boxed<'static, ()> {
    Box::pin(async move {
        let mut session = session;
        let outcome = bounded(ROLLBACK_WAIT, session.conn.execute("ROLLBACK")).await;
        session.open = outcome.is_err();
    })
}
