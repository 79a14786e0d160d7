//! `watch.toml`: what is watched, by which rules, and who is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::shipped;

/// Longest file: some thousand targets and routes.
const LONGEST: u64 = 4 << 20;

/// Tables of the file.
const TABLES: &[&str] = &["scrape", "probe", "host", "rules", "notify"];

/// Everything that was read, checked as far as it can be without starting.
#[derive(Clone)]
pub struct Config {
    /// Where relative paths begin.
    pub folder: PathBuf,
    /// What fills the store.
    pub scrape: scrape::Config,
    /// Rule groups.
    pub groups: Vec<rules::Group>,
    /// How they are evaluated.
    pub rules: RuleSettings,
    /// Who is told; nobody, if the file has no table `notify`.
    pub notify: Option<notify::Config>,
}

/// The table `rules`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSettings {
    /// Rule files, relative to this file; the shipped ones, if none is named.
    pub files: Vec<PathBuf>,
    /// Seconds between two evaluations of a group that names no interval of its own.
    pub every: u32,
    /// Seconds between two evaluations of every group, whatever it says: for rehearsals.
    pub every_group: Option<u32>,
    /// What templates see as `$externalLabels`.
    pub external_labels: BTreeMap<String, String>,
    /// Where people look at alerts.
    pub external_url: String,
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            // As often as targets are scraped, so that nothing is seen later than it could be.
            every: 5,
            every_group: None,
            external_labels: BTreeMap::new(),
            external_url: String::new(),
        }
    }
}

/// What is wrong with the file. The text names the field and the mend.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is too long, no TOML, or has a table that nobody reads.
    #[error("{0}")]
    Format(String),
    /// A table.
    #[error("[{table}]: {reason}")]
    Table {
        /// Which.
        table: &'static str,
        /// What, and the mend.
        reason: String,
    },
    /// A target.
    #[error(transparent)]
    Scrape(#[from] scrape::ConfigError),
    /// A rule file.
    #[error("{0}")]
    Rules(#[from] rules::Problems),
    /// A route, receiver or person.
    #[error("[notify] {0}")]
    Notify(#[from] notify::NotifyError),
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let io = |source| ConfigError::Io {
            path: path.to_owned(),
            source,
        };
        if std::fs::metadata(path).map_err(io)?.len() > LONGEST {
            return Err(ConfigError::Format(format!("keep it below {LONGEST} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(io)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        Self::parse(&text, folder)
    }

    /// Reads a text; relative paths in it begin in `folder`.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let mut file: Table = toml::from_str(text).map_err(|error| ConfigError::Format(error.to_string()))?;
        if let Some(other) = file.keys().find(|name| !TABLES.contains(&name.as_str())) {
            let known = TABLES.join(", ");
            return Err(ConfigError::Format(format!(
                "{other} is no table of this file; there are {known}"
            )));
        }
        let rules: RuleSettings = table(&mut file, "rules")?.unwrap_or_default();
        if rules.every == 0 || rules.every_group == Some(0) {
            return Err(ConfigError::Table {
                table: "rules",
                reason: "every and every_group must be 1 second at least".to_owned(),
            });
        }
        let settings: Option<notify::config::Settings> = table(&mut file, "notify")?;
        let notify = settings
            .map(|settings| notify::Config::check(settings, folder))
            .transpose()?;
        let scrape: scrape::Config = Value::Table(file).try_into().map_err(|error: toml::de::Error| {
            ConfigError::Format(format!("[[scrape]], [[probe]] or [host]: {}", error.message()))
        })?;
        let mut checked = scrape.clone();
        checked.settle(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            scrape,
            groups: groups(&rules, folder)?,
            rules,
            notify,
        })
    }

    /// Between two evaluations of a group that names no interval.
    #[must_use]
    pub fn every(&self) -> Duration {
        Duration::from_secs(self.rules.every.into())
    }
}

fn table<T: DeserializeOwned>(file: &mut Table, name: &'static str) -> Result<Option<T>, ConfigError> {
    let read = |value: Value| value.try_into();
    let read = file.remove(name).map(read).transpose();
    read.map_err(|error: toml::de::Error| ConfigError::Table {
        table: name,
        reason: error.message().to_owned(),
    })
}

fn groups(settings: &RuleSettings, folder: &Path) -> Result<Vec<rules::Group>, ConfigError> {
    let mut groups = match settings.files.as_slice() {
        [] => rules::load(shipped::RULES.iter().copied())?,
        files => rules::load_paths(files.iter().map(|file| folder.join(file)))?,
    };
    if let Some(seconds) = settings.every_group {
        for group in &mut groups {
            group.interval = Some(i64::from(seconds) * 1_000);
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_word_the_shipped_rules_are_in_force_and_nobody_is_told() {
        let config = Config::parse("", Path::new(".")).unwrap();
        assert!(config.groups.len() >= shipped::RULES.len());
        assert!(config.notify.is_none());
        assert_eq!(config.every(), Duration::from_secs(5));
    }

    #[test]
    fn the_example_is_a_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/watch.toml");
        let text = std::fs::read_to_string(example).unwrap();
        std::fs::create_dir(folder.path().join("secrets")).unwrap();
        for (file, secret) in [
            ("desk.mail", "desk@bank.example"),
            ("sms.url", "http://127.0.0.1:1/sms"),
            ("sms.token", "token"),
            ("first.phone", "1"),
            ("second.phone", "2"),
        ] {
            std::fs::write(folder.path().join("secrets").join(file), secret).unwrap();
        }
        let config = Config::parse(&text, folder.path()).unwrap();
        assert_eq!(config.scrape.scrape.len(), 2);
        assert!(config.notify.is_some() && config.scrape.host.is_some());
    }

    #[test]
    fn what_nobody_reads_and_what_is_wrong_is_named() {
        for (text, names) in [
            ("[scrap]\n", "scrap is no table"),
            ("rules = 1\n", "[rules]"),
            ("[rules]\nevery = 0\n", "every"),
            ("[rules]\nfile = []\n", "file"),
            ("[[scrape]]\njob = 'a'\ntargets = ['nowhere']\n", "scrape[0]"),
            ("[notify]\n", "[notify]"),
            ("no toml", "TOML"),
        ] {
            let error = Config::parse(text, Path::new(".")).err().unwrap().to_string();
            assert!(error.contains(names), "{text}: {error}");
        }
    }
}
