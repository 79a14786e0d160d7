//! A target of a text: what is asked, and the labels of its series.

use std::collections::BTreeMap;

use promql::Labels;
use reqwest::Url;

use super::Scrape;

/// What one loop scrapes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// What is asked.
    pub url: Url,
    /// `job`, `instance` and those that were given.
    pub labels: Labels,
}

impl Target {
    /// One of a table's own.
    pub(crate) fn new(scrape: &Scrape, text: &str) -> Result<Self, super::ConfigError> {
        let made = target(scrape, text, &BTreeMap::new());
        made.map_err(|wanted| super::ConfigError::field("targets", wanted))
    }
}

/// Labels of a file of targets that say where and not what, as in Prometheus.
const SCHEME: &str = "__scheme__";
const PATH: &str = "__metrics_path__";

/// Of `host:port` or a URL. The error says what belongs there.
pub(super) fn target(
    scrape: &Scrape,
    text: &str,
    given: &BTreeMap<String, String>,
) -> Result<Target, String> {
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        host_and_port(text)?;
        let of = |name: &str, usual: &str| given.get(name).map_or(usual, String::as_str).to_owned();
        format!(
            "{}://{text}{}",
            of(SCHEME, &scrape.scheme),
            of(PATH, &scrape.metrics_path)
        )
    };
    let url = url(&full)?;
    let mut labels: BTreeMap<&str, &str> = BTreeMap::new();
    let instance = instance(&url);
    labels.insert("instance", &instance);
    labels.insert("job", &scrape.job);
    for (name, value) in scrape.labels.iter().chain(given) {
        if !is_label(name) {
            return Err(format!(
                "labels.{name} is no label's name: letters, digits and _, no digit first"
            ));
        }
        if !name.starts_with("__") {
            labels.insert(name, value);
        }
    }
    Ok(Target {
        labels: Labels::new(labels),
        url,
    })
}

/// A URL that can be asked.
pub(crate) fn url(text: &str) -> Result<Url, String> {
    let wanted = || "host:port, or a URL of http or https without a user".to_owned();
    let url = Url::parse(text).map_err(|_| wanted())?;
    let asks = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    // A password would stand in labels and logs; tokens have a file.
    let bare = url.username().is_empty() && url.password().is_none();
    if asks && bare { Ok(url) } else { Err(wanted()) }
}

/// Host and port of `host:port`; an IPv6 address stands in brackets.
pub(crate) fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let wanted = || "host:port".to_owned();
    let url = Url::parse(&format!("none://{text}")).map_err(|_| wanted())?;
    let bare = url.path().is_empty() && url.query().is_none() && url.fragment().is_none();
    let bare = bare && url.username().is_empty() && url.password().is_none();
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) if bare && !host.is_empty() => Ok((host.to_owned(), port)),
        _ => Err(wanted()),
    }
}

/// Host and port, the scheme's own where none is said, as Prometheus fills it in.
pub(crate) fn instance(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{host}:{port}")
}

/// Whether it can be a label's name.
pub(super) fn is_label(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next();
    first.is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrape() -> Scrape {
        toml::from_str("job = \"financing\"\nlabels = { zone = \"a\" }").unwrap()
    }

    fn made(text: &str, given: &[(&str, &str)]) -> Result<(String, String), String> {
        let given = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        target(&scrape(), text, &given).map(|target| (target.url.to_string(), target.labels.to_string()))
    }

    #[test]
    fn an_address_becomes_what_prometheus_makes_of_it() {
        let ours = |url: &str, labels: &str| Ok((url.to_owned(), labels.to_owned()));
        assert_eq!(
            made("127.0.0.1:7000", &[]),
            ours(
                "http://127.0.0.1:7000/metrics",
                r#"{instance="127.0.0.1:7000", job="financing", zone="a"}"#
            )
        );
        assert_eq!(
            made(
                "[::1]:9",
                &[
                    ("__scheme__", "https"),
                    ("__metrics_path__", "/m"),
                    ("zone", "b"),
                    ("__x", "y")
                ]
            ),
            ours(
                "https://[::1]:9/m",
                r#"{instance="[::1]:9", job="financing", zone="b"}"#
            )
        );
        assert_eq!(
            made("https://bank.example/metrics?a=1", &[("instance", "one")]),
            ours(
                "https://bank.example/metrics?a=1",
                r#"{instance="one", job="financing", zone="a"}"#
            )
        );
        assert_eq!(
            made("http://bank.example/m", &[]).unwrap().1,
            r#"{instance="bank.example:80", job="financing", zone="a"}"#
        );
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for wrong in [
            "",
            "host",
            "host:",
            ":80",
            "host:99999",
            "ftp://host/",
            "http://",
            "http://u:p@host/",
            "a b:80",
        ] {
            assert!(made(wrong, &[]).is_err(), "{wrong}");
        }
        assert!(
            made("host:80", &[("a-b", "c")])
                .unwrap_err()
                .contains("labels.a-b")
        );
    }
}
