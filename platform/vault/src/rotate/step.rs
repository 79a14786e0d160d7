//! What is told of a rotation.

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// The epoch that counts from now on.
    pub epoch: u32,
    /// Subjects whose keys were wrapped anew in this run.
    pub subjects: u64,
    /// Keys that were.
    pub keys: u64,
}

/// Where a rotation is, for whoever watches; also where a test stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The new KEK is durable.
    Added,
    /// Instances are asked to hold it.
    Announced,
    /// New wraps take it.
    Switched,
    /// So many subjects were re-wrapped in this run.
    Slice(u64),
    /// No row needs the old KEK.
    Verified,
    /// The old epochs are retired in the store.
    Retired,
    /// The old KEK is destroyed.
    Destroyed,
}
