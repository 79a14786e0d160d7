//! What surrounds every handler, one concern per file: [`admission`] sheds
//! load, [`rate`] holds each caller to its rate, [`deadline`] ends what takes too
//! long, [`panics`] turns a panic into a problem, and [`door`] composes them in
//! one boxed future per request. [`headers`] guards every answer on its way out.

pub mod admission;
pub mod deadline;
pub mod door;
pub mod headers;
pub mod panics;
pub mod rate;
