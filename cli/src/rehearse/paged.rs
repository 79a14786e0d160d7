//! Whether somebody was paged: for what happened, in time, and for nothing else before.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use laws::silence::{Page, read};

/// Until somebody is paged for a hard failure, at the most: what the rules promise at a scrape of 5 s.
pub(super) const PAGED: Duration = Duration::from_secs(15);
/// The same for the monitor's own silence: its patience, two looks and a page.
pub(super) const SILENCE_PAGED: Duration = Duration::from_secs(30);

/// A process that is back within a scrape was seen as one that started anew, else as one that was down.
pub(super) const SERVICE_KILLED: &[&str] = &["InstanceDown", "InstanceRestarted"];
/// Everything outside is gone: what of it is called most falls first.
pub(super) const SOURCES_GONE: &[&str] = &["CoreBankingOpen", "SourceBreakerOpen"];
/// Until somebody is paged for it: a breaker has to open, and that of a data source stays open for ten seconds first.
pub(super) const SOURCES_PAGED: Duration = Duration::from_secs(45);
pub(super) const INTAKE_CLOSED: &str = "IntakeClosed";
/// What the watchdog says when the control plane does not answer.
pub(super) const MONITOR_SILENT: &str = "Backstop_deadman";

/// How often the pages are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What is wrong with the pages.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Paging {
    /// Somebody had to be paged and was not.
    #[error("nobody was paged for {alerts} within {seconds} s")]
    Missing {
        /// Any of which had to come.
        alerts: String,
        /// How long it was waited.
        seconds: u64,
    },
    /// Somebody was woken for nothing.
    #[error("somebody was paged for {alert} before anything had been done to the system")]
    Unasked {
        /// The first that came.
        alert: String,
    },
}

impl Paging {
    /// The same in Chinese.
    pub(super) fn zh(&self) -> String {
        match self {
            Self::Missing { seconds, .. } => format!("告警未在 {seconds} 秒内送达"),
            Self::Unasked { alert } => format!("未注入任何故障即收到告警 {alert}"),
        }
    }
}

/// Waits until somebody is paged for one of these alerts, from a time on (microseconds since the Unix epoch); answers
/// for which, and how long that took.
pub(super) async fn paged(
    file: &Path,
    alerts: &[&str],
    from: i64,
    within: Duration,
) -> anyhow::Result<(String, Duration)> {
    let begun = Instant::now();
    loop {
        if let Some(page) = first(&pages(file)?, alerts, from) {
            return Ok((page.alert.clone(), Duration::from_micros(page.at.abs_diff(from))));
        }
        if begun.elapsed() >= within {
            let missing = Paging::Missing {
                alerts: alerts.join(" or "),
                seconds: within.as_secs(),
            };
            return Err(missing.into());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Fails if somebody was paged already.
pub(super) fn nobody_was_paged(file: &Path) -> anyhow::Result<()> {
    Ok(unasked(&pages(file)?)?)
}

fn pages(file: &Path) -> anyhow::Result<Vec<Page>> {
    read(file).context("failed to read the pages")
}

fn first<'p>(pages: &'p [Page], alerts: &[&str], from: i64) -> Option<&'p Page> {
    let asked = |page: &&Page| alerts.contains(&page.alert.as_str()) && !page.resolved && page.at > from;
    pages.iter().find(asked)
}

fn unasked(pages: &[Page]) -> Result<(), Paging> {
    match pages.first() {
        None => Ok(()),
        Some(page) => Err(Paging::Unasked {
            alert: page.alert.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(alert: &str, at: i64, resolved: bool) -> Page {
        Page {
            at,
            alert: alert.to_owned(),
            resolved,
            key: "k".to_owned(),
        }
    }

    #[test]
    fn only_a_page_of_its_alert_from_after_it_counts() {
        let pages = [
            page("InstanceDown", 5, false),
            page("IntakeClosed", 11, false),
            page("InstanceDown", 12, true),
            page("InstanceRestarted", 13, false),
        ];
        assert_eq!(first(&pages, SERVICE_KILLED, 10).map(|page| page.at), Some(13));
        assert_eq!(first(&pages[..3], SERVICE_KILLED, 10), None);
    }

    #[test]
    fn any_page_before_the_first_fault_is_one_too_many() {
        assert_eq!(unasked(&[]), Ok(()));
        let found = unasked(&[page("DiskFull", 3, false)]).unwrap_err();
        assert!(found.to_string().contains("DiskFull") && found.zh().contains("DiskFull"));
    }

    #[tokio::test]
    async fn a_page_that_does_not_come_is_told_in_both_languages() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = paged(file.path(), &[INTAKE_CLOSED], 0, Duration::ZERO).await;
        let error = error.unwrap_err();
        let missing: &Paging = error.downcast_ref().unwrap();
        assert_eq!(
            missing.to_string(),
            "nobody was paged for IntakeClosed within 0 s"
        );
        assert_eq!(missing.zh(), "告警未在 0 秒内送达");
    }
}
