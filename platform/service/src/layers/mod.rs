//! What surrounds every handler, one concern per file: [`admission`] sheds
//! load, [`deadline`] ends what takes too long, [`panics`] turns a panic into
//! a problem, and [`door`] composes them in one boxed future per request.

pub mod admission;
pub mod deadline;
pub mod door;
pub mod panics;
