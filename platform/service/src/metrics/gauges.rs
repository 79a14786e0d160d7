//! Figures that a background task samples. All start as `NaN`: unknown.

use prometheus::{CounterVec, Gauge, GaugeVec, Opts, Registry};

/// The gauges.
pub struct Gauges {
    /// 1 for the state that the gate is in, 0 for the others; `unverified` when it can't be asked.
    pub intake_state: GaugeVec,
    /// The gate's epoch.
    pub intake_epoch: Gauge,
    /// Scopes that are not open.
    pub intake_scopes_shut: Gauge,
    /// Whether the limit of each rule that closes intake is exceeded.
    pub stop_rules: GaugeVec,
    /// Settings of the database under which an acknowledged write may be lost.
    pub weak_settings: Gauge,
    /// 1 while the token file as it is now is refused, and the list before it is in force.
    pub tokens_refused: Gauge,
    /// 1 while the certificate map as it is now is refused; 0 where there is none.
    pub certificates_refused: Gauge,
    /// Attempts to sign in, by what came of them.
    pub sign_ins: CounterVec,
    /// 1 while the key store is heard and keys are used, 0 while they are refused.
    pub vault_fresh: Gauge,
    /// 1 while the recovery journal does not keep up; 0 also where there is none.
    pub recovery_failing: Gauge,
    /// Effects that wait.
    pub outbox_pending: Gauge,
    /// Effects that were given up.
    pub outbox_dead: Gauge,
    /// Age of the oldest effect that waits, in seconds; 0 when none waits.
    pub outbox_age: Gauge,
}

impl Gauges {
    /// # Errors
    /// When a name is taken, which is a bug.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let plain = |name: &str, help: &str| -> Result<Gauge, prometheus::Error> {
            let gauge = Gauge::new(name, help)?;
            gauge.set(f64::NAN);
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let family = |name: &str, help: &str, labels: &[&str]| -> Result<GaugeVec, prometheus::Error> {
            let family = GaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(family.clone()))?;
            Ok(family)
        };
        family(
            "financing_build_info",
            "1, labelled with the version of this build.",
            &["version"],
        )?
        .with_label_values(&[env!("CARGO_PKG_VERSION")])
        .set(1.0);
        let sign_ins = CounterVec::new(
            Opts::new(
                "financing_sign_ins_total",
                "Attempts to sign in: begun, wrong (name, password or code), slowed.",
            ),
            &["outcome"],
        )?;
        registry.register(Box::new(sign_ins.clone()))?;
        for outcome in ["begun", "wrong", "slowed"] {
            sign_ins.with_label_values(&[outcome]).reset();
        }
        Ok(Self {
            sign_ins,
            certificates_refused: plain(
                "financing_certificate_map_refused",
                "1 while the certificate map is refused and the one before it is in force; must be 0.",
            )?,
            intake_state: family(
                "financing_intake_state",
                "1 for the present state of the intake gate, for everything.",
                &["state"],
            )?,
            intake_epoch: plain(
                "financing_intake_epoch",
                "Epoch of the intake gate; grows with every close and reopening of any scope.",
            )?,
            intake_scopes_shut: plain(
                "financing_intake_scopes_shut",
                "Scopes of new business that are not open, everything among them.",
            )?,
            weak_settings: plain(
                "financing_database_weak_settings",
                "Settings under which an acknowledged write may be lost; must be 0.",
            )?,
            tokens_refused: plain(
                "financing_token_file_refused",
                "1 while the token file is refused and the list before it is in force; must be 0.",
            )?,
            vault_fresh: plain(
                "financing_vault_fresh",
                "1 while the key store is heard; 0 while keys are refused, and with them new business; must be 1.",
            )?,
            stop_rules: family(
                "financing_intake_stop_rule",
                "1 while the limit of a rule that closes intake is exceeded, NaN while it cannot be looked at.",
                &["rule"],
            )?,
            recovery_failing: plain(
                "financing_recovery_journal_failing",
                "1 while the recovery journal does not keep up; 0 also without one; must be 0.",
            )?,
            outbox_pending: plain("financing_outbox_pending", "Effects that wait to be delivered.")?,
            outbox_dead: plain(
                "financing_outbox_dead",
                "Effects that were given up: a person has to look.",
            )?,
            outbox_age: plain(
                "financing_outbox_oldest_seconds",
                "Age of the oldest effect that waits.",
            )?,
        })
    }
}
