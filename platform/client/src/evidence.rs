//! What the logs of two planes hand each other, and what a webhook is sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/evidence/anchors`, and the body of an anchoring webhook: a signed
/// checkpoint, which holds a log's name, its size and a hash, and nothing of any act.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The checkpoint as a C2SP signed note.
    pub checkpoint: String,
}

/// A checkpoint that was kept.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Anchored {
    /// The log's name.
    pub origin: String,
    /// Leaves in its tree.
    pub size: u64,
}
