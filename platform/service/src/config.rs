//! The bounds of the HTTP side; each field's number carries its reason.

use std::time::Duration;

/// What one request and the whole process may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// What faces the network.
    pub wire: web::Limits,
    /// Requests a second that one principal may send, if bounded. No default:
    /// a channel's front end sends all of its customers' under one name.
    /// The switch, other operators' acts and probes are never counted.
    pub rate_principal: Option<u32>,
    /// Attempts to sign in a second that one source address may make in the long
    /// run, whatever the names: a person types one in several seconds, an office
    /// behind one address some at once at the start of a shift.
    pub sign_in_rate: f64,
    /// The same at once.
    pub sign_in_burst: f64,
    /// Requests in flight, beyond which existing business is shed. The write
    /// queue commits up to 256 jobs in one group; two groups are some tens of
    /// milliseconds, more would only be a longer queue.
    pub in_flight: usize,
    /// Requests in flight, beyond which new business and reads are shed:
    /// existing business keeps a quarter to itself.
    pub in_flight_intake: usize,
    /// Longest a request may take. The six sources are asked in parallel with
    /// a few seconds each, the database gives up earlier, and a client that
    /// waits 30 s still hears the reason.
    pub request_time: Duration,
    /// The same for an operator's act: the end of a day over millions of loans.
    pub operator_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wire: web::Limits::default(),
            rate_principal: None,
            sign_in_rate: 0.5,
            sign_in_burst: 20.0,
            in_flight: 512,
            in_flight_intake: 384,
            request_time: Duration::from_secs(25),
            operator_time: Duration::from_secs(600),
        }
    }
}
