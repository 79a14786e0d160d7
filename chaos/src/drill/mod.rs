//! Drills: a rehearsed accident with its measure. A drill brings its own servers along, and harms nobody else's.

pub mod failover;
