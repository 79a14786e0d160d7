//! Which format a body is in.

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format, 0.0.4.
    Text,
    /// `OpenMetrics` 1.0 (and its draft 0.0.1, which is the same for whoever reads it).
    OpenMetrics,
}

/// What a scrape asks for. No compression: a body's bound would hold only after it was unpacked.
pub const ACCEPT: &str = "application/openmetrics-text;version=1.0.0,\
    application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5";

impl Format {
    /// By the header `Content-Type`. A target that does not say is taken for one of the text format, as in
    /// Prometheus 2; one that says it is something else is no exposition, as in Prometheus 3: a login page in
    /// its place must not pass for an empty one.
    #[must_use]
    pub fn of(content_type: Option<&str>) -> Option<Self> {
        let media = content_type.unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        if media.is_empty() || media.eq_ignore_ascii_case("text/plain") {
            Some(Self::Text)
        } else if media.eq_ignore_ascii_case("application/openmetrics-text") {
            Some(Self::OpenMetrics)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_decides_and_its_parameters_do_not() {
        let of = |text| Format::of(Some(text));
        assert_eq!(Format::of(None), Some(Format::Text));
        assert_eq!(of("text/plain; version=0.0.4; charset=utf-8"), Some(Format::Text));
        assert_eq!(
            of("Application/OpenMetrics-Text; version=1.0.0; charset=utf-8"),
            Some(Format::OpenMetrics)
        );
        for other in ["text/html", "application/json", "text/plainer", "nonsense"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
