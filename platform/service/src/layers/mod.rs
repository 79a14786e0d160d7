//! What surrounds every handler, one concern per file: [`admission`] sheds
//! load, [`deadline`] says how long a route may take, and [`door`] composes them in
//! one boxed future per request.

pub mod admission;
pub mod deadline;
pub mod door;
