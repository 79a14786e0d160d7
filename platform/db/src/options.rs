//! Bounds of the layer, each with the reason for its number.

use std::time::Duration;

/// How a database is opened. `..Options::default()` fills what is not named.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections for reads. Four: reads on SQLite take microseconds, so more
    /// would only hold cache; on PostgreSQL they are pipelined by the server.
    pub readers: usize,
    /// PostgreSQL: connections for writes. Sixteen keep a small server busy and
    /// leave most of its default hundred to other instances.
    pub writers: usize,
    /// SQLite: jobs that may wait. At twenty thousand a second, 4,096 wait 0.2 s;
    /// whoever would wait longer is better told at once.
    pub queue: usize,
    /// The time one job's SQL, or one PostgreSQL statement, may take. One second:
    /// five hundred times a normal one, and short enough for the switch behind it.
    pub budget: Duration,
    /// The time to wait for another process's lock, or for a free connection.
    /// Five seconds: longer than any budget, shorter than a client's patience.
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            writers: 16,
            queue: 4096,
            budget: Duration::from_secs(1),
            wait: Duration::from_secs(5),
        }
    }
}
