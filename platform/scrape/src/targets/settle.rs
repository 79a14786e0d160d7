//! Looks at what people wrote, and makes of it what can be used.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::address::{self, is_label};
use super::{Config, ConfigError, Host, Probe, ProbeKind, Scrape, Span};

impl Config {
    /// Looks at every field, and makes paths absolute that are relative to the configuration's folder.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn settle(&mut self, folder: &Path) -> Result<(), ConfigError> {
        for (at, scrape) in self.scrape.iter_mut().enumerate() {
            scrape
                .settle(folder)
                .map_err(|error| error.under(&format!("scrape[{at}]")))?;
        }
        for (at, probe) in self.probe.iter_mut().enumerate() {
            probe
                .settle(folder)
                .map_err(|error| error.under(&format!("probe[{at}]")))?;
        }
        match &mut self.host {
            Some(host) => host.settle(folder).map_err(|error| error.under("host")),
            None => Ok(()),
        }
    }
}

impl Scrape {
    /// How long a scrape may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.timeout.map_or(self.interval.0 / 5 * 4, |timeout| timeout.0)
    }

    fn settle(&mut self, folder: &Path) -> Result<(), ConfigError> {
        common(&self.job, self.interval, self.timeout, &self.labels)?;
        if !matches!(self.scheme.as_str(), "http" | "https") {
            return Err(ConfigError::field("scheme", "http or https"));
        }
        if !self.metrics_path.starts_with('/') {
            return Err(ConfigError::field("metrics_path", "a path begins with /"));
        }
        if self.targets.is_empty() && self.files.is_empty() {
            return Err(ConfigError::field(
                "targets",
                "a target, or a file of them in `files`",
            ));
        }
        for (at, target) in self.targets.iter().enumerate() {
            let made = address::target(self, target, &BTreeMap::new());
            made.map_err(|wanted| ConfigError::field(format!("targets[{at}]"), wanted))?;
        }
        for (at, file) in self.files.iter_mut().enumerate() {
            *file = folder.join(&*file);
            super::files::check(file).map_err(|wanted| ConfigError::field(format!("files[{at}]"), wanted))?;
        }
        for path in [&mut self.bearer_token_file, &mut self.ca_file]
            .into_iter()
            .flatten()
        {
            *path = folder.join(&*path);
        }
        Ok(())
    }
}

impl Probe {
    /// How long a probe may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        let usual = (self.interval.0 / 5 * 4).min(Duration::from_secs(10));
        self.timeout.map_or(usual, |timeout| timeout.0)
    }

    fn settle(&mut self, folder: &Path) -> Result<(), ConfigError> {
        common(&self.job, self.interval, self.timeout, &self.labels)?;
        if self.targets.is_empty() {
            return Err(ConfigError::field("targets", "at least one"));
        }
        for (at, target) in self.targets.iter().enumerate() {
            let checked = match self.kind {
                ProbeKind::Http | ProbeKind::Journey => address::url(target).map(drop),
                ProbeKind::Tcp | ProbeKind::Tls => address::host_and_port(target).map(drop),
            };
            checked.map_err(|wanted| ConfigError::field(format!("targets[{at}]"), wanted))?;
        }
        if let Some(path) = &mut self.ca_file {
            *path = folder.join(&*path);
        }
        super::journey::settle(self, folder)
    }
}

impl Host {
    fn settle(&mut self, folder: &Path) -> Result<(), ConfigError> {
        common(&self.job, self.interval, None, &self.labels)?;
        for (at, process) in self.process.iter_mut().enumerate() {
            if process.name.is_empty() {
                return Err(ConfigError::field(format!("process[{at}].name"), "a name"));
            }
            if let Some(path) = &mut process.pid_file {
                *path = folder.join(&*path);
            }
        }
        Ok(())
    }
}

/// What all tables have.
fn common(
    job: &str,
    interval: Span,
    timeout: Option<Span>,
    labels: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    if job.is_empty() {
        return Err(ConfigError::field("job", "a name"));
    }
    // Below a second a scrape costs more than it tells; above two minutes PromQL would not believe a sample
    // after one that is missing.
    if interval < Span::seconds(1) || interval > Span::seconds(120) {
        return Err(ConfigError::field("interval", "between 1s and 2m"));
    }
    if timeout.is_some_and(|timeout| timeout.0.is_zero() || timeout > interval) {
        return Err(ConfigError::field(
            "timeout",
            "above 0s, and at most the interval",
        ));
    }
    for name in labels.keys() {
        if !is_label(name) || name.starts_with("__") {
            return Err(ConfigError::field(
                format!("labels.{name}"),
                "a label's name is letters, digits and _, no digit first, and no two _ first",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn settled(text: &str) -> Result<Config, String> {
        let mut config: Config = toml::from_str(text).map_err(|error| error.to_string())?;
        config
            .settle(Path::new("/etc/watch"))
            .map_err(|error| error.to_string())?;
        Ok(config)
    }

    #[test]
    fn paths_are_relative_to_the_configuration_and_times_have_their_usual_values() {
        let text = "[[scrape]]\njob = \"financing\"\ntargets = [\"127.0.0.1:7000\"]\nfiles = [\"targets/*.json\"]\n\
                    ca_file = \"ca.pem\"\nbearer_token_file = \"/run/token\"\nlabels = { zone = \"a\" }\n\
                    [[probe]]\njob = \"door\"\nkind = \"http\"\ntargets = [\"https://bank.example/\"]\n\
                    expect = { status = [200, 204], text = \"ok\" }\n\
                    [host]\n[[host.process]]\nname = \"financing\"\npid_file = \"financing.pid\"\n";
        let config = settled(text).unwrap();
        let scrape = &config.scrape[0];
        assert_eq!(scrape.files, [PathBuf::from("/etc/watch/targets/*.json")]);
        assert_eq!(scrape.ca_file.as_deref(), Some(Path::new("/etc/watch/ca.pem")));
        assert_eq!(scrape.bearer_token_file.as_deref(), Some(Path::new("/run/token")));
        assert_eq!(
            (scrape.interval, scrape.patience()),
            (Span::seconds(5), Duration::from_secs(4))
        );
        assert_eq!(config.probe[0].patience(), Duration::from_secs(10));
        let host = config.host.unwrap();
        assert_eq!((host.job.as_str(), host.interval), ("node", Span::seconds(5)));
        assert_eq!(
            host.process[0].pid_file.as_deref(),
            Some(Path::new("/etc/watch/financing.pid"))
        );
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let scrape = |more: &str| format!("[[scrape]]\njob = \"a\"\ntargets = [\"h:1\"]\n{more}\n");
        let probe = |more: &str| format!("[[probe]]\njob = \"a\"\n{more}\n");
        let cases = [
            (scrape("interval = \"100ms\""), "scrape[0].interval: between 1s"),
            (scrape("timeout = \"6s\""), "scrape[0].timeout: above 0s"),
            (scrape("scheme = \"ftp\""), "scrape[0].scheme: http or https"),
            (scrape("metrics_path = \"metrics\""), "scrape[0].metrics_path"),
            (scrape("labels = { \"a-b\" = \"c\" }"), "scrape[0].labels.a-b"),
            (scrape("labels = { __x = \"c\" }"), "scrape[0].labels.__x"),
            (
                scrape("files = [\"ok.json\", \"list.yml\"]"),
                "scrape[0].files[1]: a path that ends in .json",
            ),
            (
                scrape("") + "[[scrape]]\njob = \"b\"\ntargets = [\"h\"]\n",
                "scrape[1].targets[0]: host:port",
            ),
            (
                "[[scrape]]\njob = \"a\"\n".to_owned(),
                "scrape[0].targets: a target",
            ),
            (
                probe("kind = \"tcp\"\ntargets = []"),
                "probe[0].targets: at least one",
            ),
            (
                probe("kind = \"tcp\"\ntargets = [\"http://h/\"]"),
                "probe[0].targets[0]: host:port",
            ),
            (
                probe("kind = \"http\"\ntargets = [\"h:1\"]"),
                "probe[0].targets[0]",
            ),
            ("[host]\ninterval = \"5m\"\n".to_owned(), "host.interval"),
            (
                "[host]\n[[host.process]]\nname = \"\"\n".to_owned(),
                "host.process[0].name",
            ),
            // Of these the reader of TOML knows the line.
            (scrape("intervall = \"5s\""), "line 4"),
            (
                scrape("interval = \"5\""),
                "a duration is a number and ms, s, m, h or d",
            ),
            (probe("kind = \"icmp\"\ntargets = [\"h\"]"), "line 3"),
        ];
        for (text, wanted) in cases {
            let told = settled(&text).unwrap_err();
            assert!(told.contains(wanted), "{text}: {told}");
        }
    }
}
