//! How a cluster differs from the usual one.

/// Settings of one cluster. The default is a durable server on any free port.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The TCP port on loopback; `None` takes a free one.
    pub port: Option<u16>,
    /// Server settings on top of the defaults, such as `("fsync", "off")`.
    pub settings: Vec<(&'static str, &'static str)>,
    /// Leave the data directory behind when the cluster stops.
    pub keep: bool,
}
