//! From an alert to a person: grouping, inhibition, silences, rota, escalation, receivers, all kept across restarts.
