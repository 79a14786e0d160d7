//! What the control plane of a rehearsal watches: the service and itself, by the shipped rules, with the stand-in as
//! the one who is paged.

use std::path::Path;

/// The receiver that is paged.
pub(super) const PAGER: &str = "on-call";

/// The watchdog's patience, in seconds: the least that it takes, so that a rehearsal does not wait for long.
pub(super) const PATIENCE: u64 = 10;

/// The text of watch.toml. `pager` is the file with the address that pages go to; `every` is in seconds.
pub(super) fn config(control: &str, service: &str, pager: &Path, every: u32) -> String {
    // A debug string is one of TOML, too: what is in these needs no escape that the two know differently.
    let pager = pager.display().to_string();
    format!(
        "# What the control plane of this rehearsal watches.\n\
         [rules]\n\
         every = {every}\n\
         every_group = {every}\n\n\
         [[scrape]]\n\
         job = \"financing\"\n\
         targets = [\"http://{service}/metrics\"]\n\
         interval = \"{every}s\"\n\n\
         [[scrape]]\n\
         job = \"backstop\"\n\
         targets = [\"http://{control}/metrics\"]\n\
         interval = \"{every}s\"\n\n\
         [notify.route]\n\
         receiver = \"{PAGER}\"\n\
         group_by = [\"alertname\"]\n\
         group_wait = \"0s\"\n\
         group_interval = \"1s\"\n\n\
         # What is for information only, as the rules' own heartbeat, wakes nobody.\n\
         [[notify.route.routes]]\n\
         matchers = ['severity=\"info\"']\n\
         receiver = \"nobody\"\n\n\
         [[notify.receivers]]\n\
         name = \"nobody\"\n\n\
         [[notify.receivers]]\n\
         name = \"{PAGER}\"\n\
         channels = [\"standin\"]\n\n\
         [[notify.channels]]\n\
         name = \"standin\"\n\
         [notify.channels.webhook]\n\
         url_file = {pager:?}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_the_watcher_reads() {
        let folder = tempfile::tempdir().unwrap();
        let pager = folder.path().join("pager.url");
        std::fs::write(&pager, "http://127.0.0.1:1/pages").unwrap();
        let text = config("127.0.0.1:2", "127.0.0.1:3", &pager, 5);
        let config = watch::Config::parse(&text, folder.path()).unwrap();
        let receivers: Vec<&str> = config.notify.as_ref().unwrap().receivers().collect();
        assert_eq!(receivers, ["nobody", PAGER]);
        assert_eq!(config.scrape.scrape.len(), 2);
        assert!(config.groups.iter().all(|group| group.interval == Some(5_000)));
    }
}
