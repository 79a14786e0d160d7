//! Prometheus rule files: alerting and recording rules, their templates, their unit tests, the life of an alert.
