//! Why a rehearsal did not come to its end, in the words of both languages.

use std::future::Future;

use base::exit;
use base::shutdown::Shutdown;
use client::http::CallError;
use serde::Serialize;

use super::child::ChildError;
use super::paged::Paging;
use crate::ended::{self, Expected};

/// What ended a phase before its time.
#[derive(Debug)]
pub(super) enum Stopped {
    /// Something in it failed.
    Failed(anyhow::Error),
    /// SIGINT or SIGTERM.
    Interrupted,
}

/// Works until it is done or somebody ends the rehearsal; what the work had
/// started in the meantime is dropped, and so ended.
pub(super) async fn unless<T>(
    interrupted: &Shutdown,
    work: impl Future<Output = anyhow::Result<T>>,
) -> Result<T, Stopped> {
    tokio::select! {
        biased;
        () = interrupted.cancelled() => Err(Stopped::Interrupted),
        done = work => done.map_err(Stopped::Failed),
    }
}

/// Whether it was somebody's will.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Failed,
    Interrupted,
}

/// A phase that did not come to its end.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Failure {
    pub(super) phase: &'static str,
    pub(super) phase_zh: &'static str,
    pub(super) kind: Kind,
    /// What the machine said, in full.
    pub(super) reason: String,
    /// What kind of thing it was; the details are in `reason`.
    pub(super) reason_zh: String,
    /// The exit code that fits it, one of [`base::exit`].
    #[serde(skip)]
    pub(super) code: u8,
}

impl Failure {
    pub(super) fn new(phase: &'static str, phase_zh: &'static str, stopped: &Stopped) -> Self {
        let (kind, reason, reason_zh, code) = match stopped {
            Stopped::Interrupted => (
                Kind::Interrupted,
                "ended by a signal before its time; everything that it had started is ended".to_owned(),
                "收到终止信号，提前结束；已启动的进程均予终止".to_owned(),
                exit::FAILED,
            ),
            Stopped::Failed(error) => (Kind::Failed, format!("{error:#}"), chinese(error), code(error)),
        };
        Self {
            phase,
            phase_zh,
            kind,
            reason,
            reason_zh,
            code,
        }
    }

    /// One line for a terminal, without the log that may follow the reason.
    pub(super) fn sentence(&self) -> String {
        let what = match self.kind {
            Kind::Failed => "failed",
            Kind::Interrupted => "was interrupted",
        };
        format!(
            "the rehearsal {what} in the phase `{}`: {}",
            self.phase, self.reason
        )
    }
}

fn chinese(error: &anyhow::Error) -> String {
    if let Some(child) = error.downcast_ref::<ChildError>() {
        return match child {
            ChildError::Ended { name, status, .. } => format!("进程 {name} 意外结束（{status}）"),
            ChildError::NotReady { name, seconds, .. } => format!("进程 {name} 在 {seconds} 秒内未就绪"),
            ChildError::Stuck { name, seconds, .. } => format!("进程 {name} 在 {seconds} 秒内未能退出"),
        };
    }
    if let Some(paging) = error.downcast_ref::<Paging>() {
        return paging.zh();
    }
    if error.downcast_ref::<CallError>().is_some() {
        return "对服务的调用未成功".to_owned();
    }
    if error
        .downcast_ref::<Expected>()
        .is_some_and(|_| ended::code(error) == exit::UNREACHABLE)
    {
        return "所需的服务或数据库无法连通".to_owned();
    }
    "执行出错".to_owned()
}

/// What isn't ready can't be reached; the rest says itself what it is.
fn code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<ChildError>() {
        Some(ChildError::NotReady { .. }) => exit::UNREACHABLE,
        _ => ended::code(error),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;
    use crate::ended::stop;

    #[test]
    fn a_reason_is_told_in_full_and_its_kind_in_chinese() {
        let stuck = ChildError::Stuck {
            name: "financing",
            seconds: 30,
            tail: "; its log ends with:\npanicked".to_owned(),
        };
        let error = Err::<(), _>(stuck)
            .context("the service did not drain")
            .unwrap_err();
        let failure = Failure::new("stopping", "停止", &Stopped::Failed(error));
        assert_eq!((failure.kind, failure.code), (Kind::Failed, exit::FAILED));
        assert!(
            failure
                .reason
                .starts_with("the service did not drain: financing does not end within 30 s;")
        );
        assert!(failure.reason.ends_with("panicked"));
        assert_eq!(failure.reason_zh, "进程 financing 在 30 秒内未能退出");
        assert!(
            failure
                .sentence()
                .starts_with("the rehearsal failed in the phase `stopping`: ")
        );
    }

    #[test]
    fn what_cannot_be_reached_keeps_its_exit_code() {
        let failure = Failure::new(
            "audit",
            "审计",
            &Stopped::Failed(stop(exit::UNREACHABLE, "no answer")),
        );
        assert_eq!(failure.code, exit::UNREACHABLE);
        assert_eq!(failure.reason_zh, "所需的服务或数据库无法连通");
    }

    #[tokio::test]
    async fn a_signal_ends_the_work_and_is_told_apart_from_a_failure() {
        let interrupted = Shutdown::new();
        assert!(matches!(unless(&interrupted, async { Ok(7) }).await, Ok(7)));
        let failed = unless(&interrupted, async { anyhow::bail!("no") as anyhow::Result<()> }).await;
        assert!(matches!(failed, Err(Stopped::Failed(_))));
        interrupted.trigger();
        let stopped = unless(&interrupted, std::future::pending::<anyhow::Result<()>>()).await;
        let failure = Failure::new("recovered", "恢复", &stopped.unwrap_err());
        assert_eq!(failure.kind, Kind::Interrupted);
        assert!(
            failure
                .sentence()
                .starts_with("the rehearsal was interrupted in the phase `recovered`")
        );
    }
}
