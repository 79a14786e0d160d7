//! A TCP proxy that harms what passes, with Toxiproxy's HTTP API.
//!
//! [`toxic`] is the data; what each kind does is one file in `effects`, a pure function of pieces and their times. A
//! `pipeline` chains the effects of one direction of one connection, a `link` moves its bytes, `connection` joins
//! two links, [`server`] accepts connections, and a [`collection`] holds the proxies that the [`api`] shows.
//!
//! **Invariant**: nothing waits for a link. Links follow the list of toxics at their own pace, so that no request to the
//! API hangs on a peer that neither reads nor closes.

pub mod api;
pub mod collection;
mod connection;
mod effects;
mod link;
mod meters;
mod pipeline;
pub mod server;
pub mod toxic;
mod toxics;
