//! The bounds of what faces the network; each field's number carries its reason.

use std::time::Duration;

/// What one connection, one request's bytes, and the accept loop may use.
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
    /// How long a stopping process waits for requests in flight: what a
    /// service manager usually grants before it kills, less a margin.
    pub drain_time: Duration,
    /// How long a stopping process still accepts after readiness went down, so
    /// that a load balancer notices; none by default, as there may be no balancer.
    pub notice_time: Duration,
    /// Requests a second that one source address may send, if bounded. No default: behind a load balancer all
    /// of the world has one.
    pub rate_address: Option<u32>,
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
            drain_time: Duration::from_secs(10),
            notice_time: Duration::ZERO,
            rate_address: None,
        }
    }
}
