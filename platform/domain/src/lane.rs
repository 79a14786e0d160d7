//! Live business and stress traffic, apart by type.
//!
//! The door of the service turns a request into a lane, once; nothing converts
//! one lane into the other, so what is typed `Shadow` cannot reach a live store.
//!
//! There is no third lane, for the trait is sealed:
//! ```compile_fail
//! #[derive(Clone)]
//! struct Mine;
//! impl domain::lane::Lane for Mine {
//!     const NAME: &'static str = "mine";
//!     fn run(&self) -> Option<&domain::ids::RunId> { None }
//! }
//! ```

pub use crate::ids::RunId;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Live {}
    impl Sealed for super::Shadow {}
}

/// Real business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live;

/// Stress traffic of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow(pub RunId);

/// A lane; sealed, for there are two.
pub trait Lane: sealed::Sealed + Clone + Send + Sync + 'static {
    /// The stable name: what queued work carries to be typed again at the queue's door.
    const NAME: &'static str;

    /// [`Lane::NAME`].
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// The run, for stress traffic.
    fn run(&self) -> Option<&RunId>;
}

impl Lane for Live {
    const NAME: &'static str = "live";

    fn run(&self) -> Option<&RunId> {
        None
    }
}

impl Lane for Shadow {
    const NAME: &'static str = "shadow";

    fn run(&self) -> Option<&RunId> {
        Some(&self.0)
    }
}
