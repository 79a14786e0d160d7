//! What `/metrics` shows: [`http`] counts requests by route, [`problems`] why they were not
//! served, [`business`] what was decided and shown, [`gauges`] hold what the [`sampler`] last
//! saw of the intake and the outbox, [`standing`] of the book and the payments, [`sources`] what
//! the connectors counted, a [`Keeper`] shows the evidence log; [`web::process`] is asked at each scrape. A figure that
//! could not be had is `NaN`, never an old number taken for a new one.

pub mod business;
pub mod gauges;
pub mod http;
pub mod problems;
pub mod sampler;
pub mod sources;
pub mod standing;

use logkeeper::Keeper;
use prometheus::{Encoder, Registry, TextEncoder};
use web::process::ProcessMeters;

use self::business::BusinessMeters;
use self::gauges::Gauges;
use self::http::HttpMeters;
use self::sources::SourceMeters;
use self::standing::StandingMeters;

/// Every meter of this process.
pub struct Metrics {
    registry: Registry,
    /// Requests.
    pub http: HttpMeters,
    /// Intake, outbox, files.
    pub gauges: Gauges,
    /// Decisions and reveals.
    pub business: BusinessMeters,
    /// The book and the payments.
    pub standing: StandingMeters,
    /// The evidence log.
    pub evidence: Keeper,
    /// Calls to other systems.
    pub sources: SourceMeters,
    process: ProcessMeters,
}

impl Metrics {
    /// Registers everything.
    ///
    /// # Errors
    /// When two meters share a name, which is a bug.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        #[cfg(feature = "chaos")]
        crate::failpoint::meters(&registry)?;
        Ok(Self {
            http: HttpMeters::new(&registry)?,
            gauges: Gauges::new(&registry)?,
            business: BusinessMeters::new(&registry)?,
            standing: StandingMeters::new(&registry)?,
            evidence: Keeper::new(&registry, evidence::FINANCING, "financing")?,
            sources: SourceMeters::new(&registry)?,
            process: ProcessMeters::new(&registry)?,
            registry,
        })
    }

    /// The text format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> Vec<u8> {
        self.process.refresh();
        let mut text = Vec::with_capacity(32 * 1024);
        // Encoding into memory can't fail but for an inconsistent family, which
        // would be a bug; what was written so far is still worth sending.
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics could not be encoded");
        }
        text
    }
}

/// A count as a gauge; `NaN` when it is not known. Counts and seconds stay
/// below 2^53, where a float is exact.
fn known(count: Option<i64>) -> f64 {
    count.map_or(f64::NAN, |count| count as f64)
}
