//! What a handler receives: [`write::Write`] for verbs that change something,
//! [`read::Read`] for those that look, [`id::Id`] for the path's id. Each is
//! refused here, before any use case runs, when [`caller`], [`key`] or
//! [`body`] finds it wanting.

pub mod body;
pub mod caller;
pub mod id;
pub mod key;
pub mod read;
pub mod write;
