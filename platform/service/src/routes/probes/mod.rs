//! What machines ask of the process: alive, ready, figures, the document.

pub mod livez;
pub mod metrics;
pub mod openapi;
pub mod readyz;
