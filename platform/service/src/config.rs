//! The bounds of the HTTP side; each field's number carries its reason.

use std::time::Duration;

/// What one request, one connection and the whole process may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest body, in bytes. The largest legal one is a due-diligence report
    /// of 4,000 characters, each up to 12 bytes when escaped: 48 KB.
    pub body_bytes: usize,
    /// Longest wait for a whole body. 64 KiB in 10 s is a slower link than any
    /// of the channels has; who is slower holds a slot for nothing.
    pub body_time: Duration,
    /// Largest request head, in bytes. A token, a key and a few standard
    /// headers need under 1 KiB; 16 KiB forgives a proxy's additions. hyper
    /// itself stops at 100 headers.
    pub head_bytes: usize,
    /// Longest wait for a request head, which is also how long an idle
    /// connection is kept: above the 5 s between two scrapes, far below what a
    /// slow-loris needs to be worth it.
    pub head_time: Duration,
    /// Open connections: with the database's and the sources' they stay inside
    /// the usual limit of 1,024 file descriptors. Who comes later waits in the
    /// kernel's backlog.
    pub connections: usize,
    /// Open connections of one source address, beyond which its next are closed
    /// at once: one address, however it floods, leaves a third to the others.
    /// A load balancer counts as one address and keeps far fewer open.
    pub connections_per_address: usize,
    /// Longest wait for a TLS handshake: two round trips and a signature. Who
    /// takes longer holds a connection for nothing.
    pub handshake_time: Duration,
    /// Longest wait for a client to take any of its answer. The kernel holds
    /// some hundred KB for it, so that who gets here has stopped reading.
    pub write_time: Duration,
    /// Requests a second that one principal may send, if bounded. No default:
    /// a channel's front end sends all of its customers' under one name.
    /// The switch, other operators' acts and probes are never counted.
    pub rate_principal: Option<u32>,
    /// The same for one source address. No default: behind a load balancer all
    /// of the world has one.
    pub rate_address: Option<u32>,
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
    /// How long a stopping process waits for requests in flight: what a
    /// service manager usually grants before it kills, less a margin.
    pub drain_time: Duration,
    /// How long a stopping process still accepts after readiness went down, so
    /// that a load balancer notices; none by default, as there may be no balancer.
    pub notice_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 64 * 1024,
            body_time: Duration::from_secs(10),
            head_bytes: 16 * 1024,
            head_time: Duration::from_secs(30),
            connections: 900,
            connections_per_address: 600,
            handshake_time: Duration::from_secs(5),
            write_time: Duration::from_secs(20),
            rate_principal: None,
            rate_address: None,
            sign_in_rate: 0.5,
            sign_in_burst: 20.0,
            in_flight: 512,
            in_flight_intake: 384,
            request_time: Duration::from_secs(25),
            operator_time: Duration::from_secs(600),
            drain_time: Duration::from_secs(10),
            notice_time: Duration::ZERO,
        }
    }
}
