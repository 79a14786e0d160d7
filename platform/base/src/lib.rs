//! Clock, shutdown, configuration, telemetry with redaction, problem codes, exit codes.
