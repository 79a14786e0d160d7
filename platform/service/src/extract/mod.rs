//! What a handler receives: [`write::Write`] for verbs that change something,
//! [`read::Read`] for those that look, [`id::Id`] for the path's id, [`scope::Scope`] for the query's scope;
//! [`open::Open`] for signing in, [`signed_in::SignedIn`] for one's own session.
//! Each is refused here, before any use case runs, when [`caller`], [`cookie`],
//! [`csrf`], [`web::key`] or [`web::body`] finds it wanting.

pub mod caller;
pub mod cookie;
pub mod csrf;
pub mod id;
pub mod open;
pub mod read;
pub mod scope;
pub mod signed_in;
pub mod write;
