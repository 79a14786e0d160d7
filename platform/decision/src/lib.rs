//! Decision tables and the scorecard: admission, limit, rate, reason codes.
