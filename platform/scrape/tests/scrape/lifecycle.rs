//! How series begin and end, and what is known of them meanwhile.

use std::fs;

use promql::{Labels, is_stale};
use scrape::Freshness;

use crate::exhibit::{Exhibit, Page};
use crate::watch::Watch;

fn ended(watch: &Watch, name: &str) -> bool {
    watch
        .samples(name, &[])
        .last()
        .is_some_and(|sample| is_stale(sample.value))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_ends_when_it_is_gone_when_its_target_is_down_and_when_that_is_no_longer_watched() {
    let exhibit = Exhibit::start().await;
    exhibit.show("/metrics", Page::text("a 1\nb 2\n"));
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("targets.json");
    fs::write(&list, format!("[{{\"targets\": [\"{}\"]}}]", exhibit.address)).unwrap();
    let config = "[[scrape]]\njob = \"j\"\ninterval = \"1s\"\nfiles = [\"*.json\"]\n";
    let watch = Watch::start(config, folder.path());
    watch
        .until("both are there", |watch| watch.last("b", &[]) == Some(2.0))
        .await;
    assert_eq!(watch.samples("scrape_series_added", &[])[0].value, 2.0);

    exhibit.show("/metrics", Page::text("a 1\n"));
    watch.until("b ends", |watch| ended(watch, "b")).await;
    let at = watch.samples("b", &[]).last().unwrap().at;
    let alive = watch
        .samples("a", &[])
        .iter()
        .any(|sample| sample.at == at && !is_stale(sample.value));
    assert!(alive, "it ends at the scrape that lacks it");

    exhibit.show(
        "/metrics",
        Page {
            status: "500 Internal Server Error",
            ..Page::text("a 1\n")
        },
    );
    watch
        .until("a ends with its target", |watch| {
            ended(watch, "a") && watch.last("up", &[]) == Some(0.0)
        })
        .await;
    let marks = watch
        .samples("b", &[])
        .iter()
        .filter(|sample| is_stale(sample.value))
        .count();
    assert_eq!(marks, 1, "what has ended does not end again");

    exhibit.show("/metrics", Page::text("a 3\n"));
    watch
        .until("a is back", |watch| watch.last("a", &[]) == Some(3.0))
        .await;
    assert_eq!(watch.last("scrape_series_added", &[]), Some(0.0), "it was known");

    fs::write(&list, "[]").unwrap();
    watch
        .until("all of it ends", |watch| ended(watch, "a") && ended(watch, "up"))
        .await;
    for series in watch.all() {
        assert!(
            is_stale(series.samples.last().unwrap().value),
            "{} goes on",
            series.labels
        );
    }
    assert_eq!(watch.health.targets(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_down_is_told_and_what_nobody_tells_of_is_unknown() {
    let exhibit = Exhibit::start().await;
    exhibit.show("/metrics", Page::text("a 1\n"));
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[[scrape]]\njob = \"j\"\ninterval = \"1s\"\ntargets = [\"{}\"]\n",
        exhibit.address
    );
    let watch = Watch::start(&config, folder.path());
    watch
        .until("a is there", |watch| watch.last("a", &[]).is_some())
        .await;
    let of = |name: &str| {
        Labels::new([
            ("__name__", name),
            ("job", "j"),
            ("instance", exhibit.address.as_str()),
        ])
    };
    let last = watch.samples("up", &[]).last().unwrap().at;
    assert_eq!(watch.store.freshness(&of("a"), last + 1_999), Freshness::Fresh);

    exhibit.show(
        "/metrics",
        Page {
            status: "503 Service Unavailable",
            ..Page::text("")
        },
    );
    watch
        .until("it is down", |watch| watch.last("up", &[]) == Some(0.0))
        .await;
    let last = watch.samples("up", &[]).last().unwrap().at;
    assert_eq!(
        watch.store.freshness(&of("up"), last),
        Freshness::Fresh,
        "that it is down is known"
    );
    assert!(matches!(
        watch.store.freshness(&of("a"), last),
        Freshness::Unknown { since: Some(_) }
    ));
    assert!(matches!(
        watch.store.freshness(&of("up"), last + 3_600_000),
        Freshness::Unknown { .. }
    ));
    assert_eq!(
        watch.store.freshness(&of("none"), last),
        Freshness::Unknown { since: None }
    );
}
